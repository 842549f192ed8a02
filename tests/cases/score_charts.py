"""Scores as real records hold them: other scales, no site, the wrong side, after an operation, too late, too low."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import Json, concept, value


def injected(chart: Chart, day: str = "2025-12-01", *, side: str = "right", region: str = "knee") -> Json:
    """A guided triamcinolone injection for arthritis."""
    arthritis = chart.condition(f"{region} OA", side=side)
    chart.injection(day, region=region, side=side, guidance="guided", reason=arthritis)
    return arthritis


@case("pain-in-millimetres")
def pain_in_millimetres(chart: Chart) -> None:
    injected(chart)
    for day, score in [("2025-12-01", 70), ("2026-01-05", 65)]:
        chart.pain(day, score, region="knee", side="right", scale="pain VAS")


@case("pain-in-words-without-numbers")
def pain_in_words(chart: Chart) -> None:
    injected(chart)
    for day, word in [("2025-12-01", "Severe"), ("2026-01-05", "Moderate")]:
        score = chart.measure("pain severity", day, region="knee", side="right", category="survey")
        score["valueCodeableConcept"] = {"text": word}


@case("pain-verbal-rating-of-ten")
def pain_verbal_rating(chart: Chart) -> None:
    injected(chart)
    for day, score in [("2025-12-01", 7), ("2026-01-05", 7)]:
        said = chart.measure("pain severity", day, region="knee", side="right", category="survey")
        said |= value(score, "/10")
        said["referenceRange"] = [{"low": {"value": 0}, "high": {"value": 10}}]


@case("score-without-site-one-joint")
def score_without_site(chart: Chart) -> None:
    injected(chart)
    for day in ("2025-12-01", "2026-01-05"):
        chart.pain(day, 7)


@case("score-without-site-two-joints")
def score_without_site_two_joints(chart: Chart) -> None:
    injected(chart)
    injected(chart, side="left", region="hip")
    for day in ("2025-12-01", "2026-01-05"):
        chart.pain(day, 7)


@case("score-of-the-other-knee")
def score_of_the_other_knee(chart: Chart) -> None:
    injected(chart)
    for day in ("2025-12-01", "2026-01-05"):
        chart.pain(day, 8, region="knee", side="left")


@case("outcome-measure-only")
def outcome_measure_only(chart: Chart) -> None:
    injected(chart)
    for day, score in [("2025-12-01", 45), ("2026-01-05", 47)]:
        chart.measure("KOOS pain", day, score, region="knee", side="right", category="survey")


@case("pain-and-outcome-measure-disagree")
def pain_and_measure_disagree(chart: Chart) -> None:
    injected(chart)
    for day, pain, koos in [("2025-12-01", 7, 40), ("2026-01-05", 7, 75)]:
        chart.pain(day, pain, region="knee", side="right")
        chart.measure("KOOS pain", day, koos, region="knee", side="right", category="survey")


@case("no-pain-before")
def no_pain_before(chart: Chart) -> None:
    injected(chart)
    for day, score in [("2025-12-01", 0), ("2026-01-05", 1)]:
        chart.pain(day, score, region="knee", side="right")


@case("worst-ever-and-goal-are-no-scores")
def worst_ever_and_goal(chart: Chart) -> None:
    injected(chart)
    for day, score in [("2025-12-01", 7), ("2026-01-05", 2)]:
        chart.pain(day, score, region="knee", side="right")
    chart.pain("2026-01-06", 9, region="knee", side="right", scale="pain worst")
    chart.record(
        "Goal", "pain goal", lifecycleStatus="active", description={"text": "Knee pain 3 of 10 or less"},
        subject=chart.subject, target=[{"measure": concept("measure", "pain numeric"), "detailQuantity": {"value": 3}}],
    )  # fmt: skip


@case("score-given-by-a-relative")
def score_given_by_a_relative(chart: Chart) -> None:
    injected(chart)
    chart.pain("2025-12-01", 7, region="knee", side="right")
    said = chart.pain("2026-01-05", 7, region="knee", side="right")
    said["performer"] = [{"reference": "RelatedPerson/daughter"}]


@case("score-after-an-operation")
def score_after_an_operation(chart: Chart) -> None:
    arthritis = injected(chart)
    chart.therapy("knee arthroscopy", "2026-01-05", region="knee", side="right")
    for day, score in [("2025-12-01", 7), ("2026-01-20", 2)]:
        chart.pain(day, score, region="knee", side="right")
    arthritis["clinicalStatus"]["coding"][0]["code"] = "resolved"


@case("score-after-hyaluronate")
def score_after_hyaluronate(chart: Chart) -> None:
    injected(chart)
    other = chart.therapy("knee injection or aspiration", "2026-01-15", region="knee", side="right")
    other["usedCode"] = [concept("therapy", "hyaluronate")]
    for day, score in [("2025-12-01", 7), ("2026-01-05", 7), ("2026-02-10", 2)]:
        chart.pain(day, score, region="knee", side="right")


@case("score-after-an-injury")
def score_after_an_injury(chart: Chart) -> None:
    injected(chart)
    chart.condition("knee contusion", side="right", recorded="2025-12-12", onsetDateTime="2025-12-12")
    for day, score in [("2025-12-01", 7), ("2026-01-05", 8)]:
        chart.pain(day, score, region="knee", side="right")


@case("first-score-after-three-months")
def first_score_after_three_months(chart: Chart) -> None:
    injected(chart, "2025-11-03")
    for day in ("2025-11-03", "2026-02-20"):
        chart.pain(day, 7, region="knee", side="right")


@case("failure-of-long-ago")
def failure_of_long_ago(chart: Chart) -> None:
    injected(chart, "2025-07-14")
    for day in ("2025-07-14", "2025-08-18"):
        chart.pain(day, 7, region="knee", side="right")


@case("injection-of-another-year")
def injection_of_another_year(chart: Chart) -> None:
    injected(chart, "2024-12-02")
    for day in ("2024-12-02", "2025-01-06"):
        chart.pain(day, 7, region="knee", side="right")


@case("injection-still-to-come")
def injection_still_to_come(chart: Chart) -> None:
    injected(chart, "2026-03-20")
    chart.pain("2026-03-01", 7, region="knee", side="right")


@case("baseline-two-months-before")
def baseline_two_months_before(chart: Chart) -> None:
    injected(chart)
    for day in ("2025-10-06", "2026-01-05"):
        chart.pain(day, 7, region="knee", side="right")


@case("surgical-referral-and-no-scores")
def surgical_referral_and_no_scores(chart: Chart) -> None:
    injected(chart)
    chart.order("referral orthopaedics", "2026-01-05", region="knee", side="right")


@case("two-injections-six-weeks-apart")
def two_injections_six_weeks_apart(chart: Chart) -> None:
    arthritis = injected(chart)
    chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    for day in ("2025-12-01", "2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region="knee", side="right")


@case("numb-for-hours-then-nothing")
def numb_for_hours_then_nothing(chart: Chart) -> None:
    arthritis = chart.condition("hip OA", side="right")
    chart.injection(
        "2026-01-12T10:00:00-05:00", region="hip", side="right", la_ml=4, guidance="guided", reason=arthritis
    )
    for moment, score in [("2026-01-12T09:30:00-05:00", 8), ("2026-01-12T11:00:00-05:00", 1), ("2026-02-09", 8)]:
        chart.pain(moment, score, region="hip", side="right")


@case("back-and-knee-both-failed")
def back_and_knee_both_failed(chart: Chart) -> None:
    injected(chart)
    root = chart.condition("lumbar radiculopathy", site="lumbar", side="left")
    chart.injection("2026-01-12", region="lumbar-epidural", side="midline", guidance="guided", reason=root)
    for day in ("2025-12-01", "2026-01-05"):
        chart.pain(day, 7, region="knee", side="right")
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 8, region="lumbar")


@case("four-joints-failed")
def four_joints_failed(chart: Chart) -> None:
    for region, side in [("knee", "left"), ("knee", "right"), ("wrist", "left"), ("wrist", "right")]:
        injected(chart, region=region, side=side)
        for day in ("2025-12-01", "2026-01-05"):
            chart.pain(day, 7, region=region, side=side)
