"""The charts of the clinical vignettes about joints, each as short as the words that describe it."""

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


@case("hip-unguided-obese", patient="F66")
def v07(chart: Chart) -> None:
    arthritis = chart.condition("hip OA", side="right")
    chart.report("hip radiograph", "2025-11-03", found="kl-2", region="hip", side="right")
    chart.injection("2026-01-12", region="hip", side="right", la_ml=4, guidance="unguided", reason=arthritis)
    for day in ("2026-01-12", "2026-02-09"):
        chart.pain(day, 7, region="hip", side="right")
    chart.measure("BMI", "2026-01-12", 36, category="vital-signs")


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


@case("frozen-shoulder-diabetes-mood", patient="F58")
def v24(chart: Chart) -> None:
    capsulitis = chart.condition("adhesive capsulitis", side="right")
    chart.condition("type 2 diabetes")
    chart.injection("2026-01-05", region="glenohumeral", side="right", guidance="guided", reason=capsulitis)
    for day, score in [("2026-01-05", 8), ("2026-02-02", 7)]:
        chart.pain(day, score, region="glenohumeral", side="right")
    chart.lab("HbA1c", "2025-12-20", 9.1)
    chart.measure("PHQ-9", "2026-02-02", 14, category="survey")


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


@case("knee-four-months-of-relief", patient="F65")
def v32(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.injection(
        "2025-10-20", region="knee", side="left", drug="methylprednisolone", guidance="guided", reason=arthritis
    )
    for day, score in [("2025-10-20", 8), ("2025-11-17", 2), ("2026-01-12", 3), ("2026-02-23", 7)]:
        chart.pain(day, score, region="knee", side="left")


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
