"""Whose each line is and where it lies, from one lean reading of a range; nothing of a resource is kept.

Consecutive lines of one patient become one span, so that an export that is sorted by patient has few.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, groupby
from operator import attrgetter

import msgspec

from .bundles import read_bundle
from .found import NO_RESOURCE, Found, Spans
from .sources import Range, Source
from .whose import KNOWN, READ, Line, kind_of, line_decoder, whose

BLOCK = 1 << 18  # bytes read at once
MARK = b"\xef\xbb\xbf"
_UNREADABLE = (msgspec.DecodeError, RecursionError)
_alike = attrgetter("resource_type", "subject", "medication_reference")


def read_range(task: Range) -> Found:
    """Find out whose the resources of a range are."""
    found = Found()
    for source in task.sources:
        if source.kind == "bundle":
            read_bundle(source, found)
        else:
            _read_lines(source, task, found)
    return found


def _read_lines(source: Source, task: Range, found: Found) -> None:
    spans = Spans(source.number)
    for start, lines in _blocks(source, task):
        starts = list(accumulate(map(len, lines), initial=start))
        number = found.lines.get(spans.file, 0) + 1
        found.lines[spans.file] = number + len(lines) - 1
        try:
            read = list(map(line_decoder.decode, lines))
        except _UNREADABLE:
            _read_one_by_one(lines, starts, number, spans, found)
            continue
        first = 0
        for (_, subject, _), alike in groupby(read, key=_alike):  # long runs in an export that is sorted by patient
            last = first + len(list(alike))
            if subject is not None:
                _take(read[first], starts[first : last + 1], number + first, spans, found)
            else:
                for each in range(first, last):
                    _take(read[each], starts[each : each + 2], number + each, spans, found)
            first = last
    found.spans += spans.rows()
    found.held[source.number] = sorted(kind for kind, number in found.kinds.items() if number)


def _read_one_by_one(lines: list[bytes], starts: list[int], number: int, spans: Spans, found: Found) -> None:
    """Read lines of which at least one is bad."""
    for each, text in enumerate(lines):
        try:
            _take(line_decoder.decode(text), starts[each : each + 2], number + each, spans, found)
        except _UNREADABLE as problem:
            if not text.isspace():
                _bad_line(text, problem, spans.file, number + each, found)


def _take(line: Line, starts: list[int], number: int, spans: Spans, found: Found) -> None:
    """Add lines that say the same of whose they are: where each starts and the last ends, the number of the first."""
    kind = line.resource_type or ""
    start, end, many = starts[0], starts[-1], len(starts) - 1
    found.kinds[kind] += many
    patients = whose(line)
    if patients is not None:
        for one in patients:
            spans.add(one, start, end - start, many)
            if line.medication_reference is not None:
                found.want(one, line.medication_reference)
    elif kind == "Medication":
        found.medication(line, spans.file, start, end - start)
    elif kind in READ or kind not in KNOWN:
        for each in range(many):
            found.amiss(f"{kind} without a patient" if kind in READ else NO_RESOURCE, spans.file, number + each)


def _blocks(source: Source, task: Range) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines that start inside the range, some at a time, with the offset of the first."""
    start = task.start
    with source.plain.open("rb", buffering=BLOCK // 4) as stream:
        if start:
            stream.seek(start - 1)
            start += len(stream.readline()) - 1
        while start < task.end and (lines := stream.readlines(min(BLOCK, task.end - start))):
            end = start + sum(map(len, lines))
            if end - len(lines[-1]) >= task.end:
                lines.pop()
            if start == 0 and lines[0].startswith(MARK):
                lines[0] = lines[0][len(MARK) :]
                start = len(MARK)
            yield start, lines
            start = end


def _bad_line(text: bytes, problem: Exception, file: int, number: int, found: Found) -> None:
    """A line that the lean reading cannot take may be a resource that is not read, shaped otherwise than those are."""
    if not isinstance(problem, msgspec.ValidationError):
        found.amiss("no JSON", file, number)
        return
    kind = kind_of(text)
    if kind is None or kind not in KNOWN:
        found.amiss(NO_RESOURCE, file, number)
    elif kind in READ:
        found.amiss(f"{kind} that cannot be read", file, number)
    else:
        found.kinds[kind] += 1
