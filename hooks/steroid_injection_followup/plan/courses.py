"""Courses of therapy, and operations of the site: what was tried long enough, and what is to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.dates import day

from ..case import Case, words
from ..records import Record
from .picture import Place
from .places import loosely, names

_DONE = frozenset({"done", "absent"})


@dataclass(frozen=True, slots=True)
class Course:
    """A course of therapy within the last year: long enough to count as tried, or not."""

    long_enough: bool
    first: date | None = None
    says: str = ""
    references: tuple[str, ...] = ()


def course(case: Case, place: Place, tags: tuple[str, ...]) -> Course:
    """Return the therapy of the site within the last year; six weeks or six visits make it a course."""
    first = case.since("therapy_days")
    found = [
        r
        for r in case.find(*tags, until=case.as_of)
        if r.kind in ("Procedure", "ServiceRequest", "Encounter") and r.state in ("done", "ended")
        and loosely(case, place, r) and (_span(r)[1] >= first)
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
    return [r for r in found if names(case, place, r)]


def _ahead(case: Case, record: Record) -> bool:
    """Booked for a day to come, or ordered within 180 days with no day yet."""
    due = record.day if record.state == "booked" else record.until
    if due is not None:
        return due >= case.as_of
    return record.day is None or record.day >= case.since("order_days")
