"""Twins of the rows on diagnosis, technique, dose and place (causes 1 to 4)."""

from __future__ import annotations

from tests.cases.twins import FIRST, LATER, given, knee_arthritis, lost, numbed, twin
from tests.charts import Chart


@twin("E1.1")
def referred_from_the_hip(chart: Chart, *, fires: bool) -> None:
    side = "left" if fires else "right"
    given(chart, reason=knee_arthritis(chart))
    chart.condition("hip OA", side=side)
    chart.report("hip radiograph", "2025-12-01", found="kl-4", region="hip", side=side)


@twin("E1.1w")
def referred_from_the_spine(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.condition("low back pain" if fires else "neck pain")


@twin("E1.2")
def another_disease_later(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.condition("gouty knee", side="left", recorded="2026-02-01" if fires else "2025-12-01")


@twin("E1.3")
def placed_well_but_not_numb(chart: Chart, *, fires: bool) -> None:
    numbed(chart, 7 if fires else 2, guidance="guided")


@twin("E1.4")
def symptom_as_reason(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=chart.condition("knee pain" if fires else "knee OA", side="left"))


@twin("E1.5")
def mild_image_strong_pain(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), before=8 if fires else 6, after=8 if fires else 6)
    chart.report("knee radiograph", "2025-12-01", found="kl-1", region="knee", side="left")


@twin("E1.6")
def another_source_supported(chart: Chart, *, fires: bool) -> None:
    if fires:
        given(chart, "hip", reason=chart.condition("hip OA", side="left"))
        chart.condition("lumbar radiculopathy", site="lumbar", side="left")
    else:  # the nerve is what was injected
        nerve = chart.condition("carpal tunnel syndrome", side="left")
        given(chart, "carpal-tunnel", reason=nerve)


@twin("A1.1")
def earlier_injection_helped(chart: Chart, *, fires: bool) -> None:
    reason = knee_arthritis(chart)
    given(chart, reason=reason, day="2025-08-04", on="2025-09-01", after=2 if fires else 7)
    given(chart, reason=reason)


@twin("A1.2", "A2.2", "A4.2")
def numb_for_hours(chart: Chart, *, fires: bool) -> None:
    numbed(chart, 2 if fires else 6, guidance="unknown")


@twin("A1.3")
def crystals_prove_gout(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=chart.condition("gouty knee", side="left"))
    chart.lab("urate crystals", "2025-12-20", region="knee", side="left", flag="POS" if fires else "NEG")


twin("A1.4", "A2.3", "A4.3")(lost)


@twin("E2.1")
def stopped(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))["status"] = "stopped" if fires else "completed"


@twin("E2.2", "E4.2")
def unguided_deep(chart: Chart, *, fires: bool) -> None:
    given(chart, "hip", reason=chart.condition("hip OA", side="left"), guidance="unguided" if fires else "unknown")


@twin("E2.2x", "E4.2x")
def unguided_spine(chart: Chart, *, fires: bool) -> None:
    root = chart.condition("lumbar radiculopathy")
    given(chart, "lumbar-epidural", "midline", reason=root, guidance="unguided" if fires else "unknown")


@twin("E2.3")
def unguided_intermediate(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), guidance="unguided" if fires else "unknown")


@twin("E2.4")
def infected_after(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    day = "2026-01-26" if fires else "2025-11-03"  # resolved by now: while it is active, the red flag stands alone
    chart.condition("cellulitis", side="left", site="knee", recorded=day, clinical="resolved")


@twin("E2.5")
def little_volume(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), la_ml=0.5 if fires else 1.5)


@twin("E2.5x")
def very_little_volume(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), mg=20, la_ml=0.25 if fires else 1)


@twin("A2.1", "A4.1")
def guided(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), guidance="guided" if fires else "unknown")


@twin("E3.1")
def dose_under_half(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), mg=8 if fires else 10)


@twin("E3.2")
def dose_under_the_range(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), mg=15 if fires else 20)


@twin("E3.3")
def diluted(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), la_ml=5 if fires else 4)


@twin("E3.4")
def heavy_for_the_dose(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.measure("BMI", FIRST, 35 if fires else 34.9, category="vital-signs")


@twin("E3.5")
def effusion_left_in_place(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.condition("knee effusion", side="left" if fires else "right", recorded="2026-01-05")


@twin("A3.1")
def usual_dose(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), mg=40 if fires else 39)


@twin("A3.2")
def dose_within_the_range(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), mg=30 if fires else 40)


@twin("E4.1")
def wrong_side(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=chart.condition("knee OA", side="right" if fires else "left"))


@twin("E4.3")
def unguided_and_not_numb(chart: Chart, *, fires: bool) -> None:
    numbed(chart, 7 if fires else 2, guidance="unguided")


@twin("E4.4")
def heavy_and_unguided(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), guidance="unguided")
    chart.measure("BMI", LATER, 30 if fires else 29.9, category="vital-signs")


@twin("E4.5")
def guidance_unknown_at_a_deep_target(chart: Chart, *, fires: bool) -> None:
    region = "hip" if fires else "knee"
    given(chart, region, reason=chart.condition(f"{region} OA", side="left"))
