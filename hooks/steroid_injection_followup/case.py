"""One episode with all that may explain it: what the facts, the safety rules and the ladders are asked about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import wraps
from typing import Any, TypeVar

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from .library import Library
from .model import Episode, Injection, Response, Side
from .pages import Region
from .records import Record, Records

T = TypeVar("T")
DAY = timedelta(days=1)
_NOT_YET: Any = object()
_YEAR = re.compile(r"\d{4}", re.ASCII)


@dataclass(slots=True, eq=False)
class Case:
    """One episode, its response, and the whole chart around it. Only `worked_out` ever changes.

    `episodes` are all of the patient's; `responses` how each earlier steroid injection of any site worked;
    `worked_out` keeps what one step measured for the next, so that nothing is measured twice.
    """

    chart: Chart
    library: Library
    records: Records
    episode: Episode
    response: Response
    episodes: tuple[Episode, ...]
    responses: Mapping[Injection, Response]

    as_of: date = field(init=False)
    """The day on which the chart is opened."""
    injected: date = field(init=False)
    """D, the day of the index injection."""
    days: int = field(init=False)
    """T, the days from the index injection to the day the chart is opened."""
    region: Region = field(init=False)
    """What the knowledge says of the episode's region."""
    side: Side = field(init=False)
    tags: frozenset[str] = field(init=False, repr=False)
    """All tags of all records: most questions end here, since the chart has nothing of the kind."""
    only_side: bool = field(init=False, repr=False)
    """Whether one side alone of the region was injected."""
    worked_out: dict[Any, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fill in what nearly every fact asks for."""
        self.as_of = self.chart.as_of
        self.injected = self.episode.index.day
        self.days = (self.as_of - self.injected).days
        self.region = self.library.regions[self.episode.region]
        self.side = self.episode.side
        self.tags = frozenset().union(*[record.tags for record in self.records.all])
        self.only_side = len({e.side for e in self.episodes if e.region == self.episode.region}) == 1
        self.worked_out = {}

    @property
    def site(self) -> str:
        """The side and region in words ("right hip")."""
        return f"{self.side} {self.region.label}" if self.side in ("left", "right") else self.region.label

    def number(self, name: str) -> float:
        """A threshold by name."""
        return self.library.numbers[name]

    def span(self, threshold: str) -> timedelta:
        """A threshold that counts days, as a time."""
        return self.library.spans[threshold]

    def since(self, threshold: str, day: date | None = None) -> date:
        """The day that lies a threshold's days before `day` (the as-of day when not given)."""
        return (day or self.as_of) - self.library.spans[threshold]

    def at_site(self, record: Record) -> bool:
        """Whether a record names this region (or a near one) and not the other side.

        A record without a side counts when the region has no sides, or when this side alone was injected.
        """
        return self.names_site(record.tags) and self.same_side(record)

    def names_site(self, tags: frozenset[str]) -> bool:
        """Whether tags name this region or one near it."""
        region = self.region
        return not (tags.isdisjoint(region.sites) and tags.isdisjoint(region.near))

    def same_side(self, record: Record) -> bool:
        """Whether a record's side is this one, both, or unstated where only this side can be meant."""
        side = self.side
        if record.side == side or record.side == "bilateral" or side in ("midline", "unknown", "bilateral"):
            return True
        return record.side == "unknown" and (bool(self.region.spine) or self.only_side)

    def dated_from(self, day: date) -> tuple[Record, ...]:
        """Return the records of a day and of all days after it, in the order of time."""
        dated = self.records.all
        return dated[bisect_left(dated, day, key=lambda record: record.day or date.min) :]

    def find(
        self,
        *tags: str,
        kind: str | None = None,
        at_site: bool = False,
        since: date | None = None,
        until: date | None = None,
        states: Collection[str] | None = None,
        certain: bool = False,
    ) -> list[Record]:
        """Return the records that carry any tag and meet all that is asked; with a date bound, undated ones do not.

        Nothing dated after the as-of day is ever used, except orders and appointments (their day to come is known).
        """
        found: list[Record] = []
        if self.tags.isdisjoint(tags):
            return found
        for record in self.records.having(*tags, kind=kind):
            if (states is not None and record.state not in states) or (certain and not record.certain):
                continue
            if self._dated(record, since, until) and (not at_site or self.at_site(record)):
                found.append(record)
        return found

    def _dated(self, record: Record, since: date | None, until: date | None) -> bool:
        if record.day is None:
            return since is None and until is None
        if record.day > self.as_of and record.state != "booked":
            return False
        return (since is None or record.day >= since) and (until is None or record.day <= until)

    def latest(self, *tags: str, **asked: Any) -> Record | None:
        """Return the latest of `find`, or `None`."""
        found = self.find(*tags, **asked)
        return found[-1] if found else None

    def gap(self, *kinds: type[fhir.DomainResource]) -> str | None:
        """Return why a list is not complete, or `None`."""
        return self.chart.gap(*kinds) if self.chart.gaps else None

    def age(self) -> int | None:
        """The patient's age in whole years on the as-of day, `None` when the birth date does not tell."""
        return age_on(self.chart.patient, self.as_of)


def once(work_out: Callable[[Case], T]) -> Callable[[Case], T]:
    """Have something about a case worked out at most once; what was found is kept with the case and goes with it."""

    @wraps(work_out)
    def kept(case: Case) -> T:
        found: T = case.worked_out.get(work_out, _NOT_YET)
        if found is _NOT_YET:
            found = case.worked_out[work_out] = work_out(case)
        return found

    return kept


def age_on(patient: fhir.Patient | None, day: date) -> int | None:
    """Return the age in whole years; a birth year alone gives the lowest age that it allows."""
    text = patient.birth_date if patient else None
    if not text or not _YEAR.match(text):
        return None
    year = int(text[:4])
    passed = text[5:] <= f"{day.month:02d}-{day.day:02d}" if len(text) == 10 else False
    return day.year - year - (0 if passed else 1)


def words(day: date) -> str:
    """Return a day as cards write it: ISO, so that no reader takes the month for the day."""
    return day.isoformat()
