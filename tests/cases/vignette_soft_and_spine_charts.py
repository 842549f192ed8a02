"""The charts of the clinical vignettes about tendons, bursae, nerves and the spine, as short as their words."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import concept


@case("shoulder-too-early", patient="F50")
def v03(chart: Chart) -> None:
    bursitis = chart.condition("subacromial bursitis", site="shoulder", side="right")
    chart.injection("2026-02-24", region="subacromial", side="right", drug="methylprednisolone", reason=bursitis)
    for day, score in [("2026-02-24", 8), ("2026-02-27", 7)]:
        chart.pain(day, score, region="subacromial", side="right")


@case("elbow-flare-on-day-one", patient="M47")
def v04(chart: Chart) -> None:
    elbow = chart.condition("lateral epicondylitis", side="right")
    chart.injection("2026-03-01", region="elbow-lateral", side="right", mg=10, guidance="unguided", reason=elbow)
    for day, score in [("2026-03-01", 6), ("2026-03-02", 9)]:
        chart.pain(day, score, region="elbow-lateral", side="right")
    chart.measure("temperature", "2026-03-02", 36.9, category="vital-signs")


@case("lumbar-epidural-cauda-equina", patient="M49")
def v06(chart: Chart) -> None:
    root = chart.condition("lumbar radiculopathy")
    chart.injection(
        "2026-02-09", region="lumbar-epidural", side="midline", drug="methylprednisolone", mg=80, guidance="guided",
        reason=root,
    )  # fmt: skip
    for day in ("2026-02-09", "2026-03-02"):
        chart.pain(day, 8, region="lumbar-epidural")
    chart.finding("saddle-anaesthesia", "2026-03-02")
    chart.measure("post-void residual", "2026-03-02", 420)


@case("shoulder-pain-from-the-neck", patient="F54")
def v08(chart: Chart) -> None:
    bursitis = chart.condition("subacromial bursitis", site="shoulder", side="right")
    chart.condition("cervical radiculopathy", site="cervical", side="right", recorded="2026-01-30")
    chart.condition("paraesthesia", site="shoulder", side="right", recorded="2026-01-30")
    chart.injection(
        "2025-12-20", region="subacromial", side="right", drug="methylprednisolone", guidance="guided", reason=bursitis
    )
    for day in ("2025-12-20", "2026-01-17"):
        chart.pain(day, 7, region="subacromial", side="right")
    chart.measure("DN4", "2026-01-30", 5, category="survey")


@case("carpal-tunnel-short-relief", patient="F47")
def v09(chart: Chart) -> None:
    nerve = chart.condition("carpal tunnel syndrome", side="left")
    chart.injection(
        "2025-12-01", region="carpal-tunnel", side="left", drug="methylprednisolone", guidance="unguided", reason=nerve
    )
    for day, score in [("2025-12-01", 6), ("2026-01-05", 3), ("2026-02-16", 6)]:
        chart.pain(day, score, region="carpal-tunnel", side="left")
    chart.report("nerve study", "2026-01-20", found="nerve-study-abnormal", region="carpal-tunnel", side="left")


@case("trochanter-label-muscle-pain", patient="F45")
def v11(chart: Chart) -> None:
    bursitis = chart.condition("trochanteric bursitis", side="left")
    chart.condition("myofascial pain", site="hip region", side="left", recorded="2026-01-10")
    chart.injection("2025-11-24", region="trochanteric", side="left", guidance="guided", reason=bursitis)
    for day, score in [("2025-11-24", 6), ("2025-12-22", 5)]:
        chart.pain(day, score, region="trochanteric", side="left")


@case("tennis-elbow-second-injection", patient="F44")
def v18(chart: Chart) -> None:
    elbow = chart.condition("lateral epicondylitis", side="right", onsetDateTime="2025-04")
    for day in ("2025-09-15", "2025-12-08"):
        chart.injection(
            day, region="elbow-lateral", side="right", drug="methylprednisolone", mg=20, reason=elbow
        )  # fmt: skip
    for day, score in [
        ("2025-09-15", 7), ("2025-10-27", 3), ("2025-12-01", 7), ("2025-12-08", 7), ("2026-01-12", 6),
    ]:  # fmt: skip
        chart.pain(day, score, region="elbow-lateral", side="right")


@case("large-herniation-transforaminal", patient="F41")
def v20(chart: Chart) -> None:
    root = chart.condition("lumbosacral radiculopathy", site="lumbar", side="left")
    chart.condition("lumbosacral disc herniation with radiculopathy", recorded="2025-12-01")
    chart.report("lumbar MRI", "2025-11-30", found="herniation-large", region="lumbar")
    chart.injection(
        "2025-12-29", region="lumbar-tfesi", side="left", drug="dexamethasone", mg=10, guidance="guided", reason=root
    )
    for day, score in [("2025-12-29", 8), ("2026-01-26", 7)]:
        chart.pain(day, score, region="lumbar-tfesi", side="left")
    power = chart.measure("motor power", "2026-02-25", 5, region="lumbar", side="left")
    power["code"]["text"] = "Plantar flexion, left, MRC grade"
    chart.therapy("physical therapy", "2025-10-13", "2025-12-12", region="lumbar")
    chart.medicine("naproxen", "2025-10-13")


@case("stenosis-three-epidurals", patient="M74")
def v21(chart: Chart) -> None:
    stenosis = chart.condition("lumbar stenosis with neurogenic claudication")
    chart.report("lumbar MRI", "2025-05-20", found="stenosis-severe", region="lumbar")
    for day in ("2025-06-16", "2025-09-22", "2026-01-12"):
        chart.injection(day, region="lumbar-epidural", side="midline", guidance="guided", reason=stenosis)
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region="lumbar-epidural")
    for side in ("left", "right"):
        chart.measure("ankle-brachial index", "2025-12-01", 1.05, region="ankle region", side=side)


@case("cobicistat-and-triamcinolone", patient="M50")
def v25(chart: Chart) -> None:
    chart.condition("HIV")
    root = chart.condition("lumbar radiculopathy", site="lumbar", side="left")
    chart.injection("2026-01-26", region="lumbar-epidural", side="midline", guidance="guided", reason=root)
    for day in ("2026-01-26", "2026-02-20"):
        chart.pain(day, 7, region="lumbar-epidural")
    tablet = {
        "resourceType": "Medication",
        "id": "tablet",
        "code": {"text": "darunavir 800 mg / cobicistat 150 mg oral tablet"},
        "ingredient": [{"itemCodeableConcept": concept("medicine", name)} for name in ("darunavir", "cobicistat")],
    }
    boosted = chart.medicine(
        "darunavir", "2024-05-06", contained=[tablet], medicationReference={"reference": "#tablet"}
    )
    del boosted["medicationCodeableConcept"]


@case("gluteal-tendon-still-improving", patient="F49")
def v31(chart: Chart) -> None:
    tendon = chart.condition("gluteal tendinopathy", side="right", onsetDateTime="2024-10")
    chart.injection(
        "2026-02-02", region="trochanteric", side="right", drug="methylprednisolone", guidance="guided", reason=tendon
    )
    for day, score in [("2026-02-02", 7), ("2026-02-12", 7), ("2026-03-02", 6)]:
        chart.pain(day, score, region="trochanteric", side="right")


@case("heel-injected-diabetic-nerves", patient="M59")
def v34(chart: Chart) -> None:
    fascia = chart.condition("plantar fasciitis", site="foot", side="right")
    chart.condition("type 2 diabetes")
    chart.condition("diabetic polyneuropathy")
    chart.injection("2025-12-12", region="plantar-fascia", side="right", mg=20, reason=fascia)
    for day in ("2025-12-12", "2026-01-16"):
        chart.pain(day, 7, region="plantar-fascia", side="right")
    chart.lab("HbA1c", "2026-01-10", 7.2)
    chart.measure("DN4", "2026-01-16", 6, category="survey")
