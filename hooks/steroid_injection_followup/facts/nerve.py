"""Facts of nerve pain: studies, conditions, screens and symptoms of the limb (cause 7a)."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.evidence import Fact, known

from .. import quantities
from ..anatomy import in_limb, same_family
from ..case import Case
from ..records import Record
from .diagnosis import index_is_nerve, reason_tags
from .registry import Facts, fact, fact_from
from .words import measured, yes

_SCREENS = (("obs-dn4", "finding-dn4-score", "DN4", "dn4"), ("obs-lanss", "finding-lanss-score", "LANSS", "lanss"))


_NERVE_SYMPTOMS = (
    "finding-paraesthesia",
    "finding-numbness",
    "finding-burning-pain",
    "finding-shooting-pain",
    "finding-allodynia",
)

_STUDIES = ("finding-nerve-study-abnormal", "finding-nerve-study-normal")
_SCREEN_TAGS = (
    "obs-dn4",
    "obs-lanss",
    "obs-paindetect",
    "finding-dn4-score",
    "finding-lanss-score",
    "finding-paindetect-score",
)

_PRESENT = ("present",)
_FOUND = ("present", "done")


@fact_from(*_STUDIES, missing="a nerve conduction study or EMG")
def nerve_study(facts: Facts) -> Fact | None:
    """The latest nerve study of the limb and side: "abnormal" or "normal"."""
    case = facts.case
    found = [r for r in case.find(*_STUDIES, until=case.as_of) if in_limb(case, r, unsited=True)]
    if not found:
        return None
    latest = found[-1]
    abnormal = latest.has("finding-nerve-study-abnormal")
    return known("abnormal" if abnormal else "normal", (latest.reference,), yes([latest]).said)


@fact
def recent_normal_nerve_study(facts: Facts) -> Fact:
    """Whether the latest nerve study, of the last twelve months, was normal."""
    case = facts.case
    study = facts["nerve_study"]
    if study.value is None:
        return study
    record = next((r for r in case.records.all if r.reference in study.references), None)
    recent = record is not None and record.day is not None and record.day >= case.since("nerve_study_days")
    return known(study.value == "normal" and recent, study.references, study.said)


@fact_from("condition-nerve", missing="a nerve condition, none is recorded")
def nerve_condition(facts: Facts) -> Fact | None:
    """Whether a confirmed nerve condition of the limb and side is recorded; general neuropathy counts for the legs."""
    case = facts.case
    found = [
        r
        for r in case.find("condition-nerve", kind="Condition", states=_PRESENT, certain=True)
        if in_limb(
            case,
            r,
            unsited=r.has("condition-peripheral-neuropathy") and case.region.limb == "lower" and not case.region.spine,
        )
    ]
    return _told(case, found) if found else None


def _told(case: Case, found: list[Record]) -> Fact:
    """Say of each nerve condition whether it is the one that was injected for: then it is no other source of pain."""
    every, reason = yes(found), reason_tags(case)
    named = {f"Condition/{c.id}" for c in case.episode.index.reason_conditions}
    own = [r for r in found if r.reference in named or same_family(r.tags, reason, case.library)]
    if not own or not index_is_nerve(case, reason):
        return every
    others = [r for r in found if r not in own]
    said = f"{yes(own).said}, the very condition that was injected for"
    return known(True, every.references, f"{said}; and {yes(others).said}" if others else said)


@fact_from(*_SCREEN_TAGS, missing="a validated screen for neuropathic pain (DN4)")
def neuropathic_screen(facts: Facts) -> Fact | None:
    """The latest validated screen for neuropathic pain: "above", "unclear" or "below" its cut-off."""
    case = facts.case
    for record in reversed(case.find(*_SCREEN_TAGS, kind="Observation", states=("done",))):
        value = quantities.plain(record)
        if value is None or (_sites(record) and not in_limb(case, record, unsited=True)):
            continue
        state, label = _screened(facts, record, value)
        return known(state, (record.reference,), measured(label, value, "", record))
    return None


def _sites(record: Record) -> bool:
    return any(t.startswith("site-") for t in record.tags)


def _screened(facts: Facts, record: Record, value: float) -> tuple[str, str]:
    number = facts.case.number
    for observed, local, label, threshold in _SCREENS:
        if record.has(observed, local):
            return ("above" if value >= number(threshold) else "below"), label
    if value >= number("paindetect_likely"):
        return "above", "painDETECT"
    return ("unclear" if value >= number("paindetect_unclear") else "below"), "painDETECT"


def _symptoms(facts: Facts, tags: Iterable[str]) -> tuple[int, list[Record]]:
    case = facts.case
    here = [
        r
        for r in case.find(*tags, states=_FOUND)
        if r.kind in ("Condition", "Observation") and (in_limb(case, r, unsited=True) or case.at_site(r))
    ]
    found = [(tag, r) for tag in tags for r in here if tag in r.tags]
    return len({tag for tag, _ in found}), [r for _, r in found]


@fact_from(*_NERVE_SYMPTOMS, missing="nerve symptoms (none are coded)")
def nerve_symptoms(facts: Facts) -> Fact | None:
    """Different nerve symptoms coded (paraesthesia, numbness, burning, shooting, allodynia)."""
    count, found = _symptoms(facts, _NERVE_SYMPTOMS)
    return known(count, [r.reference for r in found], yes(found).said) if found else None
