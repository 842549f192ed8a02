"""Twins of the rows on progression and on factors of the patient (causes 5 and 6)."""

from __future__ import annotations

from tests.cases.twins import FIRST, LATER, given, knee_arthritis, twin
from tests.charts import Chart


@twin("E5.1")
def end_stage(chart: Chart, *, fires: bool) -> None:
    graded(chart, "kl-4" if fires else "kl-3", "2025-12-01")


@twin("E5.1w")
def moderate(chart: Chart, *, fires: bool) -> None:
    graded(chart, "kl-3" if fires else "kl-2", "2025-12-01")


@twin("E5.2")
def grade_has_risen(chart: Chart, *, fires: bool) -> None:
    graded(chart, "kl-2" if fires else "kl-3", "2024-12-02")
    chart.report("knee radiograph", "2025-12-01", found="kl-3", region="knee", side="left")


@twin("A5.1")
def mild_and_recent(chart: Chart, *, fires: bool) -> None:
    graded(chart, "kl-2", "2025-10-06" if fires else "2024-10-07")


def graded(chart: Chart, found: str, day: str) -> None:
    """A failed knee with a graded radiograph."""
    given(chart, reason=knee_arthritis(chart))
    chart.report("knee radiograph", day, found=found, region="knee", side="left")


@twin("E5.3")
def benefit_shrinks(chart: Chart, *, fires: bool) -> None:
    reason = knee_arthritis(chart)
    given(chart, reason=reason, day="2025-08-04", on="2025-09-01", after=2 if fires else 7)
    given(chart, reason=reason)


@twin("E5.4")
def three_in_a_year(chart: Chart, *, fires: bool) -> None:
    reason = knee_arthritis(chart)
    for day in ("2025-05-05" if fires else "2024-05-06", "2025-09-01"):
        chart.injection(day, region="knee", side="left", reason=reason)
    given(chart, reason=reason)


@twin("E5.5")
def arthritis_active(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=chart.condition("rheumatoid arthritis", site="knee", side="left"))
    chart.lab("CRP", "2026-01-20", 24 if fires else 6)


@twin("E5.6")
def torn_after(chart: Chart, *, fires: bool) -> None:
    given(chart, "subacromial", reason=chart.condition("subacromial bursitis", site="shoulder", side="left"))
    day = "2026-02-01" if fires else "2025-11-03"
    chart.condition("full-thickness cuff tear", side="left", recorded=day, onsetDateTime=day)


@twin("E5.7")
def bone_died_after(chart: Chart, *, fires: bool) -> None:
    given(chart, "hip", reason=chart.condition("hip OA", side="left"))
    day = "2026-02-01" if fires else "2025-11-03"
    chart.condition("hip osteonecrosis", side="left", recorded=day, onsetDateTime=day)


@twin("A5.2")
def young_disease(chart: Chart, *, fires: bool) -> None:
    onset = "2025-11-20" if fires else "2025-06-02"
    given(chart, reason=chart.condition("knee OA", side="left", onsetDateTime=onset))


@twin("E6.1")
def glucose_out_of_control(chart: Chart, *, fires: bool) -> None:
    diabetic(chart, 8 if fires else 7.9)


@twin("E6.1w")
def glucose_in_control(chart: Chart, *, fires: bool) -> None:
    diabetic(chart, 7.9 if fires else 8)


def diabetic(chart: Chart, percent: float) -> None:
    """A failed knee in a patient with diabetes."""
    given(chart, reason=knee_arthritis(chart))
    chart.condition("type 2 diabetes")
    chart.lab("HbA1c", "2025-12-20", percent)


@twin("E6.2")
def enzyme_inducer(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.medicine("carbamazepine", "2025-06-02" if fires else "2026-02-20")


@twin("E6.2i")
def enzyme_inhibitor(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart), drug="betamethasone", mg=6)
    chart.medicine("cobicistat", "2025-06-02" if fires else "2026-02-20")


@twin("E6.3")
def mood_score(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.measure("PHQ-9", LATER, 10 if fires else 9, category="survey")


@twin("E6.3w")
def mood_condition(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.condition("depression", clinical="active" if fires else "resolved")


@twin("E6.4")
def heavy(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.measure("BMI", FIRST, 30 if fires else 29.9, category="vital-signs")


@twin("E6.5")
def sensitised(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.measure("central sensitization", LATER, 40 if fires else 39, category="survey")


@twin("E6.6")
def immune_system_held_down(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    chart.medicine("prednisone" if fires else "naproxen", "2025-11-03")


@twin("E6.7")
def two_sites_failed(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    wrist = chart.condition("wrist OA", side="right")
    given(chart, "wrist", "right", reason=wrist, day="2025-11-03", on="2025-12-01", after=7 if fires else 2)


@twin("A6.1")
def other_site_was_helped(chart: Chart, *, fires: bool) -> None:
    given(chart, reason=knee_arthritis(chart))
    wrist = chart.condition("wrist OA", side="right")
    given(chart, "wrist", "right", reason=wrist, day="2025-11-03", on="2025-12-01", after=2 if fires else 7)
