"""The charts of the clinical vignettes, each as short as the words that describe it."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import concept, used_codes
from tests.records import to


@case("knee-relieved")
def v01(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.injection("2025-12-15", region="knee", side="left", la_ml=4, guidance="guided", reason=arthritis)
    for day, score in [("2025-12-15", 7), ("2026-01-12", 2), ("2026-02-20", 3)]:
        chart.pain(day, score, region="knee", side="left")


@case("knee-hyaluronate-and-aspiration-only", patient="M55")
def v02(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    lubricant = chart.therapy("knee injection or aspiration", "2025-12-01", region="knee", side="right")
    lubricant |= {"usedCode": [concept("therapy", "hyaluronate")], "reasonReference": [to(arthritis)]}
    chart.therapy("knee injection or aspiration", "2026-01-10", region="knee", side="right")
    for day, score in [("2025-12-01", 7), ("2026-02-01", 7)]:
        chart.pain(day, score, region="knee", side="right")


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


@case("knee-septic-red-flags", patient="M68")
def v05(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.condition("type 2 diabetes")
    chart.injection("2026-02-16", region="knee", side="left", guidance="unguided", reason=arthritis)
    for day, score in [("2026-02-16", 6), ("2026-03-02", 9)]:
        chart.pain(day, score, region="knee", side="left")
    chart.measure("temperature", "2026-03-02", 38.6, category="vital-signs")
    chart.lab("CRP", "2026-03-02", 142)
    chart.finding("local-swelling", "2026-03-02", region="knee", side="left")


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


@case("hip-unguided-obese", patient="F66")
def v07(chart: Chart) -> None:
    arthritis = chart.condition("hip OA", side="right")
    chart.report("hip radiograph", "2025-11-03", found="kl-2", region="hip", side="right")
    chart.injection("2026-01-12", region="hip", side="right", la_ml=4, guidance="unguided", reason=arthritis)
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region="hip", side="right")
    chart.measure("BMI", "2026-01-12", 36, category="vital-signs")


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


@case("three-joints-anti-ccp", patient="F39")
def v13(chart: Chart) -> None:
    wrist_right = chart.condition("wrist pain", side="right")
    wrist_left = chart.condition("wrist pain", side="left")
    knee = chart.condition("knee pain", side="left")
    chart.injection("2025-06-02", region="knee", side="left", reason=knee)
    chart.injection("2025-09-08", region="wrist", side="left", mg=20, reason=wrist_left)
    chart.injection("2025-12-01", region="wrist", side="right", mg=20, reason=wrist_right)
    for day, score in [("2025-12-01", 7), ("2025-12-29", 3), ("2026-02-09", 7)]:
        chart.pain(day, score, region="wrist", side="right")
    antibody = chart.lab("anti-CCP", "2026-02-20", 210, flag="POS")
    antibody["referenceRange"] = [{"high": {"value": 20, "unit": "U/mL"}}]
    chart.lab("CRP", "2026-02-20", 28)


@case("knee-four-injections-shortening-relief", patient="F73")
def v15(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.measure("BMI", "2026-01-19", 33, category="vital-signs")
    chart.report("knee radiograph", "2025-10-20", found="kl-4", region="knee", side="right")
    for day in ("2025-04-14", "2025-07-21", "2025-10-27", "2026-01-19"):
        chart.injection(
            day, region="knee", side="right", drug="methylprednisolone", guidance="guided", reason=arthritis
        )
    for day, score in [
        ("2025-04-14", 8), ("2025-05-12", 3), ("2025-07-18", 7), ("2025-07-21", 7), ("2025-08-18", 4),
        ("2025-09-29", 7), ("2025-10-27", 8), ("2025-11-24", 5), ("2025-12-15", 8), ("2026-01-19", 8),
        ("2026-02-10", 6), ("2026-02-27", 8),
    ]:  # fmt: skip
        chart.pain(day, score, region="knee", side="right")
    exercise = chart.therapy("physical therapy", "2025-07-14", "2025-09-12", region="knee", side="right")
    exercise["reasonReference"] = [to(arthritis)]
    programme = chart.order("weight programme", "2025-02-03", status="completed")
    chart.encounter("2025-03-10", service={"text": "Weight management clinic"}, for_order=programme)


@case("hip-replacement-booked", patient="F70")
def v16(chart: Chart) -> None:
    arthritis = chart.condition("hip OA", side="left")
    chart.report("hip radiograph", "2025-12-01", found="kl-4", region="hip", side="left")
    chart.injection("2026-01-05", region="hip", side="left", guidance="guided", reason=arthritis)
    for day in ("2026-01-05", "2026-02-02"):
        chart.pain(day, 8, region="hip", side="left")
    chart.order("hip replacement", "2026-02-16", side="left", due="2026-03-16")


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


@case("frozen-shoulder-diabetes-mood", patient="F58")
def v24(chart: Chart) -> None:
    capsulitis = chart.condition("adhesive capsulitis", side="right")
    chart.condition("type 2 diabetes")
    chart.injection("2026-01-05", region="glenohumeral", side="right", guidance="guided", reason=capsulitis)
    for day, score in [("2026-01-05", 8), ("2026-02-02", 7)]:
        chart.pain(day, score, region="glenohumeral", side="right")
    chart.lab("HbA1c", "2025-12-20", 9.1)
    chart.measure("PHQ-9", "2026-02-02", 14, category="survey")


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


@case("knee-tiny-diluted-dose", patient="M48")
def v26(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.injection(
        "2026-01-08", region="knee", side="left", mg=5, la_ml=9, steroid_ml=0.125, guidance="unguided", reason=arthritis
    )
    for day, score in [("2026-01-08", 7), ("2026-02-05", 6)]:
        chart.pain(day, score, region="knee", side="left")
    chart.measure("BMI", "2026-01-08", 42, category="vital-signs")


@case("knee-nothing-but-an-injection", patient="F69")
def v27(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-02", region="knee", side="right", mg=None, reason=arthritis)


@case("entered-in-error-and-not-done", patient="M60")
def v29(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    for day, side, status in [("2026-01-10", "right", "entered-in-error"), ("2026-01-12", "left", "not-done")]:
        given = chart.injection(day, region="knee", side=side, drug=None, status=status, reason=arthritis)
        given["usedCode"] = used_codes({}, "unknown", "triamcinolone")
    for day in ("2026-01-10", "2026-02-10"):
        chart.pain(day, 8, region="knee", side="right", status="entered-in-error")


@case("gluteal-tendon-still-improving", patient="F49")
def v31(chart: Chart) -> None:
    tendon = chart.condition("gluteal tendinopathy", side="right", onsetDateTime="2024-10")
    chart.injection(
        "2026-02-02", region="trochanteric", side="right", drug="methylprednisolone", guidance="guided", reason=tendon
    )
    for day, score in [("2026-02-02", 7), ("2026-02-12", 7), ("2026-03-02", 6)]:
        chart.pain(day, score, region="trochanteric", side="right")


@case("knee-four-months-of-relief", patient="F65")
def v32(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.injection(
        "2025-10-20", region="knee", side="left", drug="methylprednisolone", guidance="guided", reason=arthritis
    )
    for day, score in [("2025-10-20", 8), ("2025-11-17", 2), ("2026-01-12", 3), ("2026-02-23", 7)]:
        chart.pain(day, score, region="knee", side="left")


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


@case("replaced-knee-injected", patient="M72")
def v36(chart: Chart) -> None:
    chart.therapy("knee replacement", "2021-05-17", region="knee", side="left")
    chart.condition("artificial knee", side="left", onsetDateTime="2021-05-17", recorded="2021-05-20")
    ache = chart.condition("knee pain", side="left")
    chart.injection("2026-01-26", region="knee", side="left", guidance="unguided", reason=ache)
    for day in ("2026-01-26", "2026-02-23"):
        chart.pain(day, 6, region="knee", side="left")
    chart.lab("CRP", "2026-02-23", 4)
    chart.measure("temperature", "2026-02-23", 36.8, category="vital-signs")


@case("adolescent", patient="F16")
def v40(chart: Chart) -> None:
    chart.condition("juvenile arthritis")
    arthritis = chart.condition("juvenile knee arthritis", side="right")
    chart.injection("2026-01-05", region="knee", side="right", guidance="guided", reason=arthritis)
    for day in ("2026-01-05", "2026-02-09"):
        chart.pain(day, 7, region="knee", side="right")
