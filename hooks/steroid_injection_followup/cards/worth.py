"""When a card is worth a clinician's attention, and how loudly it speaks (clinical model 3.5)."""

from __future__ import annotations

from .. import safety
from ..case import Case
from ..model import Appraisal, Indicator

Judged = tuple[Case, Appraisal]


def indicator_of(case: Case, *, developing: bool) -> Indicator:
    """Warn only of a clear failure, sure enough, recent enough, and not one that may still turn (model 3.5)."""
    response, index = case.response, case.episode.index
    clear = response.kind in ("non-response", "transient") and response.confidence != "low" and not index.text_only
    recent = case.days <= case.number("warn_max_days")
    return "warning" if clear and recent and not developing else "info"


def worth_saying(case: Case) -> bool:
    """Too early is said only to one who may act too early: pain is high, or a repeat or an operation is ordered.

    It is said as well where the record holds acute signs, which are on the card then.
    """
    if safety.on_every_card(case):
        return True
    response = case.response
    latest, base = response.latest, response.baseline
    high = latest is not None and latest.scale == "nrs" and latest.value >= case.number("too_early_pain")
    better = (
        high
        and base is not None
        and latest is not None
        and base.value - latest.value >= case.number("meaningful_points")
        and (base.value - latest.value) * 100 >= case.number("meaningful_percent") * base.value
    )
    return (high and not better) or _escalation_ordered(case)


def _escalation_ordered(case: Case) -> bool:
    kinds = (
        "surgery-any",
        "injection-joint",
        "injection-joint-small",
        "injection-joint-intermediate",
        "injection-joint-major",
        "injection-epidural-interlaminar",
        "injection-epidural-transforaminal",
        "injection-facet",
        "injection-sacroiliac",
        "injection-tendon-sheath",
        "injection-tendon-origin",
        "injection-bursa",
    )
    found = case.find(*kinds, kind="ServiceRequest", at_site=True, since=case.injected, states=frozenset({"ordered"}))
    return any(True for _ in found)


def gap_worth_saying(case: Case, judged: tuple[Judged, ...]) -> bool:
    """A gap is worth a card only where the site still troubles the patient, and no review of another site is shown.

    Beside a failure review the gap is a line of that card instead (one ask at a time; model 3.5).
    """
    if any(a.response.failed and not a.suppressed for _, a in judged):
        return False
    return _still_troubles(case)


def _still_troubles(case: Case) -> bool:
    present = any(
        r.kind in ("Condition", "Encounter")
        and r.state in ("present", "done")
        and case.at_site(r)
        and (r.kind == "Condition" or (r.day is not None and r.day >= case.injected))
        for r in case.records.all
    )
    return present or any(
        c.clinical_status is None
        or any(k.code in ("active", "recurrence", "relapse") for k in c.clinical_status.coding)
        for c in case.episode.index.reason_conditions
    )
