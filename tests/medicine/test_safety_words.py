"""What safety findings say: short enough, with references and provenance, and never what the service must not say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.errors import KnowledgeError
from hooks.steroid_injection_followup import library, safety
from hooks.steroid_injection_followup.safety.facts import FACTS
from hooks.steroid_injection_followup.safety.page import Kind, RulePage, compiled
from hooks.steroid_injection_followup.safety.reading import Shown, Signs
from hooks.steroid_injection_followup.safety.words import LIMIT, number, summary
from tests.charts import Chart
from tests.codes import quantity
from tests.medicine.asking import cases, findings, joint, kinds, known, only

TODAY = "2026-03-02"
NEVER = (
    r"\b(must|requires?|contraindicated|caused by|failed due|misdiagnos\w*|poor technique|safe|no infection|unlikely)\b"
)
DOSE = r"\d\s*(mg|mL|ml|units?)\b(?!/)|increase the dose|\bstop\b|\bdiscontinue\b"


def septic(**patient: str) -> Chart:
    chart = Chart(**patient)
    joint(chart)
    chart.lab("CRP", TODAY, 142)
    chart.finding("local-swelling", TODAY, region="knee", side="left")
    return chart


PAGE = safety.rules(known()).page


@pytest.mark.parametrize("kind", PAGE.kinds)
def test_a_card_says_nothing_that_the_service_must_not_say(kind: str) -> None:
    page = PAGE.kinds[kind]
    for text in (page.title, page.summary, page.asks):
        assert not re.search(NEVER, text, re.IGNORECASE), text
        assert not re.search(DOSE, text), text


@pytest.mark.parametrize("row", [*PAGE.rules.values(), *PAGE.notes.values(), *PAGE.bars.values()])
def test_a_row_says_nothing_that_the_service_must_not_say(row: RulePage) -> None:
    assert not re.search(NEVER, row.says, re.IGNORECASE)


@pytest.mark.parametrize("kind", [k for k, page in PAGE.kinds.items() if page.indicator == "critical"])
def test_a_red_flag_is_written_as_recorded_facts_to_assess_now_per_local_pathway(kind: str) -> None:
    assert re.search(r"[Rr]ecorded facts match .*published", PAGE.kinds[kind].asks)
    assert re.search(r"Assess the patient now.*per local .*pathway", PAGE.kinds[kind].asks)
    assert "Matches published" in PAGE.kinds[kind].summary


@pytest.mark.parametrize("kind", PAGE.kinds.values(), ids=list(PAGE.kinds))
@pytest.mark.parametrize("site", ["knee", "left first dorsal compartment of the wrist (de Quervain)", "x" * 300])
@pytest.mark.parametrize("sign", ["", "CRP 142 mg/L", "y" * 200])
def test_a_summary_is_short_for_every_site_and_sign(kind: Kind, site: str, sign: str) -> None:
    words = {"site": site, "ago": "364 days ago", "days": "364", "injected": "2025-03-03", "days_to_replacement": "89"}
    signs = [Signs(9, tuple(Shown(sign, f"{sign}{i}", ()) for i in range(9)))]
    made = summary(kind.summary, words, signs)
    assert 0 < len(made) <= LIMIT < 140
    assert "{" not in made


@pytest.mark.parametrize("region", known().regions)
def test_a_summary_names_the_site_whole_for_every_region(region: str) -> None:
    label = known().regions[region].label
    for kind in PAGE.kinds.values():
        words = {"site": f"left {label}", "ago": "14 days ago", "injected": "2026-02-16", "days_to_replacement": "70"}
        made = summary(kind.summary, words, [Signs(1, (Shown("", "CRP 142 mg/L", ()),))])
        assert label in made
        assert re.match(r"Left \w", made)
        assert not re.search(r"[;:,] ?[.,;]", made)


def test_a_sign_that_does_not_fit_is_left_out_and_a_shorter_one_still_named() -> None:
    signs = [Signs(2, (Shown("", "a" * 200, ()), Shown("", "swelling", ())))]
    assert summary("{site}: {signs}.", {"site": "left knee"}, signs) == "Left knee: swelling."


def test_numbers_of_any_size_are_written_short() -> None:
    assert [number(x) for x in (142.0, 38.6, 0.9, 62000.0, 1e300, -3.25)] == [
        "142", "38.6", "0.9", "62000", "1e+300", "-3.25",
    ]  # fmt: skip


def test_a_finding_shows_references_citations_and_the_provenance_of_its_thresholds() -> None:
    found = only(septic())
    assert all(re.fullmatch(r"[A-Za-z]+/\S+", reference) for reference in found.references)
    assert {"L57", "L58", "L59"} <= set(found.cites)
    assert any("(100 mg/L, literature or practice, number not confirmed)" in line for line in found.provenance)
    assert found.says == (
        "After the injection the record holds C-reactive protein 142 mg/L (2026-03-02), "
        "and at the site local swelling (2026-03-02)."
    )


def test_a_value_recorded_in_another_unit_is_shown_as_recorded_and_converted() -> None:
    chart = Chart()
    joint(chart)
    chart.measure("temperature", TODAY, 101.5, unit="[degF]")
    chart.finding("local-swelling", TODAY, region="knee", side="left")
    assert "body temperature 101.5 degF = 38.6 °C (2026-03-02)" in only(chart).facts


def test_a_unit_keeps_its_power_of_ten() -> None:
    chart = Chart()
    joint(chart)
    chart.measure("synovial WBC", TODAY, 61, unit="10*3/uL")
    assert any("61 10^3/uL = 61000 per µL (2026-03-02)" in fact for fact in only(chart).facts), only(chart).facts


def test_a_very_long_label_from_the_record_is_cut() -> None:
    chart = Chart()
    joint(chart, "2026-01-12")
    chart.condition("septic knee", side="left", recorded="2026-02-25")["code"]["text"] = "infected " * 500
    found = only(chart)
    assert max(map(len, found.facts)) < 140
    assert len(found.summary) < 140


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    comparator=st.sampled_from(["", "<", "<=", ">", ">=", "ad"]),
    label=st.text(max_size=300),
)
@settings(max_examples=60, deadline=None)
def test_any_number_and_any_label_make_a_short_summary(value: float, comparator: str, label: str) -> None:
    chart = septic()
    joint(chart, "2026-02-02", region="hip")
    chart.lab("ESR", TODAY, valueQuantity=quantity(value, "mm/h") | ({"comparator": comparator} if comparator else {}))
    chart.condition("septic knee", side="left", recorded=TODAY)["code"]["text"] = label
    for found in findings(chart):
        assert len(found.summary) < 140
        assert max(map(len, found.facts)) < 200


# A site's own page


def test_a_site_switches_a_kind_of_card_off_in_its_own_copy_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "safety.toml").write_text('[kinds.redflag-septic-joint]\nstatus = "retired"\n')
    theirs = library.load(tmp_path)
    assert [f.kind for f in findings(septic(), theirs)] == ["safety-infection-possible"]
    assert kinds(septic()) == ["redflag-septic-joint at left knee"]


def test_a_site_retires_one_rule_and_changes_a_threshold(tmp_path: Path) -> None:
    (tmp_path / "safety.toml").write_text('[rules.W1-systemic]\nstatus = "retired"\n')
    (tmp_path / "thresholds.toml").write_text("[crp_red_flag]\nvalue = 150\n")
    assert findings(septic(), library.load(tmp_path)) == []


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        pytest.param("[rules.RF6-ischaemia]\nwhen.wishes.is = true\n", "no safety fact 'wishes'", id="an unknown fact"),
        pytest.param('[rules.RF6-ischaemia]\nuses = ["hope"]\n', "no threshold 'hope'", id="an unknown threshold"),
        pytest.param('[rules.RF6-ischaemia]\nkind = "mood"\n', "no kind 'mood'", id="an unknown kind"),
        pytest.param('[rules.RF6-ischaemia]\nsays = "{joy}"\n', "nothing is called '{joy}'", id="an unknown word"),
        pytest.param('[kinds.safety-tendon]\nsummary = "{joy}"\n', "nothing is called '{joy}'", id="in a summary"),
        pytest.param('[kinds.safety-tendon]\nstatus = "off"\n', "status", id="an unknown status"),
    ],
)
def test_a_mistake_on_a_page_stops_the_start_and_says_where(tmp_path: Path, theirs: str, says: str) -> None:
    (tmp_path / "safety.toml").write_text(theirs)
    with pytest.raises(KnowledgeError, match=re.escape(says)) as problem:
        compiled(library.load(tmp_path))
    assert "safety.toml" in str(problem.value)


# The page and the code agree


def test_every_fact_is_described_and_used_and_every_citation_and_threshold_exists() -> None:
    ready = safety.rules(known())
    lines = [*(r for _, _, own in ready.kinds for r in own), *ready.notes, *ready.bars]
    compared = {test.fact for line in lines for test in line.tests}
    said = " ".join(line.page.says for line in lines)
    assert {f for f in FACTS if f not in compared and f"{{{f}}}" not in said} == set()
    assert all(measurement.__doc__ for measurement in FACTS.values())
    assert {cite for line in lines for cite in line.page.cites} - set(known().citations) == set()
    assert all(re.fullmatch(r"S\d{1,3}", seed) for line in lines for seed in line.page.seeds)


def test_every_rule_says_in_words_when_it_holds_and_belongs_to_a_kind() -> None:
    assert all(rule.holds and rule.kind in PAGE.kinds for rule in PAGE.rules.values())


def test_an_unreadable_list_is_unknown_and_not_a_finding_and_not_a_negative() -> None:
    chart = Chart()
    joint(chart)
    (case,) = cases(chart, gaps={"Observation": "not sent", "Condition": "not sent"})
    assert safety.findings(case) == ()
    for name in ("systemic_signs", "local_signs", "infection_conditions", "cauda_equina_signs"):
        assert FACTS[name](case).value is None
        assert "not sent" in FACTS[name](case).missing


def test_an_episode_without_a_steroid_has_no_findings_and_no_notes() -> None:
    (case,) = cases(septic())
    nothing = replace(case, episode=replace(case.episode, index=replace(case.episode.index, agent=None)))
    assert safety.findings(nothing) == ()
    assert safety.notes(nothing) == ()
