"""What has been tried, ordered or done already: the redundancy rules of the clinical model, 2.6.

`records` has judged statuses and intents: only live orders and what was really done arrive here. An order for the
other side or for another site is none; a side or, for therapies, a site that is not stated is taken for this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from cds_service.dates import day
from cds_service.fhir_types import Condition, Encounter

from ..case import Case, words
from ..facts.words import dated
from ..records import Record
from .pages import StepPage
from .picture import LIMBS, Place

_RESULTS = frozenset({"Procedure", "DiagnosticReport", "ImagingStudy", "Observation"})
_DONE = frozenset({"done", "absent"})
_VAGUE = LIMBS | {"site-spine"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a step stands in the record; "incomplete" is a referral marked completed after which no visit came."""

    state: Literal["open", "done", "ordered", "incomplete"]
    says: str = ""
    references: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """A course of therapy within the last year: long enough to count as tried, or not."""

    long_enough: bool
    first: date | None = None
    says: str = ""
    references: tuple[str, ...] = ()


OPEN = Standing("open")


def standing(case: Case, place: Place, step: StepPage, *, acute: bool = False) -> Standing:
    """Return where a step stands: a live order before a result, a result before an incomplete referral.

    In an acute question (infection not put aside) results last less long.
    """
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
    return _say("incomplete", "An earlier referral appears incomplete: no visit followed", [last])


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
        first = max(first, _last_deficit(case) or first)
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
    for threshold, *sets in step.panel:
        first = case.since(step.acute.get(threshold, threshold) if acute else threshold)
        latest = case.latest(*sets, since=first, until=case.as_of, states=_DONE)
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


def _last_deficit(case: Case) -> date | None:
    """The day of the latest neurological deficit: imaging of the spine before it is out of date."""
    signs = case.find("condition-foot-drop", "condition-myelopathy", "condition-paralysis", "finding-numbness",
                      "finding-saddle-anaesthesia", "finding-bilateral-leg-weakness",
                      states=frozenset({"present", "done"}))  # fmt: skip
    days = [r.day for r in signs if r.day is not None]
    full = case.number("full_power")
    weak = case.find("obs-motor-power", states=frozenset({"done"}))
    days += [r.day for r in weak if r.day is not None and r.value is not None and r.value < full]
    return max(days, default=None)


# --- courses of therapy and operations


def course(case: Case, place: Place, tags: tuple[str, ...]) -> Course:
    """Return the therapy of the site within the last year; six weeks or six visits make it a course."""
    first = case.since("therapy_days")
    found = [
        r
        for r in case.find(*tags, until=case.as_of)
        if r.kind in ("Procedure", "ServiceRequest", "Encounter") and r.state in ("done", "ended")
        and _loosely(case, place, r) and (_span(r)[1] >= first)
    ]  # fmt: skip
    if not found:
        return Course(long_enough=False)
    spans = [_span(r) for r in found]
    visits = {r.day for r in found if r.kind != "ServiceRequest"}
    given = [s for s, r in zip(spans, found, strict=True) if r.kind != "ServiceRequest" or s[0] < s[1]]
    weeks = _weeks(given, case.number("therapy_gap_days"))
    long_enough = weeks >= case.number("therapy_weeks") or len(visits) >= case.number("therapy_visits")
    start = min((s for s, _ in given), default=None)
    end = max((e for _, e in given), default=None)
    length = f"{int(weeks)} weeks" if weeks >= 1 else f"{len(visits)} visits"
    says = f"In the record: {length}, {words(start)} to {words(end)}" if start and end else ""
    return Course(long_enough, start, says, tuple(r.reference for r in found))


def _weeks(spans: list[tuple[date, date]], gap: float) -> float:
    """The longest stretch from a first to a last visit; visits that lie further apart than the gap are two courses."""
    if not spans:
        return 0.0
    longest = max((end - start).days for start, end in spans)
    days = sorted({day for span in spans for day in span})
    stretch = start = 0
    for at in range(1, len(days)):
        if (days[at] - days[at - 1]).days > gap:
            start = at
        stretch = max(stretch, (days[at] - days[start]).days)
    return max(longest, stretch) / 7


def _span(record: Record) -> tuple[date, date]:
    """The first and last day that a record of therapy covers."""
    last = record.day or date.min
    if record.kind == "ServiceRequest":
        period = record.resource.occurrence_period
        start, end = (day(period.start), day(period.end)) if period else (None, None)
        return (start, end) if start and end else (last, last)
    return record.onset or last, last


def operations(case: Case, place: Place, *, ahead: bool) -> list[Record]:
    """Return the operations of the site that are to come, or those done since the injection."""
    if ahead:
        found = [r for r in case.find("surgery-any", states=frozenset({"ordered", "booked"})) if _ahead(case, r)]
    else:
        since = case.injected + timedelta(days=1)
        found = list(case.find("surgery-any", kind="Procedure", since=since, until=case.as_of, states=_DONE))
    return [r for r in found if _names(case, place, r)]


def _ahead(case: Case, record: Record) -> bool:
    """Booked for a day to come, or ordered within 180 days with no day yet."""
    due = record.day if record.state == "booked" else record.until
    if due is not None:
        return due >= case.as_of
    return record.day is None or record.day >= case.since("order_days")


def _operated(case: Case, place: Place) -> Standing | None:
    """A surgical opinion is behind the patient when the operation is booked, or was done after the injection."""
    if ahead := operations(case, place, ahead=True):
        return _say("ordered", "An operation of this site is booked", ahead)
    if done := operations(case, place, ahead=False):
        return _say("done", "Operated since the injection", done)
    return None


# --- does a record concern the place?


def concerns(case: Case, place: Place, record: Record, step: StepPage) -> bool:
    """Whether an order or a result is of the place, as closely as the step asks for."""
    if step.match == "any":
        return True
    if step.match == "loose":
        return _loosely(case, place, record)
    if step.match == "limb":
        return _on_limb(case, place, record)
    return _names(case, place, record)


def _loosely(case: Case, place: Place, record: Record) -> bool:
    """A therapy or referral that names no site is taken for this one."""
    return not named_sites(case, record) or _names(case, place, record)


def _names(case: Case, place: Place, record: Record) -> bool:
    sites = named_sites(case, record)
    exact = sites - _VAGUE
    if exact:
        return not exact.isdisjoint(place.named) and _same_side(place, record)
    return _vaguely(place, sites) and _same_side(place, record)


def _vaguely(place: Place, sites: frozenset[str]) -> bool:
    """A code that names no more than the limb, or the spine, may well mean this site."""
    if place.spine:
        return "site-spine" in sites
    return f"site-{place.limb}-limb" in sites


def _on_limb(case: Case, place: Place, record: Record) -> bool:
    """A nerve or an artery study concerns the whole limb."""
    sites = named_sites(case, record)
    regions = case.library.regions.values()
    limbs = {r.limb for r in regions if not sites.isdisjoint((*r.sites, *(() if r.spine else r.near)))} - {""}
    limbs |= {limb for limb in ("upper", "lower") if f"site-{limb}-limb" in sites}
    return (not limbs or place.limb in limbs) and _same_side(place, record)


def _same_side(place: Place, record: Record) -> bool:
    return record.side in (place.side, "bilateral", "unknown") or place.side not in ("left", "right")


def named_sites(case: Case, record: Record) -> frozenset[str]:
    """Return the sites that a record names: in its codes and body sites, else in its reason."""
    sites = _sites(record.tags)
    return sites or _sites(frozenset().union(*_reason_tags(case, record)))


def _sites(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(t for t in tags if t.startswith("site-"))


def _reason_tags(case: Case, record: Record) -> Iterator[frozenset[str]]:
    terms = case.library.terms
    for code in getattr(record.resource, "reason_code", ()):
        yield terms.tags(code)
    for reference in getattr(record.resource, "reason_reference", ()):
        condition = case.chart.find(reference, Condition)
        if condition is not None:
            yield from (terms.tags(c) for c in (condition.code, *condition.body_site))


def _say(state: Literal["open", "done", "ordered", "incomplete"], what: str, found: list[Record]) -> Standing:
    newest = list(dict.fromkeys(dated(r) for r in reversed(found)))
    references = tuple(dict.fromkeys(r.reference for r in reversed(found)))
    return Standing(state, f"{what}: {'; '.join(newest[:2])}", references[:6])
