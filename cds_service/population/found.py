"""What a reading found, as text for the engine that brings patients together: rows of tab-separated values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..chart import reference_key
from .whose import Line, Ref, plain

MOST_LISTED = 200
NO_RESOURCE = "no FHIR R4 resource"


@dataclass(slots=True)
class Found:
    """What a range held: rows, counts by type, how many lines of a file, places of what is wrong (file, line within
    the range, 0: the whole file), links of Bundles, types that a file of lines holds.

    `spans` are patient, file, start, length, number of resources; `wants` patient and Medication; `medications` name,
    file, start, length.
    """

    spans: list[str] = field(default_factory=list)
    wants: list[str] = field(default_factory=list)
    medications: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    lines: dict[int, int] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    places: list[tuple[str, int, int]] = field(default_factory=list)
    links: list[tuple[int, str, str]] = field(default_factory=list)
    held: dict[int, list[str]] = field(default_factory=dict)

    def want(self, whose: str, reference: Ref) -> None:
        """Note that a patient's resource, or a Medication, refers to a Medication."""
        key = reference_key(reference.reference, {})
        if key is not None and key.startswith("Medication/") and plain(key):
            self.wants.append(f"{whose}\t{key}\n")

    def medication(self, line: Line, file: int, start: int, length: int) -> None:
        """Note where a Medication lies, and under its own name which others it is made of."""
        if not line.id or not plain(line.id):
            return
        self.medications.append(f"Medication/{line.id}\t{file}\t{start}\t{length}\n")
        for part in line.ingredient:
            if part.item_reference is not None:
                self.want(f"Medication/{line.id}", part.item_reference)

    def amiss(self, what: str, file: int, line: int) -> None:
        """Count something that is wrong, and list the first of its places."""
        self.wrong[what] += 1
        if self.wrong[what] <= MOST_LISTED:
            self.places.append((what, file, line))


class Spans:
    """Gathers spans, joining those that touch."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._rows: list[str] = []
        self._whose = ""
        self._start = self._end = self._count = 0

    def add(self, whose: str, start: int, length: int, many: int = 1) -> None:
        """Add a line of a patient, or many that follow each other."""
        if whose == self._whose and start == self._end:
            self._end, self._count = start + length, self._count + many
            return
        self._close()
        self._whose, self._start, self._end, self._count = whose, start, start + length, many

    def rows(self) -> list[str]:
        """Return the rows."""
        self._close()
        return self._rows

    def _close(self) -> None:
        if self._count:
            self._rows.append(f"{self._whose}\t{self.file}\t{self._start}\t{self._end - self._start}\t{self._count}\n")
        self._whose, self._count = "", 0
