"""The gates of the clinical model, 2.4: ablation, neuromodulation, surgery of joint and spine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.charts import Chart
from tests.medicine.planning import back, block, exercise, facet, failed, plan, status, wrist_nerve

Fill = Callable[[Chart], object]


def old_facet(*blocks: tuple[str, float], **more: object) -> Chart:
    """A facet that has hurt for four months, with blocks and the relief that each gave."""
    chart = facet(day="2025-11-03", judged="2025-12-08", **more)
    for day, relief in blocks:
        block(chart, day, relief)
    return chart


FACET = {
    "two blocks of 80 %": (lambda: old_facet(("2026-01-12", 80), ("2026-01-26", 85)), "mentioned", "80 % relief"),
    "two blocks of 50 %": (
        lambda: old_facet(("2026-01-12", 50), ("2026-01-26", 79)),
        "mentioned",
        "payer thresholds differ",
    ),
    "one of 80 %, one of 60 %": (
        lambda: old_facet(("2026-01-12", 80), ("2026-01-26", 60)),
        "mentioned",
        "payer thresholds differ",
    ),
    "one block": (lambda: old_facet(("2026-01-12", 90)), "not-eligible", "2 positive diagnostic blocks"),
    "two blocks of one day": (
        lambda: old_facet(("2026-01-12", 90), ("2026-01-12", 85)),
        "not-eligible",
        "2 positive diagnostic blocks",
    ),
    "two blocks, one of 49 %": (
        lambda: old_facet(("2026-01-12", 90), ("2026-01-26", 49)),
        "not-eligible",
        "2 positive diagnostic blocks",
    ),
    "no block": (old_facet, "not-eligible", "2 positive diagnostic blocks"),
}


@pytest.mark.parametrize(("build", "wanted", "words"), FACET.values(), ids=FACET.keys())
def test_ablation_of_a_facet(build: Callable[[], Chart], wanted: str, words: str) -> None:
    step = plan(build())["radiofrequency-ablation"]
    assert step.status == wanted
    assert words in step.says


def test_ablation_asks_for_three_months() -> None:
    chart = facet(day="2025-12-15", judged="2026-01-05")
    block(chart, "2026-01-12", 90)
    block(chart, "2026-01-26", 90)
    assert status(chart, "radiofrequency-ablation") == "not-eligible"


def test_ablation_is_not_for_root_pain() -> None:
    chart = old_facet(("2026-01-12", 90), ("2026-01-26", 90))
    chart.condition("lumbar radiculopathy")
    assert status(chart, "radiofrequency-ablation") == "not-eligible"


@pytest.mark.parametrize(("day", "wanted"), [("2025-07-01", "mentioned"), ("2025-10-01", "not-eligible")])
def test_ablation_is_not_repeated_before_six_months(day: str, wanted: str) -> None:
    chart = old_facet(("2026-01-12", 90), ("2026-01-26", 90))
    chart.therapy("lumbar facet ablation", day, region="lumbar", side="left")
    assert status(chart, "radiofrequency-ablation") == wanted


def test_blocks_of_the_neck_are_none_of_the_back() -> None:
    chart = old_facet()
    for day in ("2026-01-12", "2026-01-26"):
        block(chart, day, 90, region="cervical", side="left", name="cervical medial branch block")
    assert status(chart, "radiofrequency-ablation") == "not-eligible"


def test_a_facet_injection_with_steroid_is_no_diagnostic_block() -> None:
    chart = old_facet(("2026-01-12", 90))
    given = next(r for r in chart.resources if r["resourceType"] == "Procedure" and r["id"].startswith("injection"))
    chart.measure("block relief", "2025-11-03", 90, partOf=[{"reference": f"Procedure/{given['id']}"}])
    assert status(chart, "radiofrequency-ablation") == "not-eligible"


def test_relief_may_be_worked_out_from_scores_linked_to_the_block() -> None:
    chart = old_facet()
    for day in ("2026-01-12", "2026-01-26"):
        done = chart.therapy("medial branch block", f"{day}T08:30:00Z", region="lumbar", side="left")
        for hour, score in (("08", 8), ("09", 1)):
            linked = [{"reference": f"Procedure/{done['id']}"}]
            chart.pain(f"{day}T{hour}:00:00Z", score, region="lumbar", side="left", partOf=linked)
    step = plan(chart)["radiofrequency-ablation"]
    assert step.status == "mentioned"
    assert "87.5 % relief" in step.says


def test_ablation_is_named_and_never_suggested() -> None:
    chart = old_facet(("2026-01-12", 90), ("2026-01-26", 90))
    chart.therapy("physical therapy", "2025-09-01", "2025-11-01", region="lumbar")
    found = plan(chart)
    assert found["referral-pain-medicine"].status == "suggested"
    assert found["radiofrequency-ablation"].status == "mentioned"


def neuropathic(*doings: Fill, after: float = 7, day: str = "2025-07-14", judged: str = "2025-09-01") -> Chart:
    chart = back("lumbar radiculopathy", after=after, day=day, judged=judged)
    for doing in doings:
        doing(chart)
    return chart


STIMULATION = {
    "seven months of nerve pain of 7": (neuropathic, "mentioned"),
    "seven months of nerve pain of 5": (lambda: neuropathic(after=5, judged="2025-09-01"), "mentioned"),
    "seven months of nerve pain of 4": (
        lambda: neuropathic(lambda c: c.pain("2026-02-01", 4, region="lumbar-epidural")),
        "not-eligible",
    ),
    "five months of nerve pain": (lambda: neuropathic(day="2025-10-06", judged="2025-11-10"), "not-eligible"),
    "seven months of back pain": (lambda: back(day="2025-07-14", judged="2025-09-01"), "not-eligible"),
    "a substance use disorder": (
        lambda: neuropathic(lambda c: c.condition("opioid use disorder")),
        "not-eligible",
    ),
}


@pytest.mark.parametrize(("build", "wanted"), STIMULATION.values(), ids=STIMULATION.keys())
@pytest.mark.parametrize("step", ["spinal-cord-stimulation", "drg-stimulation"])
def test_neuromodulation(build: Callable[[], Chart], wanted: str, step: str) -> None:
    chart = build()
    for condition in chart.resources:
        if condition.get("code", {}).get("text") == "opioid use disorder":
            condition["code"]["coding"] = [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}]
    assert status(chart, step) == wanted


def test_neuromodulation_names_the_trial_and_the_clearance() -> None:
    caveat = plan(neuropathic())["spinal-cord-stimulation"].caveat
    assert "trial of 3 to 7 days with at least 50 % relief" in caveat
    assert "psychological clearance" in caveat


def test_conditions_not_read_leave_substance_use_open() -> None:
    step = plan(neuropathic(), gaps={"Condition": "first page only"})["spinal-cord-stimulation"]
    assert step.status == "not-eligible"
    assert "substance use disorder" in step.says


SPINE = {
    "back pain for weeks, nothing seen": (lambda c: c, "not-eligible"),
    "a foot drop since last month": (
        lambda c: c.condition("foot drop", side="left", recorded="2025-12-20", onsetDateTime="2025-12-20"),
        "suggested",
    ),
    "power of 4 of 5 after the injection": (
        lambda c: c.measure("motor power", "2026-01-10", 4, region="lumbar", side="left"),
        "suggested",
    ),
    "power of 4 of 5 long before": (
        lambda c: c.measure("motor power", "2025-05-10", 4, region="lumbar", side="left"),
        "not-eligible",
    ),
    "a numb foot": (lambda c: c.finding("numbness", "2026-01-10", region="foot", side="left"), "suggested"),
    "a numb hand": (lambda c: c.finding("numbness", "2026-01-10", region="hand", side="left"), "not-eligible"),
    "a numb foot that was denied": (
        lambda c: c.finding("numbness", "2026-01-10", region="foot", side="left", present=False),
        "not-eligible",
    ),
    "a slip of the spine": (lambda c: c.condition("spondylolisthesis"), "suggested"),
    "a large herniation": (
        lambda c: c.report("lumbar MRI", "2025-11-01", found="herniation-large", region="lumbar"),
        "suggested",
    ),
    "moderate stenosis": (
        lambda c: c.report("lumbar MRI", "2025-11-01", found="stenosis-moderate", region="lumbar"),
        "not-eligible",
    ),
    "severe stenosis of the neck": (
        lambda c: c.report("cervical MRI", "2025-11-01", found="stenosis-severe", region="cervical"),
        "not-eligible",
    ),
}


@pytest.mark.parametrize(("doing", "wanted"), SPINE.values(), ids=SPINE.keys())
def test_spine_surgery_opinion(doing: Fill, wanted: str) -> None:
    chart = back()
    doing(chart)
    assert status(chart, "referral-spine-surgery") == wanted


def test_a_deficit_does_not_wait_for_six_weeks_of_care() -> None:
    chart = back(day="2026-02-02", judged="2026-02-23")
    chart.finding("numbness", "2026-02-05", region="foot", side="left")
    assert status(chart, "referral-spine-surgery") == "suggested"
    assert status(chart, "imaging-mri") == "suggested"


def test_the_deficit_is_named() -> None:
    chart = back()
    chart.measure("motor power", "2026-01-10", 4, region="lumbar", side="left")
    step = plan(chart)["referral-spine-surgery"]
    assert step.references == ("Observation/motor-power-2026-01-10",)
    assert step.recommended


def test_a_high_grade_knee_goes_to_the_opinion_and_to_exercise_at_once() -> None:
    chart = failed()
    chart.report("knee radiograph", "2025-11-01", found="kl-4", region="knee", side="left")
    found = plan(chart)
    assert found["referral-orthopedic-surgery"].recommended
    assert found["physical-therapy"].status == "suggested"
    assert "not to delay this opinion" in found["referral-orthopedic-surgery"].caveat


def test_grade_four_of_the_other_knee_is_none_of_this_one() -> None:
    chart = failed()
    chart.report("knee radiograph", "2025-11-01", found="kl-4", region="knee", side="right")
    assert status(chart, "referral-orthopedic-surgery") == "not-eligible"


def test_a_normal_nerve_study_does_not_open_hand_surgery() -> None:
    chart = failed("carpal-tunnel", "left", reason="wrist pain")
    chart.report("nerve study", "2026-01-20", found="nerve-study-normal", region="carpal-tunnel", side="left")
    assert status(chart, "referral-hand-surgery") == "not-eligible"


def test_an_abnormal_nerve_study_of_the_other_hand_does_not_either() -> None:
    chart = failed("carpal-tunnel", "left", reason="wrist pain")
    chart.report("nerve study", "2026-01-20", found="nerve-study-abnormal", region="carpal-tunnel", side="right")
    assert status(chart, "referral-hand-surgery") == "not-eligible"


def test_no_ladder_holds_a_further_steroid() -> None:
    for chart in (failed(), wrist_nerve(), back(), facet()):
        exercise(chart)
        words = " ".join(f"{s.title} {s.says}" for s in plan(chart).values() if s.status in ("suggested", "mentioned"))
        assert "steroid injection" not in words
        assert "repeat injection" not in words
