"""What has been tried, ordered or done already: the redundancy rules of the clinical model, 2.6.

`records` has judged statuses and intents: only live orders and what was really done arrive here. An order for the
other side or for another site is none; a side or, for therapies, a site that is not stated is taken for this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cds_service.fhir_types import Encounter

from ..case import Case
from ..facts.words import dated
from ..records import Record
from .courses import course, operations
from .deficits import deficits
from .pages import StepPage
from .picture import Place
from .places import concerns

_RESULTS = frozenset({"Procedure", "DiagnosticReport", "ImagingStudy", "Observation"})
_DONE = frozenset({"done", "absent"})

# What is said where an operation stands in the place of the opinion that leads to it.
BOOKED, OPERATED = "An operation of this site is booked", "Operated since the injection"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a step stands in the record; "incomplete" is a referral marked completed after which no visit came."""

    state: Literal["open", "done", "ordered", "incomplete"]
    says: str = ""
    references: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def in_record(self) -> bool:
        """Whether it is done or ordered already."""
        return self.state in ("done", "ordered")


OPEN = Standing("open")


def standing(case: Case, place: Place, step: StepPage, *, acute: bool = False) -> Standing:
    """Return where a step stands: a live order before a result, a result before an incomplete referral.

    In an acute question (infection not put aside) a panel may be another one, whose results last less long.
    """
    if case.tags.isdisjoint(step.watched):  # most steps end here
        return OPEN
    return (
        (_operated(case, place) if step.surgical else None)
        or _ordered(case, place, step)
        or _booked(case, place, step)
        or _done(case, place, step, acute)
        or _seen(case, step)
        or _incomplete(case, place, step)
        or OPEN
    )


# --- orders and appointments


def _ordered(case: Case, place: Place, step: StepPage) -> Standing | None:
    """Any order of the same thing, for this site, live, and authored within 180 days."""
    live = case.find(*step.counts, since=case.since("order_days"), until=case.as_of, states=frozenset({"ordered"}))
    found = [r for r in live if concerns(case, place, r, step)]
    return _say("ordered", "Ordered", found) if found else None


def _booked(case: Case, place: Place, step: StepPage) -> Standing | None:
    """An appointment to come with the specialty, or for the thing itself."""
    booked = case.find(*step.counts, *step.visits, kind="Appointment", states=frozenset({"booked"}))
    found = [
        r
        for r in booked
        if (r.day is None or r.day >= case.as_of) and (r.has(*step.visits) or concerns(case, place, r, step))
    ]
    return _say("ordered", "Booked", found) if found else None


def _incomplete(case: Case, place: Place, step: StepPage) -> Standing | None:
    """A referral that is marked completed, with no visit of the specialty in the record 90 days later."""
    if not step.visits:
        return None
    ended = case.find(*step.counts, kind="ServiceRequest", until=case.as_of, states=frozenset({"ended"}))
    found = [r for r in ended if concerns(case, place, r, step)]
    if not found or found[-1].day is None:
        return None
    last, sent = found[-1], found[-1].day
    if _visited(case, step, sent, last):
        return None
    if sent > case.since("incomplete_referral_days"):
        return _say("ordered", "Referral marked completed; its visit may still come", [last])
    return _say("incomplete", "An earlier referral appears incomplete, no visit is in the record", [last])


def _visited(case: Case, step: StepPage, since: date, referral: Record) -> bool:
    if any(case.find(*step.visits, kind="Encounter", since=since)):
        return True
    based_on = (b for e in case.chart.every(Encounter) for b in e.based_on)
    return any(case.chart.key(b) == referral.reference for b in based_on)


def _seen(case: Case, step: StepPage) -> Standing | None:
    """An encounter with the specialty within 90 days."""
    if not step.visits:
        return None
    found = list(case.find(*step.visits, kind="Encounter", since=case.since("visit_days"), until=case.as_of))
    return _say("done", "Seen", found) if found else None


# --- results


def _done(case: Case, place: Place, step: StepPage, acute: bool) -> Standing | None:  # noqa: FBT001  # passed on
    if step.course:
        done = course(case, place, step.counts)
        return Standing("done", done.says, done.references) if done.long_enough else None
    if step.panel:
        return _panel(case, step, acute)
    if not step.within:
        return None
    first = case.since(step.within_spine if place.spine and step.within_spine else step.within)
    if step.unless_deficit and place.spine:
        first = max([first, *(r.day for r in deficits(case, place) if r.day is not None)])
    found = [r for r in case.find(*step.counts) if _lasts(r, first, step) and concerns(case, place, r, step)]
    return _say("done", "In the record", found) if found else None


def _lasts(record: Record, first: date, step: StepPage) -> bool:
    """A test that was done, whatever it showed; a medicine in use; a therapy or device that was ordered and given."""
    if record.state == "taking":
        return True
    if record.day is None or record.day < first:
        return False
    if record.kind in _RESULTS:
        return record.state in _DONE
    return record.state == "ended" and step.kind != "test"


def _panel(case: Case, step: StepPage, acute: bool) -> Standing | None:  # noqa: FBT001  # passed on
    """A panel is done when every part of it is recent; else its missing parts are named."""
    found: list[Record] = []
    missing: list[str] = []
    for threshold, *sets in step.acute_panel if acute and step.acute_panel else step.panel:
        latest = case.latest(*sets, since=case.since(threshold), until=case.as_of, states=_DONE)
        if latest is None:
            missing.append(sets[0])
        else:
            found.append(latest)
    if not found:
        return None
    if not missing:
        return _say("done", "In the record", found)
    said = _say("open", "Part of it is in the record", found)
    return Standing("open", said.says, said.references, tuple(missing))


def _operated(case: Case, place: Place) -> Standing | None:
    """A surgical opinion is behind the patient when the operation is booked, or was done after the injection."""
    if ahead := operations(case, place, ahead=True):
        return _say("ordered", BOOKED, ahead)
    if done := operations(case, place, ahead=False):
        return _say("done", OPERATED, done)
    return None


def _say(state: Literal["open", "done", "ordered", "incomplete"], what: str, found: list[Record]) -> Standing:
    newest = list(dict.fromkeys(dated(r) for r in reversed(found) if not _said_in_full(r, found)))
    references = tuple(dict.fromkeys(r.reference for r in reversed(found)))
    return Standing(state, f"{what}: {'; '.join(newest[:2])}", references[:6])


def _said_in_full(record: Record, found: list[Record]) -> bool:
    """Whether another record of the same day says the same and more, as a report does that has its study's result."""
    return any(other.day == record.day and other.label.startswith(f"{record.label}, ") for other in found)
