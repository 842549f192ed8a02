"""The entries of a Bundle file: each is found again in the file itself, so that nothing is copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from .. import fhir_types as fhir
from .found import NO_RESOURCE, Found, Spans
from .sources import Source
from .whose import KNOWN, READ, Line, kind_of, line_decoder, whose

_bundle = msgspec.json.Decoder(fhir.RawBundle)
_list = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_entry = msgspec.json.Decoder(fhir.RawEntry)
_NEW = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: where it lies, and what its resource says of whose it is."""

    start: int
    length: int
    url: str | None
    line: Line


def read_bundle(source: Source, found: Found) -> None:
    """Find out whose the entries of one Bundle are; a Medication belongs to all patients of its Bundle."""
    text = source.plain.read_bytes()
    try:
        raws, links = _parts(text)
    except (msgspec.DecodeError, RecursionError):
        found.amiss("no FHIR Bundle", source.number, 0)
        return
    found.links += [(source.number, link.relation or "", link.url or "") for link in links]
    entries = list(_entries(text, raws, source, found))
    aliases = {e.url: f"{e.line.resource_type}/{e.line.id}" for e in entries if e.url and e.line.id}
    spans, patients = Spans(source.number), dict[str, None]()
    for entry in entries:
        found.kinds[entry.line.resource_type or ""] += 1
        for one in whose(entry.line, aliases) or _none(entry, source, found):
            patients[one] = None
            spans.add(one, entry.start, entry.length)
    for one in patients:
        for entry in entries:
            if entry.line.resource_type == "Medication":
                spans.add(one, entry.start, entry.length)
    found.spans += spans.rows()


def entry_of(raw: bytes) -> tuple[str | None, msgspec.Raw]:
    """Return the full URL and the text of the resource of an entry, or of a bare resource of a list."""
    entry = _entry.decode(raw)
    return (entry.full_url, entry.resource) if bytes(entry.resource) else (None, msgspec.Raw(raw))


def named(url: str | None, resource: Any) -> Any:
    """Give a resource without an id the UUID of its entry, as the server that takes the transaction would its own."""
    if url and url.startswith(_NEW) and isinstance(resource, fhir.DomainResource | Line) and resource.id is None:
        return msgspec.structs.replace(resource, id=url.removeprefix(_NEW))
    return resource


def _parts(text: bytes) -> tuple[tuple[msgspec.Raw, ...], tuple[fhir.Link, ...]]:
    if text.lstrip()[:1] == b"[":
        return _list.decode(text), ()
    bundle = _bundle.decode(text)
    return bundle.entry, bundle.link


def _entries(text: bytes, raws: tuple[msgspec.Raw, ...], source: Source, found: Found) -> Iterator[Entry]:
    start = 0
    for raw in raws:
        body = bytes(raw)
        start = text.find(body, start)
        try:
            url, resource = entry_of(body)
            if bytes(resource) != b"null":
                yield Entry(start, len(body), url, named(url, line_decoder.decode(resource)))
        except msgspec.ValidationError:
            _bad_entry(body, source, found)
        start += len(body)


def _bad_entry(body: bytes, source: Source, found: Found) -> None:
    try:
        kind = kind_of(entry_of(body)[1])
    except msgspec.ValidationError:
        kind = None
    if kind in KNOWN - READ:
        found.kinds[kind or ""] += 1
    else:
        found.amiss(f"{kind} that cannot be read" if kind in READ else NO_RESOURCE, source.number, 0)


def _none(entry: Entry, source: Source, found: Found) -> tuple[str, ...]:
    """Say of a resource that is no patient's what it is."""
    kind = entry.line.resource_type
    if kind in READ and kind != "Medication":
        found.amiss(f"{kind} without a patient", source.number, 0)
    elif kind not in KNOWN:
        found.amiss(NO_RESOURCE, source.number, 0)
    return ()
