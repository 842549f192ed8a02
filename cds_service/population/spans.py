"""Whose each line is and where it lies, from one lean reading of a range; nothing of a resource is kept.

Consecutive lines of one patient become one span, so that an export that is sorted by patient has few.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .bundles import read_bundle
from .found import Found, Spans
from .sources import Range, Source
from .whose import KNOWN, READ, Line, kind_of, line_decoder, whose

BUFFER = 1 << 18
MARK = b"\xef\xbb\xbf"


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
    decode = line_decoder.decode
    last: tuple[str | None, str | None] = (None, None)
    alike = 0  # lines of the same type and patient as the one before, which is nearly all of a sorted export
    for start, text in _lines(source, task):
        try:
            line = decode(text)
        except (msgspec.DecodeError, RecursionError) as problem:
            _bad_line(text, problem, source, start, found)
            continue
        subject = line.subject
        if (
            subject is not None
            and (line.resource_type, subject.reference) == last
            and line.medication_reference is None
            and spans.more(start, len(text))
        ):
            alike += 1
            continue
        found.kinds[last[0] or ""] += alike
        alike = 0
        last = (line.resource_type, subject.reference) if subject is not None else (None, None)
        if not _take(line, start, len(text), spans, found):
            last = (None, None)
    found.kinds[last[0] or ""] += alike
    found.spans += spans.rows()
    found.held[source.number] = sorted(kind for kind, number in found.kinds.items() if number)


def _take(line: Line, start: int, length: int, spans: Spans, found: Found) -> bool:
    """Add one line; return whether it is a patient's."""
    kind = line.resource_type or ""
    found.kinds[kind] += 1
    patients = whose(line)
    if patients is None:
        if kind == "Medication":
            found.medication(line, spans.file, start, length)
        elif kind in READ:
            found.amiss(f"{kind} without a patient", spans.file, start)
        elif kind not in KNOWN:
            found.amiss("no FHIR R4 resource", spans.file, start)
        return False
    for one in patients:
        spans.add(one, start, length)
        if line.medication_reference is not None:
            found.want(one, line.medication_reference)
    return True


def _lines(source: Source, task: Range) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that start inside the range, with their offsets; the last may end beyond it."""
    start = task.start
    with source.plain.open("rb", buffering=BUFFER) as stream:
        if start:
            stream.seek(start - 1)
            start += len(stream.readline()) - 1
        for line in stream:
            if start >= task.end:
                return
            if start == 0 and line.startswith(MARK):
                yield len(MARK), line[len(MARK) :]
            elif not line.isspace():
                yield start, line
            start += len(line)


def _bad_line(text: bytes, problem: Exception, source: Source, start: int, found: Found) -> None:
    """A line that the lean reading cannot take may be a resource that is not read, shaped otherwise than those are."""
    if not isinstance(problem, msgspec.ValidationError):
        found.amiss("no JSON", source.number, start)
        return
    kind = kind_of(text)
    if kind is None or kind not in KNOWN:
        found.amiss("no FHIR R4 resource", source.number, start)
    elif kind in READ:
        found.amiss(f"{kind} that cannot be read", source.number, start)
    else:
        found.kinds[kind] += 1
