"""Whom the service speaks about, pregnancy, the notes of the review, and what bars a further steroid."""

from __future__ import annotations

from typing import Any

import pytest

from hooks.steroid_injection_followup import safety
from tests.charts import Chart
from tests.codes import concept, local
from tests.medicine.asking import cases, coded, epidural, findings, joint, known, read

TODAY = "2026-03-02"


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        pytest.param("2008-03-02", "", id="18 today"),
        pytest.param("2008-03-03", "under 18", id="18 tomorrow"),
        pytest.param("2008", "under 18", id="a year that leaves 17 possible"),
        pytest.param("2007", "", id="a year that makes at least 18"),
        pytest.param(None, "", id="no birth date"),
    ],
)
def test_adults_only(born: str | None, reason: str) -> None:
    chart = Chart()
    chart.patient["birthDate"] = born
    assert safety.out_of_scope(read(chart), known()) == reason


@pytest.mark.parametrize(
    ("died", "silent"),
    [
        pytest.param({"deceasedBoolean": True}, True, id="died"),
        pytest.param({"deceasedDateTime": "2026-02-01"}, True, id="died on a day"),
        pytest.param({"deceasedDateTime": "2026"}, True, id="died in a year"),
        pytest.param({"deceasedDateTime": "2026-04-01"}, False, id="a day to come is a slip"),
        pytest.param({"deceasedBoolean": False}, False, id="said to live"),
    ],
)
def test_nothing_is_said_of_those_who_died(died: dict[str, Any], *, silent: bool) -> None:
    chart = Chart()
    chart.patient.update(died)
    assert bool(safety.out_of_scope(read(chart), known())) is silent


PREGNANCY_STATUS = {"coding": [{"system": "http://loinc.org", "code": "82810-3"}], "text": "pregnancy status"}
SNOMED = "http://snomed.info/sct"


def status(code: str) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": code}]}}


@pytest.mark.parametrize(
    ("made", "value"),
    [
        pytest.param(lambda c: c.condition("pregnancy", recorded="2026-01-20"), True, id="a current condition"),
        pytest.param(
            lambda c: c.condition("pregnancy", recorded="2024-01-20"), None, id="a condition of two years ago"
        ),
        pytest.param(lambda c: c.condition("pregnancy", recorded=TODAY, clinical="resolved"), None, id="resolved"),
        pytest.param(lambda c: c.condition("pregnancy", recorded=TODAY, verified="refuted"), None, id="refuted"),
        pytest.param(
            lambda c: c.observation(PREGNANCY_STATUS, TODAY, "exam", **status("77386006")), True, id="a status"
        ),
        pytest.param(
            lambda c: c.observation(PREGNANCY_STATUS, TODAY, "exam", **status("373067005")), False, id="said no"
        ),
        pytest.param(
            lambda c: c.observation(PREGNANCY_STATUS, TODAY, "exam", **status("261665006")), None, id="unknown"
        ),
        pytest.param(Chart.bundle, None, id="nothing recorded is not a no"),
    ],
)
def test_pregnancy_is_three_valued(made: Any, *, value: bool | None) -> None:
    chart = Chart("F33")
    joint(chart, "2026-01-12")
    made(chart)
    (case,) = cases(chart)
    assert safety.pregnant(case).value is value


def noted(chart: Chart) -> list[str]:
    return [note.id for case in cases(chart) for note in safety.notes(case)]


def said(chart: Chart) -> str:
    return " ".join(note.says for case in cases(chart) for note in safety.notes(case))


def test_three_injections_in_a_year_are_mentioned_and_two_are_not() -> None:
    chart = Chart("F60")
    for day in ("2025-06-02", "2025-10-06"):
        joint(chart, day)
    assert noted(chart) == []
    joint(chart, "2026-01-12")
    chart_notes = noted(chart)
    assert chart_notes == ["N1-three-in-a-year"]
    assert findings(chart) == []


def test_the_first_day_after_the_replacement_interval_is_named_for_an_advanced_joint() -> None:
    chart = Chart("F73")
    joint(chart, "2026-01-19", side="right")
    assert noted(chart) == []
    chart.report("knee radiograph", "2025-10-20", found="kl-4", region="knee", side="right")
    assert noted(chart) == ["N2-replacement-not-before"]
    assert "90 days after the last steroid in the joint are over on 2026-04-19" in said(chart)


def test_a_mild_radiograph_or_one_of_the_other_knee_brings_no_replacement_date() -> None:
    for found, side in (("kl-2", "right"), ("kl-4", "left")):
        chart = Chart("F73")
        joint(chart, "2026-01-19", side="right")
        chart.report("knee radiograph", "2025-10-20", found=found, region="knee", side=side)
        assert noted(chart) == []


def test_the_label_is_mentioned_for_an_epidural_of_triamcinolone_only() -> None:
    for drug, region, expected in (
        ("triamcinolone", "lumbar-epidural", ["N3-label-epidural"]),
        ("dexamethasone", "lumbar-epidural", []),
        ("triamcinolone", "lumbar-facet", []),
    ):
        chart = Chart("M74")
        epidural(chart, "2026-01-12", region=region, drug=drug)
        assert noted(chart) == expected


def cancer(chart: Chart) -> None:
    condition = chart.condition("breast cancer", recorded="2019-01-01", clinical="resolved")
    condition["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.911"}]}


def test_cancer_weight_loss_and_new_spine_pain_together_ask_for_a_work_up() -> None:
    chart = Chart("F66")
    epidural(chart, "2026-01-12")
    cancer(chart)
    chart.condition("low back pain", recorded="2026-02-20")
    assert noted(chart) == []
    chart.observation(local("unexplained-weight-loss"), "2026-02-20", "exam", valueBoolean=True)
    assert noted(chart) == ["N4-work-up-cancer"]


def test_sudden_severe_pain_with_osteoporosis_asks_for_a_work_up() -> None:
    chart = Chart("F66")
    joint(chart, "2026-01-12", region="hip", before=5)
    chart.condition("osteoporosis")["code"] = {"coding": [{"system": SNOMED, "code": "64859006"}]}
    chart.pain(TODAY, 7, region="hip", side="left")
    assert noted(chart) == []
    chart.pain(TODAY, 8, region="hip", side="left")
    assert noted(chart) == ["N5-work-up-fracture"]


def test_pregnancy_is_noted_for_imaging_with_radiation() -> None:
    chart = Chart("F33")
    joint(chart, "2026-01-12")
    chart.condition("pregnancy", recorded="2026-01-20")
    assert "Pregnancy recorded" in said(chart)


@pytest.mark.parametrize(
    ("given", "made", "names"),
    [
        pytest.param("2025-11-03", lambda c: c.measure("temperature", "2026-03-01", 38.8), "38.8", id="late fever"),
        pytest.param("2025-11-03", lambda c: c.measure("temperature", "2026-02-15", 38.8), "", id="15 days ago"),
        pytest.param("2025-11-11", lambda c: c.measure("temperature", "2026-03-01", 38.8), "", id="a rule takes it"),
        pytest.param(
            "2026-01-12", lambda c: coded(c, "M00.061", "2026-02-27"), "M00.061 (2026-02-27)", id="the other knee"
        ),
        pytest.param("2026-01-12", lambda c: coded(c, "M00.061", "2025-06-01"), "", id="an infection of last year"),
        pytest.param("2026-01-12", lambda c: coded(c, "L03.116", "2026-02-27"), "", id="a rule takes the limb"),
    ],
)
def test_acute_signs_that_no_rule_takes_are_named(given: str, made: Any, names: str) -> None:
    chart = Chart("F60")
    joint(chart, given)
    made(chart)
    assert noted(chart) == (["N7-acute-signs"] if names else [])
    assert names in said(chart)


@pytest.mark.parametrize(
    ("made", "names"),
    [
        pytest.param(lambda c: c.lab("CRP", TODAY, 142, unit="IU/L"), "C-reactive protein 142 IU/L (2026-03-02)"),
        pytest.param(lambda c: c.measure("temperature", TODAY, 386, unit="Cel"), "body temperature 386 Cel"),
        pytest.param(lambda c: c.lab("CRP", "2026-02-15", 142, unit="IU/L"), "", id="15 days ago"),
        pytest.param(lambda c: c.lab("CRP", TODAY, 4), "", id="a number that was compared"),
        pytest.param(lambda c: c.lab("CRP", TODAY), "", id="no number"),
    ],
)
def test_a_marker_that_could_not_be_compared_is_named(made: Any, names: str) -> None:
    chart = Chart("F60")
    joint(chart, "2026-01-12")
    made(chart)
    assert noted(chart) == (["N8-unread-markers"] if names else [])
    assert names in said(chart)


def bars(chart: Chart) -> list[str]:
    return [bar for case in cases(chart) for bar in safety.repeat_bars(case, safety.findings(case))]


def test_nothing_bars_talk_of_a_steroid_five_months_after_one_that_helped() -> None:
    chart = Chart("F60")
    joint(chart, "2025-10-01", before=8)
    chart.pain("2025-11-10", 2, region="knee", side="left")
    assert bars(chart) == []


@pytest.mark.parametrize(("given", "barred"), [("2025-12-09", True), ("2025-12-08", False)], ids=["day 83", "day 84"])
def test_the_interval_bars_a_further_steroid(given: str, *, barred: bool) -> None:
    chart = Chart("F60")
    joint(chart, given)
    assert bool(bars(chart)) is barred


def test_two_injections_without_response_bar_a_further_one_and_one_does_not() -> None:
    chart = Chart("F44")
    joint(chart, "2025-11-10", before=7)
    chart.pain("2025-12-20", 7, region="knee", side="left")
    assert bars(chart) == []
    joint(chart, "2025-08-04", before=7)
    chart.pain("2025-09-15", 7, region="knee", side="left")
    ran = "2025-11-10, pain 7 to 7; 2025-08-04, pain 7 to 7"
    assert bars(chart) == [f"the last 2 steroid injections of this site gave no meaningful response ({ran})"]


def test_a_response_between_them_ends_the_run_of_non_responses() -> None:
    chart = Chart("F44")
    for day, after, score in (("2025-04-07", "2025-05-12", 7), ("2025-08-04", "2025-09-15", 2)):
        joint(chart, day, before=7)
        chart.pain(after, score, region="knee", side="left")
    joint(chart, "2025-11-10", before=7)
    chart.pain("2025-12-20", 7, region="knee", side="left")
    assert bars(chart) == []


def test_a_planned_replacement_bars_a_further_steroid_even_without_a_day() -> None:
    chart = Chart("F70")
    joint(chart, "2025-10-01", region="hip")
    chart.order("hip replacement", "2026-02-01", region="hip", side="left")
    assert bars(chart) == ["a replacement of this joint is ordered or booked"]


def test_a_finding_that_bars_is_named_by_its_title() -> None:
    chart = Chart("F70")
    joint(chart, "2025-10-01")
    chart.allergy(concept("medicine", "methylprednisolone"))
    assert bars(chart) == ["Allergy to corticosteroid or to an excipient of its suspensions"]


def test_a_review_names_what_bars_a_repeat_and_never_the_interval_alone() -> None:
    chart = Chart("F44")
    joint(chart, "2026-01-12", before=7)
    chart.pain("2026-02-16", 7, region="knee", side="left")
    assert against(chart) == ""
    joint(chart, "2025-08-04", before=7)
    chart.pain("2025-09-15", 7, region="knee", side="left")
    assert "fewer than 84 days ago; the last 2 steroid injections" in against(chart)


def test_a_review_names_a_finding_that_bars_a_repeat() -> None:
    chart = Chart("F70")
    joint(chart, "2025-10-01")
    chart.allergy(concept("medicine", "methylprednisolone"))
    assert against(chart).startswith("Speaks against a further corticosteroid here: allergy to corticosteroid")


def against(chart: Chart) -> str:
    """Return the line of the review that names what bars a further steroid."""
    (case,) = cases(chart)
    return safety.against_a_repeat(case, safety.findings(case))
