"""Each red flag and each warning: a chart that must raise it, and its near miss that must not."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import Json, local


def epidural(
    chart: Chart, day: str = "2026-02-09", *, region: str = "lumbar-epidural", drug: str = "dexamethasone"
) -> None:
    """A guided epidural for radiculopathy that did not help."""
    level = region.split("-")[0]
    root = chart.condition(f"{level} radiculopathy", site=level)
    side = "left" if region.endswith("tfesi") else "midline"
    mg = 10 if drug == "dexamethasone" else 40
    chart.injection(day, region=region, side=side, drug=drug, mg=mg, guidance="guided", reason=root)
    for moment in (day, "2026-03-02"):
        chart.pain(moment, 7, region=level)


def knee(chart: Chart, day: str = "2026-02-02", *, drug: str = "methylprednisolone", after: float = 7) -> Json:
    """A guided injection of the left knee."""
    arthritis = chart.condition("knee OA", side="left")
    chart.injection(day, region="knee", side="left", drug=drug, guidance="guided", reason=arthritis)
    for moment, score in [(day, 7), ("2026-03-02", after)]:
        chart.pain(moment, score, region="knee", side="left")
    return arthritis


@case("septic-knee-recorded")
def septic_knee_recorded(chart: Chart) -> None:
    knee(chart)
    chart.condition("septic knee", side="left", recorded="2026-02-27")


@case("septic-other-knee")
def septic_other_knee(chart: Chart) -> None:
    knee(chart)
    chart.condition("septic knee", side="right", recorded="2026-02-27")


@case("septic-knee-by-joint-fluid")
def septic_knee_by_fluid(chart: Chart) -> None:
    knee(chart)
    chart.lab("synovial WBC", "2026-02-27", 61000, region="knee", side="left")


@case("fever-after-four-months")
def fever_after_four_months(chart: Chart) -> None:
    knee(chart, "2025-11-03", after=7)
    chart.pain("2025-12-08", 7, region="knee", side="left")
    chart.measure("temperature", "2026-03-01", 38.8, category="vital-signs")
    chart.finding("local-swelling", "2026-03-01", region="knee", side="left")


@case("high-crp-without-local-sign")
def high_crp_alone(chart: Chart) -> None:
    knee(chart)
    chart.lab("CRP", "2026-02-27", 120)


@case("spine-infected-after-epidural")
def spine_infected(chart: Chart) -> None:
    epidural(chart)
    chart.condition("infective discitis", recorded="2026-02-27")


@case("bladder-nearly-empty")
def bladder_nearly_empty(chart: Chart) -> None:
    epidural(chart)
    chart.measure("post-void residual", "2026-03-01", 150)
    chart.finding("saddle-anaesthesia", "2026-03-01", present=False)


@case("foot-drop-after-epidural")
def foot_drop(chart: Chart) -> None:
    epidural(chart, region="lumbar-tfesi")
    chart.condition("foot drop", side="left", recorded="2026-02-27", onsetDateTime="2026-02-25")


@case("old-foot-drop")
def old_foot_drop(chart: Chart) -> None:
    epidural(chart, region="lumbar-tfesi")
    chart.condition("foot drop", side="left", recorded="2024-05-06", onsetDateTime="2024-05-01")


@case("stroke-two-days-after-epidural")
def stroke_after_epidural(chart: Chart) -> None:
    epidural(chart, "2026-02-28", region="cervical-tfesi")
    chart.condition("stroke", recorded="2026-03-02", onsetDateTime="2026-03-02")


@case("leg-artery-blocked")
def leg_artery_blocked(chart: Chart) -> None:
    knee(chart)
    chart.condition("arterial embolism of the leg", site="knee region", side="left", recorded="2026-03-01")


@case("adrenal-crisis-after-injection")
def adrenal_crisis(chart: Chart) -> None:
    knee(chart)
    chart.condition("adrenal crisis", recorded="2026-02-28")


@case("adrenal-insufficiency-and-low-pressure")
def adrenal_low_pressure(chart: Chart) -> None:
    knee(chart)
    chart.condition("adrenal insufficiency", recorded="2026-02-20")
    chart.measure("systolic pressure", "2026-03-02", 78, category="vital-signs")


@case("adrenal-insufficiency-normal-pressure")
def adrenal_normal_pressure(chart: Chart) -> None:
    knee(chart)
    chart.condition("adrenal insufficiency", recorded="2026-02-20")
    chart.measure("systolic pressure", "2026-03-02", 124, category="vital-signs")


@case("anaphylaxis-on-the-day")
def anaphylaxis_on_the_day(chart: Chart) -> None:
    knee(chart, "2026-03-01", after=5)
    chart.condition("anaphylaxis", recorded="2026-03-01", onsetDateTime="2026-03-01")


@case("anaphylaxis-years-ago")
def anaphylaxis_years_ago(chart: Chart) -> None:
    knee(chart, "2026-03-01", after=8)
    chart.condition("anaphylaxis", recorded="2019-07-01", onsetDateTime="2019-07-01", clinical="resolved")


@case("cuff-tear-after-injection")
def cuff_tear_after_injection(chart: Chart) -> None:
    bursitis = chart.condition("subacromial bursitis", site="shoulder", side="right")
    chart.injection("2026-01-12", region="subacromial", side="right", guidance="guided", reason=bursitis)
    for day in ("2026-01-12", "2026-02-16"):
        chart.pain(day, 7, region="subacromial", side="right")
    chart.condition("full-thickness cuff tear", side="right", recorded="2026-02-20", onsetDateTime="2026-02-18")


@case("achilles-injected")
def achilles_injected(chart: Chart) -> None:
    tendon = chart.condition("Achilles tendinitis", side="left")
    chart.injection("2026-01-12", region="achilles", side="left", mg=20, reason=tendon)
    for day in ("2026-01-12", "2026-02-16"):
        chart.pain(day, 7, region="achilles", side="left")


@case("replacement-booked-after-a-hundred-days")
def replacement_booked_late(chart: Chart) -> None:
    knee(chart)
    chart.order("knee replacement", "2026-02-16", region="knee", side="left", due="2026-05-15")


@case("glucose-after-injection")
def glucose_after_injection(chart: Chart) -> None:
    knee(chart)
    chart.condition("type 2 diabetes")
    chart.lab("glucose", "2026-02-05", 342)


@case("booster-with-betamethasone")
def booster_with_betamethasone(chart: Chart) -> None:
    knee(chart, drug="betamethasone")
    chart.medicine("cobicistat", "2024-05-06")


@case("particulate-in-the-neck")
def particulate_in_the_neck(chart: Chart) -> None:
    epidural(chart, region="cervical-tfesi", drug="triamcinolone")


@case("non-particulate-in-the-neck")
def non_particulate_in_the_neck(chart: Chart) -> None:
    epidural(chart, region="cervical-tfesi")


@case("other-knee-replaced")
def other_knee_replaced(chart: Chart) -> None:
    knee(chart)
    chart.condition("artificial knee", side="right", onsetDateTime="2021-05-17")


@case("allergy-to-the-excipient")
def allergy_to_the_excipient(chart: Chart) -> None:
    knee(chart)
    chart.allergy(local("allergen-polyethylene-glycol"))


@case("femoral-head-dies-after-injection")
def femoral_head_dies(chart: Chart) -> None:
    arthritis = chart.condition("hip OA", side="right")
    chart.injection("2026-01-12", region="hip", side="right", guidance="guided", reason=arthritis)
    for day in ("2026-01-12", "2026-02-16"):
        chart.pain(day, 7, region="hip", side="right")
    chart.condition("hip osteonecrosis", side="right", recorded="2026-02-20", onsetDateTime="2026-02-20")


@case("pregnant-with-a-failed-injection", patient="F33")
def pregnant(chart: Chart) -> None:
    knee(chart)
    chart.condition("pregnancy", recorded="2026-01-20")
