"""The pages of the plan agree with the contract, the value sets, the thresholds and with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cds_service.errors import KnowledgeError
from hooks.steroid_injection_followup import library
from hooks.steroid_injection_followup.facts import FACTS
from hooks.steroid_injection_followup.plan import ladders_of
from hooks.steroid_injection_followup.plan.pages import LeadPage, RungPage
from hooks.steroid_injection_followup.plan.picture import GATES
from tests.medicine.asking import known

# The ids of `nextSteps` in the contract that clients rely on.
CONTRACT = """
reassess-diagnosis follow-up-visit imaging-radiograph imaging-mri imaging-ultrasound imaging-ct nerve-conduction-study
inflammatory-labs hba1c ankle-brachial-index arterial-duplex diagnostic-block physical-therapy hand-therapy
bracing-orthosis activity-modification weight-management ergonomics dry-needling traction medication-review
neuropathic-medication-review image-guided-review viscosupplementation prp prolotherapy trigger-point-injection
selective-nerve-root-block genicular-block radiofrequency-ablation spinal-cord-stimulation drg-stimulation
referral-orthopedic-surgery referral-hand-surgery referral-foot-ankle referral-spine-surgery referral-sports-medicine
referral-pmr referral-pain-medicine referral-rheumatology referral-neurology referral-vascular referral-endocrinology
referral-primary-care referral-behavioral-health referral-pharmacist referral-podiatry referral-emergency
surgery.arthroscopy surgery.joint-replacement surgery.tendon-repair surgery.decompression surgery.fusion
surgery.disc-replacement
""".split()
RUNGS = [f"{ladder}{n}" for ladder, last in (("J", 7), ("T", 6), ("N", 7), ("B", 7)) for n in range(1, last + 1)]
NOT_ORDERED = ("injection", "procedure", "operation")
MAY_BE_ORDERED = ("evaluation", "test", "therapy", "advice", "medicine", "referral")

LADDERS = ladders_of(known())
EVERY_RUNG = [r.page for family in ("joint", "tendon", "nerve", "spine") for r in LADDERS.rungs[family]]
EVERY_LEAD = [lead.page for lead in LADDERS.leads]
EVERY: list[RungPage | LeadPage] = [*EVERY_RUNG, *EVERY_LEAD]


def test_steps_are_those_of_the_contract() -> None:
    assert sorted(LADDERS.steps) == sorted(CONTRACT)


def test_every_rung_of_the_model_is_there() -> None:
    assert sorted({r.rung for r in EVERY_RUNG}) == sorted(RUNGS)


def test_every_family_of_regions_has_a_ladder() -> None:
    assert {r.family for r in known().regions.values()} <= set(LADDERS.rungs)


def test_every_step_is_reached_by_a_rung_a_lead_or_a_finding() -> None:
    asked = {step for kind in known().page("safety")["kinds"].values() for step in kind["steps"]}
    reached = {r.step for r in EVERY_RUNG} | {lead.step for lead in EVERY_LEAD} | asked
    assert sorted(set(LADDERS.steps) - reached) == []


@pytest.mark.parametrize("name", CONTRACT)
def test_limits_are_those_of_the_contract(name: str) -> None:
    step = LADDERS.steps[name]
    if step.kind in NOT_ORDERED:
        assert step.limit != "suggestible"
    else:
        assert step.kind in MAY_BE_ORDERED
        assert step.limit == "suggestible" or step.kind in ("advice", "therapy")


@pytest.mark.parametrize("name", CONTRACT)
def test_value_sets_and_thresholds_of_a_step_exist(name: str) -> None:
    step, terms = LADDERS.steps[name], known().terms
    panel = [tag for group in step.panel for tag in group[1:]]
    assert set(filter(None, (step.order, *step.counts, *step.visits, *panel))) <= terms.ids
    days = [step.within, step.within_spine, *(group[0] for group in (*step.panel, *step.acute_panel))]
    assert set(filter(None, days)) <= set(known().thresholds)
    assert step.order or step.kind == "operation"


@pytest.mark.parametrize("name", [n for n in CONTRACT if LADDERS.steps[n].limit == "suggestible"])
def test_an_order_that_need_not_name_its_place_has_a_code_that_names_none(name: str) -> None:
    step, terms = LADDERS.steps[name], known().terms
    free = [
        c
        for c in terms.members(step.order)
        if not any(t.startswith("site-") for t in terms.coding_tags(c.system, c.code))
    ]
    assert free


@pytest.mark.parametrize("page", EVERY, ids=lambda p: p.id)
def test_words_name_facts_and_thresholds_that_exist(page: object) -> None:
    said = " ".join(getattr(page, field, "") for field in ("says", "otherwise", "caveat"))
    said += " ".join(getattr(page, "caveat_at", {}).values())
    assert set(re.findall(r"{(\w+)}", said)) <= {"site", "place", *GATES, *FACTS, *known().thresholds}


def test_every_gate_opens_or_closes_something() -> None:
    used = {fact for page in EVERY for fact in page.when}
    used |= {n for page in EVERY for n in re.findall(r"{(\w+)}", page.says + getattr(page, "otherwise", ""))}
    built_on = {
        "pregnancy_recorded", "operation_booked",  # asked by the plan itself
        "neurological_deficit", "spinal_compression", "therapy_months", "tendon_tear",  # parts of other gates
    }  # fmt: skip
    assert sorted(set(GATES) - used - built_on) == []


def test_a_gate_says_what_it_measures() -> None:
    assert all((gate.__doc__ or "").endswith(".") for gate in GATES.values())


def test_a_rung_that_may_be_closed_says_why() -> None:
    assert [r.id for r in EVERY_RUNG if r.when and not r.otherwise] == []


def test_ids_are_unique() -> None:
    ids = [lead.id for lead in EVERY_LEAD]
    assert len(set(ids)) == len(ids)
    for family in ("joint", "tendon", "nerve", "spine"):
        rungs = [r.page.id for r in LADDERS.rungs[family]]
        assert len(set(rungs)) == len(rungs)


def test_leads_name_causes_and_rows_that_exist() -> None:
    causes = {rules.page.id: {row.id for row in rules.page.evidence} for rules in known().causes}
    for lead in EVERY_LEAD:
        assert not lead.cause or set(lead.evidence) <= causes[lead.cause]
        assert lead.cause or lead.when
        assert bool(lead.cause) == bool(lead.at_least)


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("lateral elbow", {"elbow-lateral"}),
        ("gluteal", {"trochanteric"}),
        ("cuff", {"subacromial"}),
        ("Achilles", {"achilles"}),
        ("tibiofemoral", {"knee"}),
        ("thumb base", {"thumb-cmc"}),
        ("carpal tunnel", {"carpal-tunnel"}),
        ("NICE", {name for name, region in known().regions.items() if region.spine == "lumbar"}),
    ],
)
def test_evidence_of_one_region_stands_on_its_own_card_alone(words: str, places: set[str]) -> None:
    assert {name for name, here in LADDERS.at.items() for r in here.rungs if words in r.reason.caveat.words} == places


def test_each_guideline_that_narrows_a_source_stands_on_a_rung() -> None:
    told = {g for r in EVERY_RUNG for g in r.guideline}
    # G9, more drug, has no rung: a dose is never an option.
    assert told == {f"G{n}" for n in range(1, 13)} - {"G9"}


def test_no_page_names_a_dose_or_blames() -> None:
    own = [words for r in EVERY_RUNG for words in r.caveat_at.values()]
    words = " ".join(" ".join((p.says, p.caveat, getattr(p, "otherwise", ""))) for p in EVERY) + " ".join(own)
    words += " ".join(s.title for s in LADDERS.steps.values())
    assert not re.search(
        r"\b\d+ ?m[gL]\b|\bmust\b|misdiagnos|poor technique|contraindicat|\bsafe\b|caused by|benzodiaz", words
    )


@pytest.mark.parametrize(
    ("page", "text", "says"),
    [
        ("workup", '[[leads]]\nid = "W1.1"\nstep = "imaging-xray"\n', "no step 'imaging-xray'"),
        ("workup", '[[leads]]\nid = "W7a.7"\nonly = ["heel"]\n', "no region 'heel'"),
        ("ladders/joint", '[[rungs]]\nid = "J2-physical-therapy"\ncaveat_at.heel = "x"\n', "no region 'heel'"),
        ("workup", '[[leads]]\nid = "W6.8"\nwhen.body_weight.at_least = 90\n', "no fact 'body_weight'"),
        (
            "ladders/joint",
            '[[rungs]]\nid = "J2-physical-therapy"\nwhen.joint_replaced.like = true\n',
            "no operator 'like'",
        ),
        (
            "ladders/joint",
            '[[rungs]]\nid = "J6-genicular-block"\nwhen.pain_months.at_least = "half_a_year"\n',
            "no threshold",
        ),
    ],
    ids=["step", "region", "region of a caveat", "fact", "operator", "threshold"],
)
def test_a_mistake_on_a_site_page_stops_the_start(tmp_path: Path, page: str, text: str, says: str) -> None:
    file = tmp_path / f"{page}.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    with pytest.raises(KnowledgeError, match=says):
        ladders_of(library.load(tmp_path))


def test_a_site_takes_a_step_out(tmp_path: Path) -> None:
    (tmp_path / "steps.toml").write_text('[viscosupplementation]\nstatus = "retired"\n')
    assert ladders_of(library.load(tmp_path)).steps["viscosupplementation"].status == "retired"
