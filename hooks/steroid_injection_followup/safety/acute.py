"""Facts of the notes on acute signs: what the last days hold that no rule of the page takes, so that a review names it.

A red flag asks for signs together and within its window; a sign alone, or later, raises no card and is still said.
"""

from __future__ import annotations

from collections.abc import Iterator

from cds_service import fhir_types as fhir

from .. import quantities
from ..case import Case
from ..quantities import Measure, without_comparator
from ..records import Record
from .infection import LOCAL_SIGNS, SYSTEMIC, in_window, signs_at_the_site, suspected_infections, systemic_signs
from .reading import PRESENT, Shown, condition_shown, count_of, is_new, recent, steroid_episodes
from .words import as_recorded

_INFECTIONS = (
    "condition-infection-at-site", "condition-septic-arthritis", "condition-epidural-abscess", "condition-discitis",
    "condition-meningitis", "condition-osteomyelitis-spine",
)  # fmt: skip
_MARKERS: dict[str, tuple[str, Measure]] = {
    "obs-temperature": ("body temperature", quantities.celsius),
    "obs-crp": ("C-reactive protein", quantities.mg_per_litre),
    "obs-esr": ("sedimentation rate", quantities.mm_per_hour),
}


@count_of(*SYSTEMIC, *LOCAL_SIGNS, "finding-cannot-bear-weight", *_INFECTIONS, among=(fhir.Observation, fhir.Condition))
def acute_signs(case: Case) -> Iterator[Shown]:
    """Recent signs at the site, infections, and fever or markers too late for the rules, that no rule takes (count)."""
    yield from signs_at_the_site(case)
    taken = {reference for shown in suspected_infections(case).shown for reference in shown.references}
    since = recent(case)
    for record in case.find(*_INFECTIONS, kind="Condition", since=since, states=PRESENT):
        if is_new(record, since) and record.reference not in taken:
            yield condition_shown(record, "infection")
    if not steroid_episodes(case, in_window(case)):
        yield from systemic_signs(case).shown


@count_of(*_MARKERS, among=(fhir.Observation,))
def unread_markers(case: Case) -> Iterator[Shown]:
    """Recent temperatures and inflammation markers whose number or unit could not be compared with a rule (count)."""
    for record in case.find(*_MARKERS, since=recent(case)):
        name, measure = next(told for tag, told in _MARKERS.items() if record.has(tag))
        if _unread(record, measure):
            yield as_recorded(record, name)


def _unread(record: Record, measure: Measure) -> bool:
    return record.state == "done" and record.value is not None and measure(without_comparator(record)) is None
