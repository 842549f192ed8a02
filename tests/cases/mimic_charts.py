"""Pain that comes from elsewhere, or from another disease of the same place; and the mimic that says nothing."""

from __future__ import annotations

from tests.cases.book import case
from tests.cases.ladder_charts import worn_knee
from tests.charts import Chart


def failed(chart: Chart, region: str, side: str, reason: str, site: str | None = None) -> None:
    """A guided injection in January that did not help."""
    disease = chart.condition(reason, side=side, site=site)
    chart.injection("2026-01-12", region=region, side=side, guidance="guided", reason=disease)
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region=region, side=side)


@case("knee-pain-from-the-hip")
def knee_pain_from_the_hip(chart: Chart) -> None:
    worn_knee(chart)
    chart.condition("hip OA", side="left")
    chart.report("hip radiograph", "2026-02-10", found="kl-4", region="hip", side="left")


@case("knee-pain-and-the-other-hip")
def knee_pain_and_the_other_hip(chart: Chart) -> None:
    worn_knee(chart)
    chart.condition("hip OA", side="right")
    chart.report("hip radiograph", "2026-02-10", found="kl-4", region="hip", side="right")


@case("knee-arthritis-was-a-meniscal-tear")
def meniscal_tear(chart: Chart) -> None:
    worn_knee(chart)
    chart.report("knee MRI", "2026-02-16", found="structural-lesion", region="knee", side="left")
    chart.condition("meniscal tear", side="left", recorded="2026-02-18")
    chart.finding("mechanical-locking", "2026-02-18", region="knee", side="left")


@case("shoulder-pain-from-the-thoracic-outlet")
def thoracic_outlet(chart: Chart) -> None:
    failed(chart, "subacromial", "right", "subacromial bursitis", site="shoulder")
    chart.condition("thoracic outlet syndrome", side="right", recorded="2026-02-16")


@case("hip-pain-from-the-back")
def hip_pain_from_the_back(chart: Chart) -> None:
    failed(chart, "hip", "right", "hip OA")
    chart.condition("lumbar radiculopathy", site="lumbar", side="right", recorded="2026-02-16")


@case("heel-pain-from-the-arteries")
def heel_pain_from_the_arteries(chart: Chart) -> None:
    failed(chart, "plantar-fascia", "left", "plantar fasciitis", site="foot")
    chart.condition("peripheral arterial disease", recorded="2026-02-16")
    chart.measure("ankle-brachial index", "2026-02-16", 0.72, region="ankle region", side="left")


@case("heel-pain-and-the-other-leg")
def heel_pain_and_the_other_leg(chart: Chart) -> None:
    failed(chart, "plantar-fascia", "left", "plantar fasciitis", site="foot")
    chart.measure("ankle-brachial index", "2026-02-16", 0.72, region="ankle region", side="right")
    chart.measure("ankle-brachial index", "2026-02-16", 1.08, region="ankle region", side="left")
