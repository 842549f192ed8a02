"""The chart in the words of the rules: each resource that carries a known code, once, with its tags, day and side.

A resource none of whose codes is in a value set is dropped here and costs nothing further on.
`readers` makes records, and judges statuses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from cds_service import fhir_types as fhir

from .model import Side


class Record(msgspec.Struct, frozen=True, gc=False):
    """One resource as the rules see it; a struct, which is made many times faster than a frozen dataclass.

    `tags` are the value sets of its codes and body sites; `day` the clinical day (`None`: no usable date);
    `state` is "present", "past" (conditions), "done", "stopped" (procedures, reports, results, encounters), "ordered",
    "booked", "ended" (orders) or "taking" (medicines); `certain` is false for provisional diagnoses;
    `until` the day it ended, where known; `value` a number with `unit`; `label` words for a card, not yet cleaned.
    """

    kind: str
    reference: str
    tags: frozenset[str]
    day: date | None
    side: Side
    state: str
    label: str
    resource: Any
    certain: bool = True
    until: date | None = None
    onset: date | None = None
    value: float | None = None
    unit: str = ""
    comparator: str = ""
    interpretation: frozenset[str] = frozenset()

    def has(self, *tags: str) -> bool:
        """Whether it carries any of the tags."""
        return not self.tags.isdisjoint(tags)


class Records:
    """All records of a chart, found by tag."""

    __slots__ = ("_places", "_present", "all", "undated", "unused_status")

    def __init__(self, found: Iterable[Record], unused_status: Iterable[str] = ()) -> None:
        """Order the records by day once, undated ones first, so that no question sorts them again."""
        self.all = tuple(sorted(found, key=_when))
        self.unused_status = tuple(sorted(unused_status))
        self.undated = tuple(r.reference for r in self.all if r.day is None and r.kind in ("Procedure", "Observation"))
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(self.all):
            for tag in record.tags:
                places[tag].append(place)
        self._places, self._present = places, places.keys()

    def having(self, *tags: str, kind: str | None = None) -> Sequence[Record]:
        """Return the records that carry any of the tags, each once, latest day last; undated ones first."""
        if self._present.isdisjoint(tags):  # most questions end here
            return ()
        held = [self._places[tag] for tag in tags if tag in self._present]
        places = held[0] if len(held) == 1 else sorted({place for found in held for place in found})
        records = [self.all[place] for place in places]
        return records if kind is None else [record for record in records if record.kind == kind]


def _when(record: Record) -> tuple[date, str]:
    return record.day or date.min, record.reference


def side_of(tags: frozenset[str]) -> Side:
    """Return the side that a set of tags names; both sides named make it bilateral."""
    left, right = "side-left" in tags, "side-right" in tags
    if "side-bilateral" in tags or (left and right):
        return "bilateral"
    return "left" if left else "right" if right else "unknown"


def label_of(concept: fhir.CodeableConcept | None) -> str:
    """Return the words of a concept: its text, else the first display."""
    if concept is None:
        return ""
    if concept.text:
        return concept.text
    for coding in concept.coding:
        if coding.display:
            return coding.display
    return ""


def code_of(concept: fhir.CodeableConcept | None) -> str:
    """Return the first code of a concept, for FHIR's own status concepts."""
    for coding in concept.coding if concept is not None else ():
        if coding.code:
            return coding.code
    return ""
