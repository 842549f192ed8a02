"""Gates: for each fact that opens or closes a rung or a lead, a chart in which it alone closes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.cases.pairs import Build, made
from tests.cases.pairs_ladders import (
    ARTIFICIAL,
    CLOSED,
    HALF_A_YEAR,
    LONG_AGO,
    ROOT,
    blocked,
    grade,
    neuropathic,
    scored,
    wrong,
)
from tests.charts import Chart
from tests.codes import concept
from tests.medicine.asking import coded
from tests.medicine.planning import back, facet, failed, hip, shoulder, wrist_nerve

RECENT: dict[str, Any] = {"day": "2026-01-12", "judged": "2026-02-09"}


def ablated(chart: Chart) -> object:
    """An ablation five months ago."""
    return chart.therapy("lumbar facet ablation", "2025-10-01", region="lumbar", side="left")


def of_years(chart: Chart) -> None:
    """The disease began long before the injection."""
    chart.resources[1]["onsetDateTime"] = "2024-01-10"


# fact -> the rung or lead that it closes, and the chart in which all else would open it.
CLOSES: Mapping[str, tuple[str, Build]] = {
    "family": ("J5-prp", CLOSED["J5-prp"]),
    "ablation_months": ("B5-radiofrequency-ablation", made(lambda: facet(**HALF_A_YEAR), blocked(85, 50), ablated)),
    "care_months": ("B5-radiofrequency-ablation", made(lambda: facet(**RECENT), of_years, blocked(85, 50))),
    "pain_months": (
        "N6-radiofrequency-ablation",
        made(lambda: wrist_nerve(**RECENT), blocked(60, 55, region="wrist region", side="left")),
    ),
    "infection_possible": (
        "J5-viscosupplementation",
        made(failed, lambda c: c.lab("CRP", "2026-02-25", 142)),
    ),
    "structure": ("T5-prolotherapy", shoulder),
    "joint_destruction": (
        "J2-physical-therapy",
        made(hip, wrong("hip osteonecrosis", side="right", recorded="2026-02-01", onsetDateTime="2026-02-01")),
    ),
    "osteoarthritis_here": ("J5-viscosupplementation", lambda: failed(reason="knee pain")),
    "repeat_barred": (
        "W4.1",
        made(
            lambda: hip(guidance="unguided"),
            scored("BMI", 36),
            lambda c: c.allergy(concept("medicine", "methylprednisolone")),
        ),
    ),
    "substance_use_recorded": (
        "B6-spinal-cord-stimulation",
        neuropathic(lambda c: coded(c, "F11.20", "2025-01-10")),
    ),
    "latest_pain": ("J7-referral-orthopedic-surgery", made(lambda: failed(before=4, after=3), grade(4))),
    "structural_lesion": (
        "J7-surgery.arthroscopy",
        lambda: failed("glenohumeral", "right", reason="shoulder OA"),
    ),
}

# Gates that no page compares with: what they say of a chart, and of one that differs by one thing.
OTHERS: Mapping[str, tuple[Build, object, Build, object]] = {
    "operation_booked": (
        made(hip, lambda c: c.order("hip replacement", "2026-02-10", region="hip", side="right")), True,
        made(hip, lambda c: c.order("hip replacement", "2026-02-10", region="hip", side="left")), False,
    ),
    "neurological_deficit": (
        made(back, lambda c: c.finding("numbness", "2026-01-10", region="foot", side="left")), True,
        made(back, lambda c: c.finding("numbness", "2026-01-10", region="hand", side="left")), False,
    ),
    "referring_spine_part": (
        made(failed, wrong(ROOT, site="lumbar")), "lumbar", made(failed, wrong("neck pain")), "",
    ),
    "review_window": (lambda: failed(**RECENT), "2026-02-23", lambda: failed(**LONG_AGO), "2025-12-15"),
    "radiograph_shows": (made(failed, ARTIFICIAL), True, made(failed, wrong("artificial knee", side="right")), False),
    "pregnancy_recorded": (
        made(failed, wrong("pregnancy", recorded="2026-01-20")), True,
        made(failed, wrong("pregnancy", recorded="2024-01-20")), None,
    ),
}  # fmt: skip
