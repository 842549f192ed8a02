"""One episode with all that may explain it: what the facts, the safety rules and the ladders are asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from .library import Library
from .model import Episode, Injection, Response
from .pages import Region
from .records import Record, Records

ACTIVE_STATES = frozenset({"present", "done", "taking", "ordered", "booked"})


@dataclass(frozen=True, slots=True)
class Case:
    """One episode, its response, and the whole chart around it.

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
    worked_out: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def as_of(self) -> date:
        """The day on which the chart is opened."""
        return self.chart.as_of

    @property
    def injected(self) -> date:
        """D, the day of the index injection."""
        return self.episode.index.day

    @property
    def days(self) -> int:
        """T, the days from the index injection to the day the chart is opened."""
        return (self.as_of - self.injected).days

    @property
    def region(self) -> Region:
        """What the knowledge says of the episode's region."""
        return self.library.regions[self.episode.region]

    @property
    def site(self) -> str:
        """The side and region in words ("right hip")."""
        side = self.episode.side
        return f"{side} {self.region.label}" if side in ("left", "right") else self.region.label

    def number(self, name: str) -> float:
        """A threshold by name."""
        return self.library.numbers[name]

    def since(self, threshold: str, day: date | None = None) -> date:
        """The day that lies a threshold's days before `day` (the as-of day when not given)."""
        return (day or self.as_of) - timedelta(days=self.library.numbers[threshold])

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
        side = self.episode.side
        if record.side == side or record.side == "bilateral" or side in ("midline", "unknown", "bilateral"):
            return True
        return record.side == "unknown" and (bool(self.region.spine) or self._only_side)

    @property
    def _only_side(self) -> bool:
        return len({e.side for e in self.episodes if e.region == self.episode.region}) == 1

    def find(
        self,
        *tags: str,
        kind: str | None = None,
        at_site: bool = False,
        since: date | None = None,
        until: date | None = None,
        states: frozenset[str] | None = None,
        certain: bool = False,
    ) -> Iterator[Record]:
        """Yield records that carry any tag and meet all that is asked; with a date bound, undated ones do not.

        Nothing dated after the as-of day is ever used, except orders and appointments (their day to come is known).
        """
        for record in self.records.having(*tags, kind=kind):
            if states is not None and record.state not in states:
                continue
            if certain and not record.certain:
                continue
            if not self._dated(record, since, until) or (at_site and not self.at_site(record)):
                continue
            yield record

    def _dated(self, record: Record, since: date | None, until: date | None) -> bool:
        if record.day is None:
            return since is None and until is None
        if record.day > self.as_of and record.state != "booked":
            return False
        return (since is None or record.day >= since) and (until is None or record.day <= until)

    def latest(self, *tags: str, **asked: object) -> Record | None:
        """Return the latest of `find`, or `None`."""
        found = list(self.find(*tags, **asked))  # type: ignore[arg-type]  # the same keywords as find
        return found[-1] if found else None

    def gap(self, *kinds: type[fhir.DomainResource]) -> str | None:
        """Return why a list is not complete, or `None`."""
        return self.chart.gap(*kinds)

    def age(self) -> int | None:
        """The patient's age in whole years on the as-of day, `None` when the birth date does not tell."""
        return age_on(self.chart.patient, self.as_of)


def age_on(patient: fhir.Patient | None, day: date) -> int | None:
    """Return the age in whole years; a birth year alone gives the lowest age that it allows."""
    text = patient.birth_date if patient else None
    if not text or len(text) < 4 or not text[:4].isdigit():
        return None
    year = int(text[:4])
    passed = text[5:] <= f"{day.month:02d}-{day.day:02d}" if len(text) == 10 else False
    return day.year - year - (0 if passed else 1)


def words(day: date) -> str:
    """Return a day as cards write it: ISO, so that no reader takes the month for the day."""
    return day.isoformat()
