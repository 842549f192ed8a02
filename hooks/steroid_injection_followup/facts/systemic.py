"""Facts of systemic inflammatory disease (cause 7e, and the activity of cause 5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from cds_service.evidence import Fact, known, unknown

from .. import quantities
from ..records import Record
from .registry import Facts, fact, fact_from
from .words import measured, yes

_PRESENT = ("present",)
_DONE = ("done", "absent")
_RELATED = ("condition-psoriasis", "condition-inflammatory-bowel-disease", "condition-uveitis")
_ANTIBODIES = ("obs-anti-ccp", "obs-rheumatoid-factor")
_ACTIVE_DISEASES = ("condition-rheumatoid-arthritis", "condition-psoriatic-arthritis", "condition-spondyloarthritis")


@fact_from("condition-inflammatory-arthritis", missing="a recorded inflammatory disease, or blood tests for one")
def inflammatory_disease(facts: Facts) -> Fact | None:
    """Whether a systemic inflammatory or crystal disease is recorded as present."""
    found = facts.case.find("condition-inflammatory-arthritis", kind="Condition", states=_PRESENT, certain=True)
    return yes(found) if found else None


@fact_from(*_RELATED, missing="psoriasis, bowel or eye inflammation, none is recorded")
def related_disease(facts: Facts) -> Fact | None:
    """Whether psoriasis, inflammatory bowel disease or uveitis is recorded."""
    found = facts.case.find(*_RELATED, kind="Condition", states=_PRESENT)
    return yes(found) if found else None


def _positive(record: Record) -> bool | None:
    """Read a result as positive: its coded answer, else its interpretation, else its reference range."""
    if record.has("answer-positive", "answer-present"):
        return True
    if record.has("answer-negative", "answer-absent") or record.state == "absent":
        return False
    flags = record.interpretation
    if flags:
        return not flags.isdisjoint(("answer-positive", "answer-high", "answer-critical-high", "answer-abnormal"))
    high = _range_high(record)
    return None if high is None or record.value is None else record.value > high


def _range_high(record: Record) -> float | None:
    return next((r.high.value for r in record.resource.reference_range if r.high and r.high.value is not None), None)


@fact_from(*_ANTIBODIES, missing="rheumatoid factor and anti-CCP")
def antibodies(facts: Facts) -> Fact | None:
    """Rheumatoid factor and anti-CCP: "positive" when the latest of either is, "negative" when all are."""
    case = facts.case
    latest: list[tuple[Record, bool]] = []
    for tag in _ANTIBODIES:
        judged = [
            (r, p)
            for r in case.find(tag, kind="Observation", until=case.as_of, states=_DONE)
            if (p := _positive(r)) is not None
        ]
        latest += judged[-1:]
    if not latest:
        return None
    positive = [r for r, p in latest if p]
    if positive:
        return known("positive", [r.reference for r in positive], yes(positive).said)
    return known("negative", [r.reference for r, _ in latest], yes(r for r, _ in latest).said + ": negative")


def _marker(
    facts: Facts, tag: str, since: date, measure: Callable[[Record], float | None], threshold: str
) -> tuple[Record, float, bool] | None:
    """Return the latest marker with whether it is raised: the laboratory's own range first, else ours."""
    for record in reversed(facts.case.find(tag, kind="Observation", since=since, states=("done",))):
        value = measure(record)
        if value is None:
            continue
        flags = record.interpretation
        if flags:
            return record, value, not flags.isdisjoint(("answer-high", "answer-critical-high", "answer-abnormal"))
        high = _range_high(record)
        bound = facts.case.number(threshold)
        return record, value, (record.value or 0) > high if high is not None else value > bound
    return None


_MARKERS = {
    "obs-crp": (quantities.mg_per_litre, "crp_raised", "C-reactive protein", "mg/L"),
    "obs-esr": (quantities.mm_per_hour, "esr_raised", "sedimentation rate", "mm/h"),
}


def _markers(facts: Facts, days: str) -> list[tuple[Record, bool, str]]:
    since = facts.case.since(days)
    found = []
    for tag, (measure, threshold, label, unit) in _MARKERS.items():
        marker = _marker(facts, tag, since, measure, threshold)
        if marker is not None:
            record, value, raised = marker
            found.append((record, raised, measured(label, value, unit, record)))
    return found


@fact_from(*_MARKERS, missing="C-reactive protein and sedimentation rate within 90 days")
def inflammation(facts: Facts) -> Fact | None:
    """Whether CRP or ESR, within 90 days, is raised by the laboratory's range or else by the threshold."""
    found = _markers(facts, "inflammation_days")
    if not found:
        return None
    raised = [(r, said) for r, high, said in found if high]
    shown = raised or [(r, said) for r, _, said in found]
    return known(bool(raised), [r.reference for r, _ in shown], "; ".join(said for _, said in shown))


@fact_from(*_ACTIVE_DISEASES, missing="an active inflammatory arthritis, none is recorded")
def disease_activity(facts: Facts) -> Fact | None:
    """Whether an inflammatory disease is present with raised CRP, ESR or DAS28 within 90 days."""
    case = facts.case
    disease = case.find(*_ACTIVE_DISEASES, kind="Condition", states=_PRESENT, certain=True)
    if not disease:
        return None
    scores = [
        (r, v)
        for r in case.find(
            "obs-das28", "finding-das28-score", kind="Observation", since=case.since("inflammation_days")
        )
        if (v := quantities.plain(r)) is not None
    ]
    high = [(r, v) for r, v in scores if v > case.number("das28_moderate")]
    raised = facts["inflammation"]
    if not high and raised.value is None:
        return unknown("disease activity within 90 days")
    references = [r.reference for r in disease] + [r.reference for r, _ in high] + list(raised.references)
    said = [yes(disease).said, *(measured("DAS28", v, "", r) for r, v in high[-1:]), raised.said]
    return known(bool(high) or raised.value is True, dict.fromkeys(references), "; ".join(s for s in said if s))


_RED_FLAGS = {
    "obs-crp": (quantities.mg_per_litre, "crp_red_flag"),
    "obs-esr": (quantities.mm_per_hour, "esr_red_flag"),
    "obs-temperature": (quantities.celsius, "fever_celsius"),
}


@fact
def infection_flagged(facts: Facts) -> Fact:
    """Whether an infection is recorded at the site, or a red-flag sign of one; markers then do not count (E7e.3)."""
    case = facts.case
    if facts["infection_after"].value or case.days > case.number("infection_window_days"):
        return known(bool(facts["infection_after"].value))
    found = case.find(*_RED_FLAGS, kind="Observation", since=case.injected, states=("done",))
    return known(
        any(
            quantities.reaches(record, measure, case.number(threshold))
            for record in found
            for tag, (measure, threshold) in _RED_FLAGS.items()
            if tag in record.tags
        )
    )


@fact
def inflammatory_labs_normal(facts: Facts) -> Fact:
    """Whether CRP and ESR, within 180 days, are both normal, and rheumatoid factor or anti-CCP is negative."""
    antibodies_found = facts["antibodies"].value
    found = _markers(facts, "normal_labs_days") if antibodies_found is not None else []
    if len(found) < 2:
        return unknown("C-reactive protein, sedimentation rate and antibodies together")
    normal = not any(raised for _, raised, _ in found) and antibodies_found == "negative"
    return known(normal, [r.reference for r, *_ in found], "; ".join(said for *_, said in found))
