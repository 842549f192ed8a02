"""What is already in the record, what is there but too old or never happened, and what the gates let through."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import Json
from tests.records import to


def worn_knee(chart: Chart) -> Json:
    """A guided injection of an arthritic left knee that did not help."""
    arthritis = chart.condition("knee OA", side="left")
    chart.injection("2026-01-12", region="knee", side="left", guidance="guided", reason=arthritis)
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region="knee", side="left")
    return arthritis


@case("steps-already-in-the-record")
def steps_in_the_record(chart: Chart) -> None:
    worn_knee(chart)
    chart.report("knee radiograph", "2025-10-20", found="kl-3", region="knee", side="left")
    chart.order("physical therapy", "2026-02-10", region="knee", side="left")
    chart.order("referral orthopaedics", "2026-02-10", region="knee", side="left")


@case("steps-too-long-ago")
def steps_too_long_ago(chart: Chart) -> None:
    worn_knee(chart)
    chart.report("knee radiograph", "2025-01-15", found="kl-3", region="knee", side="left")
    chart.order("physical therapy", "2025-08-01", region="knee", side="left")
    chart.therapy("physical therapy", "2024-09-02", "2024-11-29", region="knee", side="left")
    chart.order("referral orthopaedics", "2025-08-01", region="knee", side="left")


@case("steps-that-never-were-orders")
def steps_never_orders(chart: Chart) -> None:
    worn_knee(chart)
    chart.report("knee radiograph", "2025-10-20", found="kl-3", region="knee", side="left")
    for resource in chart.resources[-3:]:
        resource["status"] = "cancelled"
    chart.order("physical therapy", "2026-02-10", region="knee", side="left", intent="proposal")
    chart.order("referral orthopaedics", "2026-02-10", region="knee", side="left", status="revoked")


@case("steps-for-the-other-knee")
def steps_for_the_other_knee(chart: Chart) -> None:
    worn_knee(chart)
    chart.report("knee radiograph", "2025-10-20", found="kl-4", region="knee", side="right")
    chart.order("physical therapy", "2026-02-10", region="knee", side="right")


@case("exercise-for-three-weeks-only")
def exercise_three_weeks(chart: Chart) -> None:
    worn_knee(chart)
    chart.therapy("physical therapy", "2026-01-20", "2026-02-10", region="knee", side="left")


@case("exercise-in-six-visits")
def exercise_in_six_visits(chart: Chart) -> None:
    worn_knee(chart)
    for day in ("2025-11-03", "2025-11-06", "2025-11-10", "2025-11-13", "2025-11-17", "2025-11-20"):
        chart.therapy("therapeutic exercise", day, region="knee", side="left")


@case("referral-that-led-nowhere")
def referral_that_led_nowhere(chart: Chart) -> None:
    worn_knee(chart)
    chart.report("knee radiograph", "2025-10-20", found="kl-4", region="knee", side="left")
    chart.order("referral orthopaedics", "2025-10-27", region="knee", side="left", status="completed")


@case("facet-two-positive-blocks", patient="M57")
def facet_two_positive_blocks(chart: Chart) -> None:
    facet_with_blocks(chart, [("2025-09-08", 85), ("2025-10-06", 90)])


@case("facet-one-positive-block", patient="M57")
def facet_one_positive_block(chart: Chart) -> None:
    facet_with_blocks(chart, [("2025-09-08", 85)])


def facet_with_blocks(chart: Chart, blocks: list[tuple[str, int]]) -> None:
    """Axial back pain of a year, exercise done, facet steroid without effect, and medial branch blocks."""
    facet = chart.condition("lumbar facet arthropathy", onsetDateTime="2025-01-10")
    chart.therapy("physical therapy", "2025-05-05", "2025-08-08", region="lumbar")
    for day, relief in blocks:
        block = chart.therapy("medial branch block", day, region="lumbar", side="left")
        chart.measure("block relief", day, relief, partOf=[to(block)])
    chart.injection("2026-01-12", region="lumbar-facet", side="left", mg=20, guidance="guided", reason=facet)
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region="lumbar")
