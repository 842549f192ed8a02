"""Hazards of the clinical model, 5.5, that no other case shows, and charts of several sites, sides and times."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import Json, concept, quantity


def injected(
    chart: Chart, day: str = "2025-12-01", *, side: str = "right", region: str = "knee", reason: str = "knee OA"
) -> Json:
    """A guided triamcinolone injection, and the pain before it."""
    because = chart.condition(reason, side=side if side != "midline" else None)
    chart.pain(day, 7, region=_scored(region), side=side if side != "midline" else None)
    return chart.injection(day, region=region, side=side, guidance="guided", reason=because)


def _scored(region: str) -> str:
    return "lumbar" if region.startswith("lumbar") else region


@case("score-after-platelet-rich-plasma")
def score_after_platelets(chart: Chart) -> None:
    injected(chart)
    chart.pain("2026-01-05", 7, region="knee", side="right")
    chart.therapy("platelet-rich plasma", "2026-01-15", region="knee", side="right")
    chart.pain("2026-02-10", 2, region="knee", side="right")


@case("score-after-a-nerve-block")
def score_after_a_block(chart: Chart) -> None:
    injected(chart)
    chart.pain("2026-01-05", 7, region="knee", side="right")
    chart.therapy("genicular block", "2026-01-15", region="knee", side="right")
    chart.pain("2026-02-10", 2, region="knee", side="right")


@case("dose-as-a-strength")
def dose_as_a_strength(chart: Chart) -> None:
    injected(chart, "2026-01-12")
    given = next(r for r in chart.resources if r["resourceType"] == "MedicationAdministration")
    given["dosage"]["dose"] = quantity(40, "mg/mL")
    chart.pain("2026-02-09", 6, region="knee", side="right")


@case("score-of-a-side-without-a-site")
def score_of_a_side(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2025-12-01", region="knee", side="right", guidance="guided", reason=arthritis)
    for day, score in [("2025-12-01", 7), ("2026-01-05", 7)]:
        chart.pain(day, score, side="left")


@case("both-knees-twice")
def both_knees_twice(chart: Chart) -> None:
    """Right: twice, no relief. Left: twice, relief each time. Both sides of the second day in one procedure."""
    injected(chart, "2025-08-04")
    injected(chart, "2025-08-04", side="left")
    chart.injection("2025-12-15", region="knee", side="bilateral", guidance="guided")
    for side, scores in (("right", (7, 7, 7)), ("left", (2, 7, 1))):
        for day, score in zip(("2025-09-08", "2025-12-15", "2026-01-19"), scores, strict=True):
            chart.pain(day, score, region="knee", side=side)


@case("red-flag-of-the-spine-beside-a-failed-knee")
def spine_beside_knee(chart: Chart) -> None:
    injected(chart, "2026-02-02", region="lumbar-epidural", side="midline", reason="lumbar radiculopathy")
    injected(chart, "2026-01-12")
    chart.pain("2026-02-16", 7, region="knee", side="right")
    chart.finding("saddle-anaesthesia", "2026-03-01")
    chart.measure("post-void residual", "2026-03-01", 420)


@case("neck-shoulder-hip-and-back")
def neck_shoulder_hip_and_back(chart: Chart) -> None:
    """Four sites: the shoulder and the hip failed, the neck worked, the back is too early."""
    injected(chart, "2025-12-01", region="glenohumeral", reason="shoulder OA")
    injected(chart, "2025-12-08", region="hip", side="left", reason="hip OA")
    injected(chart, "2025-12-15", region="cervical-facet", reason="cervical spondylosis")
    injected(chart, "2026-02-23", region="lumbar-facet", side="left", reason="lumbar facet arthropathy")
    chart.pain("2026-01-12", 7, region="glenohumeral", side="right")
    chart.pain("2026-01-12", 7, region="hip", side="left")
    chart.pain("2026-01-19", 1, region="cervical-facet", side="right")


@case("unsided-image-between-two-knees")
def unsided_image(chart: Chart) -> None:
    """A radiograph that names no side, where both knees were injected, grades neither."""
    for side in ("left", "right"):
        injected(chart, "2026-01-12", side=side)
        chart.pain("2026-02-09", 7, region="knee", side=side)
    chart.observation(concept("measure", "Kellgren-Lawrence grade"), "2025-12-01", "exam", valueInteger=4)
