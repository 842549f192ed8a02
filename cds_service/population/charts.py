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
    texts: list[tuple[bytes, int]] = field(default_factory=list)
    unreadable: list[SetAside] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    paged: bool = False
    _places: dict[tuple[type, str], int] = field(default_factory=dict)

    def add_lines(self, text: bytes) -> None:
        """Read lines; one by one only when something in them is bad."""
        try:
            resources = _resource.decode_lines(text)
        except msgspec.DecodeError:
            for number, line in enumerate(_lines(text)):
                self._read_one(None, line, (text, number))
            return
        self._add([(None, resource) for resource in resources], text)

    def add_entry(self, text: bytes) -> None:
        """Read an entry of a Bundle."""
        url, resource = entry_of(text)
        self._read_one(url, resource, (bytes(resource), _WHOLE))

    def text_of(self, place: int) -> bytes:
        """Return the text of a resource."""
        return _text_at(self.texts[place])

    def _read_one(self, url: str | None, line: bytes | msgspec.Raw, lies: tuple[bytes, int]) -> None:
        resource, aside = read_resource(line, "a resource without a name")
        if aside is not None:
            self.unreadable.append(aside)
        else:
            self._add([(url, named(url, resource))], *lies)

    def _add(self, entries: list[tuple[str | None, Any]], text: bytes, first: int = 0) -> None:
        """Add resources that lie in a text; of two of a name the one updated last counts, whatever their order."""
        for number, entry in enumerate(entries, first):
            resource = entry[1]
            own = getattr(resource, "id", None)
            if own is not None:
                place = self._places.setdefault((type(resource), own), len(self.entries))
                if place < len(self.entries):
                    self._again(place, entry, (text, number))
                    continue
            self.entries.append(entry)
            self.texts.append((text, number))

    def _again(self, place: int, entry: tuple[str | None, Any], lies: tuple[bytes, int]) -> None:
        earlier, text = self.text_of(place).strip(), _text_at(lies).strip()
        if text == earlier:
            self.counts["same resource twice"] += 1
            return
        self.counts["same resource twice, different"] += 1
        if (_updated(text), text) > (_updated(earlier), earlier):
            self.entries[place], self.texts[place] = entry, lies


def sheets(spans: Iterable[Span], job: Job) -> Sheets:
    """Read all resources of a patient."""
    read = Sheets()
    for span in spans:
        path, bundle = job.files[span.file]
        text = os.pread(_opened(path, job.seal).number, span.length, span.start)
        read.paged = read.paged or span.file in job.paged
        if bundle:
            read.add_entry(text)
        else:
            read.add_lines(text)
    return read


def _text_at(lies: tuple[bytes, int]) -> bytes:
    text, number = lies
    return text if number == _WHOLE else _lines(text)[number]


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
