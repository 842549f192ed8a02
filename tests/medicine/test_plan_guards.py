"""What holds the plan back: red flags, too early, an effect still developing, an operation booked, pregnancy, age."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hooks.steroid_injection_followup import appraise
from hooks.steroid_injection_followup.model import Cause
from hooks.steroid_injection_followup.plan import steps
from tests.charts import Chart
from tests.medicine.planning import back, case_of, elbow, exercise, facet, failed, hip, plan, statuses, suggested

NEVER = (
    "prp", "prolotherapy", "viscosupplementation", "radiofrequency-ablation", "spinal-cord-stimulation",
    "drg-stimulation", "genicular-block", "trigger-point-injection", "selective-nerve-root-block", "diagnostic-block",
    "surgery.arthroscopy", "surgery.joint-replacement", "surgery.tendon-repair", "surgery.decompression",
    "surgery.fusion", "surgery.disc-replacement",
)  # fmt: skip


def septic() -> Chart:
    chart = failed(day="2026-02-16", judged="2026-03-02", after=9)
    chart.measure("temperature", "2026-03-02", 38.9, category="vital-signs")
    chart.finding("local-swelling", "2026-03-02", region="knee", side="left")
    return chart


def test_a_red_flag_leaves_its_own_steps_only() -> None:
    assert {s.id: s.status for s in plan(septic()).values()} == {
        "referral-emergency": "suggested",
        "referral-orthopedic-surgery": "suggested",
    }


def test_a_red_flag_does_not_wait_for_a_referral_that_is_under_way() -> None:
    chart = septic()
    chart.order("referral orthopaedics", "2026-02-20", region="knee", side="left")
    assert statuses(chart, "referral-orthopedic-surgery") == ["suggested"]


NEEDLES = ("diagnostic-block", "viscosupplementation")


@pytest.mark.parametrize(
    ("side", "wanted", "first"),
    [("left", "not-eligible", "reassess-diagnosis"), ("right", "mentioned", "physical-therapy")],
)
def test_a_swollen_joint_is_examined_first_and_offered_neither_needle_nor_therapy(
    side: str, wanted: str, first: str
) -> None:
    chart = failed()
    chart.finding("local-swelling", "2026-03-02", region="knee", side=side)
    there = "suggested" if wanted == "mentioned" else wanted
    assert statuses(chart, *NEEDLES, "physical-therapy") == [wanted, wanted, there]
    assert suggested(chart)[0] == first
    assert ("local swelling" in plan(chart)["diagnostic-block"].says) is (side == "left")


def test_too_early_leaves_the_follow_up_visit_only() -> None:
    chart = failed(day="2026-02-24", judged="2026-02-27")
    assert list(plan(chart)) == ["follow-up-visit"]
    assert plan(chart)["follow-up-visit"].says == "Re-assess pain and function between 2026-03-10 and 2026-04-07."


def test_an_effect_that_may_still_develop_leaves_re_assessment_and_exercise() -> None:
    chart = elbow(day="2026-02-02", judged="2026-02-12")
    chart.pain("2026-03-02", 6, region="elbow-lateral", side="right")
    assert suggested(chart) == ["follow-up-visit", "physical-therapy"]
    others = [s for s in plan(chart).values() if s.id not in ("follow-up-visit", "physical-therapy")]
    assert {s.status for s in others} == {"not-eligible"}
    assert "still be developing" in plan(chart)["prp"].says


def test_in_that_time_a_tear_still_sends_nobody_upward() -> None:
    chart = elbow(day="2026-02-02", judged="2026-02-12")
    chart.pain("2026-03-02", 6, region="elbow-lateral", side="right")
    chart.condition("full-thickness cuff tear", side="right", recorded="2025-01-10")
    assert statuses(chart, "referral-orthopedic-surgery") == ["not-eligible"]


@pytest.mark.parametrize("after", [2, 3], ids=["substantial relief", "moderate relief"])
def test_a_site_that_answered_has_no_plan(after: float) -> None:
    assert not plan(failed(after=after))


def test_a_site_of_unknown_response_has_no_plan() -> None:
    chart = Chart()
    chart.injection("2026-01-02", region="knee", side="left", reason=chart.condition("knee OA", side="left"))
    assert not plan(chart)


def test_an_operation_that_is_booked_holds_all_else() -> None:
    chart = hip()
    chart.report("hip radiograph", "2025-11-01", found="kl-4", region="hip", side="right")
    chart.order("hip replacement", "2026-02-16", side="right", due="2026-05-16")
    assert suggested(chart) == []
    assert statuses(chart, "referral-orthopedic-surgery", "physical-therapy") == ["already-ordered", "not-eligible"]


def test_an_operation_of_the_other_hip_holds_nothing() -> None:
    chart = hip()
    chart.order("hip replacement", "2026-02-16", side="left", due="2026-05-16")
    assert "physical-therapy" in suggested(chart)


def test_a_child_has_no_plan() -> None:
    (case,) = [case_of(failed(patient="F16"))]
    assert steps(case, (), ()) == ()


def test_a_recorded_pregnancy_is_named_wherever_radiation_is() -> None:
    chart = failed(patient="F30")
    chart.condition("pregnancy", recorded="2026-01-10")
    found = plan(chart)
    assert found["imaging-radiograph"].caveat.startswith("Pregnancy recorded: weigh the radiation.")
    assert found["imaging-ct"].caveat.startswith("Pregnancy recorded: weigh the radiation.")
    assert "Pregnancy" not in found["imaging-mri"].caveat
    assert "Condition/pregnancy" in found["imaging-radiograph"].references


def test_without_a_recorded_pregnancy_nothing_is_said_of_one() -> None:
    assert "Pregnancy" not in plan(failed(patient="F30"))["imaging-radiograph"].caveat


def hopeful() -> Chart:
    """A knee for which every gate stands open at once."""
    chart = failed(day="2025-07-14", judged="2025-09-01")
    chart.report("knee radiograph", "2025-11-01", found="kl-4", region="knee", side="left")
    chart.condition("meniscal tear", side="left")
    chart.condition("complex regional pain syndrome")
    exercise(chart)
    return chart


@pytest.mark.parametrize("build", [failed, hip, elbow, back, facet, hopeful], ids=lambda b: b.__name__)
def test_no_injection_ablation_stimulation_or_operation_is_ever_suggested(build: Callable[[], Chart]) -> None:
    assert not set(suggested(build())) & set(NEVER)


@pytest.mark.parametrize("build", [failed, hip, elbow, back, facet, hopeful], ids=lambda b: b.__name__)
def test_one_step_is_recommended_and_it_comes_first(build: Callable[[], Chart]) -> None:
    found = list(plan(build()).values())
    assert [s.recommended for s in found] == [True] + [False] * (len(found) - 1)
    assert found[0].status == "suggested"


@pytest.mark.parametrize("build", [failed, hip, elbow, back, facet, hopeful], ids=lambda b: b.__name__)
def test_each_option_is_listed_once_and_only_a_suggested_one_can_be_ordered(build: Callable[[], Chart]) -> None:
    found = list(appraise(case_of(build())).steps)
    assert len({s.id for s in found}) == len(found)
    assert [s.id for s in found if s.order] == [s.id for s in found if s.status == "suggested"]


def test_a_warning_asks_for_one_of_the_people_that_it_names() -> None:
    chart = failed(day="2026-01-20", judged="2026-02-20")
    chart.condition("type 2 diabetes")
    chart.lab("HbA1c", "2026-01-10", 9.4)
    found = plan(chart)
    assert found["referral-primary-care"].status == "suggested"
    assert found["referral-endocrinology"].status == "mentioned"


def test_causes_that_were_not_weighed_lead_nowhere() -> None:
    case = case_of(failed())
    found = {s.id: s.status for s in steps(case, (Cause("patient-variability", "", "not-assessable"),), ())}
    assert "referral-primary-care" not in found
    assert found["physical-therapy"] == "suggested"


def test_conditions_that_were_not_read_hold_no_exercise_back() -> None:
    assert plan(failed(), gaps={"Condition": "not sent"})["physical-therapy"].status == "suggested"


def raised(crp: float) -> Chart:
    """A knee that did not answer, with a C-reactive protein of the last days."""
    chart = failed(day="2026-01-20", judged="2026-02-20")
    chart.lab("CRP", "2026-02-25", crp)
    return chart


HANDS_ON = ("physical-therapy", "bracing-orthosis", "medication-review", "diagnostic-block", "viscosupplementation")


def test_while_an_infection_is_possible_the_joint_is_looked_at_first() -> None:
    found = plan(raised(142))
    assert suggested(raised(142))[:2] == ["follow-up-visit", "inflammatory-labs"]
    assert found["follow-up-visit"].recommended
    assert found["follow-up-visit"].title == "Visit to examine the injected site, left knee"
    assert {found[step].status for step in HANDS_ON} == {"not-eligible"}
    assert found["follow-up-visit"].says != found["inflammatory-labs"].says


def test_a_lower_value_holds_nothing_back() -> None:
    found = plan(raised(90))
    assert (found["physical-therapy"].status, found["diagnostic-block"].status) == ("suggested", "mentioned")
    assert suggested(raised(90))[0] != "follow-up-visit"


def test_what_a_warning_asks_for_is_not_crowded_out() -> None:
    chart = failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot", patient="M59")
    for name in ("polyneuropathy", "type 2 diabetes", "psoriasis", "peripheral arterial disease"):
        chart.condition(name)
    chart.lab("CRP", "2026-02-25", 140)
    asked = {"follow-up-visit", "inflammatory-labs"}
    found = suggested(chart)
    assert len(found) == 5
    assert asked & set(plan(chart)) <= set(found)
