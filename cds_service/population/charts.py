"""One patient's chart out of an export: the same reading and the same building as for a call."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any

import msgspec

from .. import chart, fhir_types
from ..bundle import SetAside, check_ids, read_resource
from ..dates import day as day_of
from .bundles import entry_of, named
from .job import Job, Span

_ALL = tuple(kind.__name__ for kind in fhir_types.READ_TYPES)
_MOST_OPEN = 256
_WHOLE = -1  # the entry of a Bundle, which may be written over several lines
_MOMENTS = (
    "authored_on", "recorded_date", "date_asserted", "performed_date_time", "performed_period", "effective_date_time",
    "effective_instant", "effective_period", "started", "period", "issued", "onset_date_time", "onset_period",
)  # fmt: skip


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    last_updated: str = ""


class _Dated(msgspec.Struct, frozen=True):
    meta: _Meta = _Meta()


_dated = msgspec.json.Decoder(_Dated)
_resource = msgspec.json.Decoder(fhir_types.Resource)


@dataclass(slots=True)
class Sheets:
    """A patient's resources as read: with full URLs, the text in which each lies, and what could not be read."""

    entries: list[tuple[str | None, Any]] = field(default_factory=list)
    unreadable: list[SetAside] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    paged: bool = False
    _blocks: list[tuple[int, bytes, int]] = field(default_factory=list)  # place of the first, text, its line there

    def add_lines(self, text: bytes) -> None:
        """Read lines; one by one only when something in them is bad."""
        try:
            resources = _resource.decode_lines(text)
            check_ids(resources)
        except msgspec.DecodeError:
            for number, line in enumerate(_lines(text)):
                self._read_one(None, line, text, number)
            return
        self._blocks.append((len(self.entries), text, 0))
        self.entries += zip(repeat(None), resources)

    def add_entry(self, text: bytes) -> None:
        """Read an entry of a Bundle."""
        url, resource = entry_of(text)
        self._read_one(url, resource, bytes(resource), _WHOLE)

    def text_of(self, place: int) -> bytes:
        """Return the text of a resource."""
        first, text, line = self._blocks[bisect_right(self._blocks, place, key=itemgetter(0)) - 1]
        return text if line == _WHOLE else _lines(text)[line + place - first]

    def once_each(self) -> None:
        """Keep each resource once: of two of a name the one updated last, whatever their order."""
        ids = {resource.id for _, resource in self.entries if hasattr(resource, "id")}
        if len(ids) == len(self.entries) and None not in ids:  # which is usual, whatever the types
            return
        places: dict[tuple[type, str], int] = {}
        gone: set[int] = set()
        for place, (_, resource) in enumerate(self.entries):
            if getattr(resource, "id", None) is not None:
                earlier = places.setdefault((type(resource), resource.id), place)
                if earlier != place:
                    stays, goes = self._newer(earlier, place)
                    places[type(resource), resource.id] = stays
                    gone.add(goes)
        kept = [place for place in range(len(self.entries)) if place not in gone]
        self._blocks = [(new, self.text_of(old), _WHOLE) for new, old in enumerate(kept)]
        self.entries = [self.entries[place] for place in kept]

    def _newer(self, one: int, other: int) -> tuple[int, int]:
        first, second = self.text_of(one).strip(), self.text_of(other).strip()
        if first == second:
            self.counts["same resource twice"] += 1
            return one, other
        self.counts["same resource twice, different"] += 1
        return (other, one) if (_updated(second), second) > (_updated(first), first) else (one, other)

    def _read_one(self, url: str | None, line: bytes | msgspec.Raw, text: bytes, number: int) -> None:
        resource, aside = read_resource(line, "a resource without a name")
        if aside is not None:
            self.unreadable.append(aside)
        else:
            self._blocks.append((len(self.entries), text, number))
            self.entries.append((url, named(url, resource)))


def sheets(spans: Iterable[Span], job: Job) -> Sheets:
    """Read all resources of a patient."""
    read = Sheets()
    for span in spans:
        file = job.files[span.file]
        text = os.pread(_opened(file.path, job.seal).number, span.length, span.start)
        read.paged = read.paged or span.file in job.paged
        if file.bundle:
            read.add_entry(text)
        else:
            read.add_lines(text)
    read.once_each()
    return read


def _lines(text: bytes) -> list[bytes]:
    return [line for line in text.split(b"\n") if line and not line.isspace()]


def chart_on(day: date, whose: str, read: Sheets, job: Job) -> chart.Chart:
    """Build the chart as of a day; where each encounter is asked about, without what came after it."""
    return chart.build(
        patient_id=whose,
        as_of=day,
        entries=_until(day, read.entries) if job.each_encounter else read.entries,
        gaps=_gaps(read, job),
        unreadable=read.unreadable,
    )


def _gaps(read: Sheets, job: Job) -> Mapping[str, str]:
    """Say which lists are not whole: as the playground does, and of what the export holds nothing at all."""
    if read.paged:
        return dict.fromkeys(_ALL, "a page of the Bundle is missing")
    if not read.unreadable:
        return job.gaps
    bad = Counter(aside.reference.split("/")[0].split(" ")[0] for aside in read.unreadable)
    return {**job.gaps, **{k: f"{n} of its entries could not be read" for k, n in bad.items() if k in _ALL}}


def _until(day: date, entries: Iterable[tuple[str | None, Any]]) -> Iterator[tuple[str | None, Any]]:
    for url, resource in entries:
        known = _first_moment(resource)
        if known is None or known <= day:
            yield url, resource


def _first_moment(resource: Any) -> date | None:
    """Return the day since which a chart may hold a resource: written, else done; `None` when it does not say."""
    for name in _MOMENTS:
        moment = getattr(resource, name, None)
        text = moment.start if isinstance(moment, fhir_types.Period) else moment
        if isinstance(text, str) and (found := day_of(text)) is not None:
            return found
    return None


def _updated(text: bytes) -> str:
    try:
        return _dated.decode(text).meta.last_updated
    except msgspec.ValidationError:
        return ""


@lru_cache(maxsize=_MOST_OPEN)
def _opened(path: str, seal: str) -> _File:  # noqa: ARG001  # the file of another run may be another
    return _File(path)


class _File:
    """An open file that is closed when the cache forgets it."""

    def __init__(self, path: str) -> None:
        self.number = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        os.close(self.number)
