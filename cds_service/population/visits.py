"""Encounters as visits: on which days a chart was opened, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from .. import fhir_types as fhir
from ..dates import day as day_of
from .charts import Sheets

_NEVER = frozenset({"planned", "cancelled", "entered-in-error"})


class _Participant(fhir.Element, frozen=True):
    individual: fhir.Reference | None = None


class _Seen(fhir.Element, frozen=True):
    participant: tuple[_Participant, ...] = ()


_seen = msgspec.json.Decoder(_Seen)


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter that took place: its day, and the practitioners named."""

    day: date
    practitioners: tuple[str, ...]


def visits(read: Sheets, first: date, last: date) -> Iterator[Visit]:
    """Yield the encounters of a period that took place."""
    for place, (_, resource) in enumerate(read.entries):
        if isinstance(resource, fhir.Encounter) and resource.status not in _NEVER and resource.period is not None:
            day = day_of(resource.period.start)
            if day is not None and first <= day <= last:
                yield Visit(day, tuple(_practitioners(read.text_of(place))))


def _practitioners(text: bytes) -> Iterator[str]:
    try:
        participants: Any = _seen.decode(text).participant
    except msgspec.ValidationError:
        return
    for one in participants:
        if one.individual is not None and one.individual.reference:
            yield one.individual.reference
