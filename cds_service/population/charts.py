"""One patient's chart out of an export: the same reading and the same building as for a call."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from .. import chart, fhir_types
from ..bundle import SetAside, read_resource
from ..dates import day as day_of
from .bundles import entry_of, named
from .job import Job, Span

_ALL = tuple(kind.__name__ for kind in fhir_types.READ_TYPES)
_MOST_OPEN = 256
_MOMENTS = (
    "authored_on", "recorded_date", "date_asserted", "performed_date_time", "performed_period", "effective_date_time",
    "effective_instant", "effective_period", "started", "period", "issued", "onset_date_time", "onset_period",
)  # fmt: skip


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    last_updated: str = ""


class _Dated(msgspec.Struct, frozen=True):
    meta: _Meta = _Meta()


_dated = msgspec.json.Decoder(_Dated)


@dataclass(slots=True)
class Sheets:
    """A patient's resources as read: with full URLs, with the text of each, and what could not be read."""

    entries: list[tuple[str | None, Any]] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    unreadable: list[SetAside] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    paged: bool = False
    _places: dict[tuple[type, str], int] = field(default_factory=dict)

    def add(self, url: str | None, text: bytes | msgspec.Raw) -> None:
        """Read one resource; of two with the same name the one updated last counts, whatever their order."""
        resource, aside = read_resource(text, "a resource without a name")
        if aside is not None:
            self.unreadable.append(aside)
            return
        resource = named(url, resource)
        own = getattr(resource, "id", None)
        if own is not None:
            key = (type(resource), own)
            place = self._places.setdefault(key, len(self.entries))
            if place < len(self.entries):
                self._again(place, url, resource, bytes(text))
                return
        self.entries.append((url, resource))
        self.texts.append(bytes(text))

    def _again(self, place: int, url: str | None, resource: Any, text: bytes) -> None:
        earlier = self.texts[place]
        if text.strip() == earlier.strip():
            self.counts["same resource twice"] += 1
            return
        self.counts["same resource twice, different"] += 1
        if (_updated(text), text) > (_updated(earlier), earlier):
            self.entries[place], self.texts[place] = (url, resource), text


def sheets(spans: Iterable[Span], job: Job) -> Sheets:
    """Read all resources of a patient."""
    read = Sheets()
    for span in spans:
        path, bundle = job.files[span.file]
        text = os.pread(_file(path), span.length, span.start)
        read.paged = read.paged or span.file in job.paged
        if bundle:
            read.add(*entry_of(text))
        else:
            for line in text.split(b"\n"):
                if line and not line.isspace():
                    read.add(None, line)
    return read


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
def _opened(path: str) -> _File:
    return _File(path)


def _file(path: str) -> int:
    return _opened(path).number


class _File:
    """An open file that is closed when the cache forgets it."""

    def __init__(self, path: str) -> None:
        self.number = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        os.close(self.number)
