"""Twins of the rows on other pathology and on a delayed effect (causes 7 and 8)."""

from __future__ import annotations

from tests.cases.twins import LATER, given, knee_arthritis, lost, twin
from tests.charts import Chart
from tests.codes import Json

SUCCESSFUL: Json = {"coding": [{"system": "http://snomed.info/sct", "code": "385669000", "display": "Successful"}]}


def failed(chart: Chart) -> None:
    """A left knee that did not improve."""
    given(chart, reason=knee_arthritis(chart))


@twin("E7a.1")
def nerve_study_abnormal(chart: Chart, *, fires: bool) -> None:
    given(chart, "wrist", reason=chart.condition("wrist OA", side="left"))
    side = "left" if fires else "right"
    chart.report("nerve study", LATER, found="nerve-study-abnormal", region="carpal-tunnel", side=side)


@twin("E7a.2")
def nerve_condition(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.condition("lumbar radiculopathy", site="lumbar", side="left" if fires else "right")


@twin("E7a.3")
def nerve_screen_positive(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.measure("DN4", LATER, 4 if fires else 3, category="survey")


@twin("A7a.2")
def nerve_screen_negative(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.measure("DN4", LATER, 3 if fires else 4, category="survey")


@twin("E7a.3w")
def nerve_screen_unclear(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.measure("painDETECT", LATER, 18 if fires else 19, category="survey")


@twin("E7a.4")
def one_nerve_symptom(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.finding("numbness", LATER, region="knee", side="left", present=fires)


@twin("E7a.4m")
def two_nerve_symptoms(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.finding("numbness", LATER, region="knee", side="left")
    chart.finding("burning-pain", LATER, region="knee", side="left", present=fires)


@twin("A7a.1")
def nerve_study_normal(chart: Chart, *, fires: bool) -> None:
    given(chart, "wrist", reason=chart.condition("wrist OA", side="left"))
    day = LATER if fires else "2024-12-02"
    chart.report("nerve study", day, found="nerve-study-normal", region="carpal-tunnel", side="left")


@twin("E7b.1")
def structural_lesion(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.condition("meniscal tear", side="left" if fires else "right")


@twin("E7b.2")
def one_mechanical_symptom(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.finding("mechanical-locking", LATER, region="knee", side="left", present=fires)


@twin("E7b.2m")
def two_mechanical_symptoms(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.finding("mechanical-locking", LATER, region="knee", side="left")
    chart.finding("giving-way", LATER, region="knee", side="left", present=fires)


@twin("A7b.1")
def image_without_lesion(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    day = LATER if fires else "2024-12-02"
    chart.report("knee MRI", day, found="imaging-normal", region="knee", side="left")


twin("E7b.3", "E7c.2", "E7e.6")(lost)


@twin("E7c.1")
def muscle_pain(chart: Chart, *, fires: bool) -> None:
    given(chart, "trochanteric", reason=chart.condition("trochanteric bursitis", side="left"))
    chart.condition("myofascial pain", site="hip region", side="left" if fires else "right")


@twin("E7c.3")
def muscle_spasm(chart: Chart, *, fires: bool) -> None:
    region, reason = ("lumbar-facet", "lumbar facet arthropathy") if fires else ("knee", "knee OA")
    given(chart, region, "left", reason=chart.condition(reason, side=None if fires else "left"))
    chart.condition("muscle spasm of back")


@twin("E7c.4")
def trigger_points_treated(chart: Chart, *, fires: bool) -> None:
    given(chart, "trochanteric", reason=chart.condition("trochanteric bursitis", side="left"))
    treated = chart.therapy("dry needling", "2025-10-06", region="trochanteric", side="left")
    if fires:
        treated["outcome"] = SUCCESSFUL


@twin("E7d.1")
def arteries(chart: Chart, *, fires: bool) -> None:
    region, reason = ("knee", "knee OA") if fires else ("wrist", "wrist OA")
    given(chart, region, reason=chart.condition(reason, side="left"))
    chart.condition("peripheral arterial disease")


@twin("E7d.2")
def claudication(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.condition("intermittent claudication" if fires else "lumbar stenosis with neurogenic claudication")


@twin("E7d.3")
def smoker_with_diabetes(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.condition("type 2 diabetes")
    chart.condition("tobacco", clinical="active" if fires else "resolved")


@twin("A7d.1")
def pressure_index_normal(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    side = "left" if fires else "right"
    chart.measure("ankle-brachial index", LATER, 1.08, region="ankle region", side=side)


@twin("E7e.1")
def inflammatory_disease(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.condition("rheumatoid arthritis", verified="confirmed" if fires else "refuted")


@twin("E7e.2")
def antibodies(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.lab("anti-CCP", LATER, 210 if fires else 4, flag="POS" if fires else "NEG")


@twin("E7e.3")
def inflammation(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.lab("CRP", LATER, 10.5 if fires else 10)


@twin("E7e.4")
def three_joints(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.injection("2025-10-06", region="wrist", side="left")
    bursa = chart.condition("trochanteric bursitis", side="left")
    third = ("ankle", None) if fires else ("trochanteric", bursa)
    chart.injection("2025-11-03", region=third[0], side="left", reason=third[1])


@twin("E7e.5")
def skin_disease(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.condition("psoriasis", verified="confirmed" if fires else "entered-in-error")


@twin("A7e.1")
def nothing_systemic_in_the_blood(chart: Chart, *, fires: bool) -> None:
    failed(chart)
    chart.lab("CRP", LATER, 3)
    chart.lab("ESR", LATER, 12 if fires else 48)
    chart.lab("rheumatoid factor", LATER, 6, flag="NEG")


@twin("E8.1")
def first_two_weeks(chart: Chart, *, fires: bool) -> None:
    day = "2026-02-17" if fires else "2026-02-16"
    given(chart, reason=knee_arthritis(chart), day=day, on="2026-03-02")


@twin("E8.2")
def slowly_better(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), day="2026-02-02", on="2026-02-12")
    chart.pain("2026-03-02", 6 if fires else 7, region="knee", side="left")


@twin("E8.3")
def slow_tendon(chart: Chart, *, fires: bool) -> None:
    tendon = chart.condition("gluteal tendinopathy", side="left", onsetDateTime="2024-10")
    given(chart, "trochanteric", reason=tendon, day="2026-02-02" if fires else "2026-01-12", on="2026-03-02")


@twin("E8.4")
def only_early_scores(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), on="2026-01-20")
    chart.order("referral orthopaedics", "2026-02-10", region="knee", side="left")
    if not fires:
        chart.pain(LATER, 7, region="knee", side="left")


@twin("A8.1")
def long_past(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), day="2025-12-07" if fires else "2025-12-08", on="2026-01-05")


@twin("A8.2")
def worse(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), before=6, after=8 if fires else 7)
