"""Reading FHIR text: one pass for the whole, a second look entry by entry only when something in it is bad.

What cannot be read is set aside with its reason and costs nothing but itself (architecture, Reading FHIR fast).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from . import fhir_types as fhir

# A union, so that the resourceType must be there: a lone type would take `{}` for an empty Bundle.
_bundle = msgspec.json.Decoder(fhir.Bundle | fhir.OperationOutcome)
_raw_bundle = msgspec.json.Decoder(fhir.RawBundle)
_raw_entry = msgspec.json.Decoder(fhir.RawEntry)
_raw_list = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_resource = msgspec.json.Decoder(fhir.Resource)
_head = msgspec.json.Decoder(fhir.Head)
_known_names = frozenset(t.__struct_config__.tag for t in fhir.READ_TYPES) | frozenset(fhir.UNREAD_TYPES) | {"Bundle"}


@dataclass(frozen=True, slots=True)
class SetAside:
    """A resource that was not used: which one, and why, in words that hold no value of the resource."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one piece of FHIR text held.

    `entries` are (full URL or `None`, resource); `unreadable` what was set aside; `outcomes` the entries that
    are an OperationOutcome; `next_url` and `total` as the Bundle says; `kind` the resourceType of the whole.
    """

    kind: str
    entries: tuple[tuple[str | None, Any], ...] = ()
    unreadable: tuple[SetAside, ...] = ()
    outcomes: tuple[fhir.OperationOutcome, ...] = ()
    next_url: str | None = None
    total: int | None = None
    bundle_type: str | None = field(default=None)


def read_page(text: bytes | msgspec.Raw) -> Page:
    """Read a Bundle, or a single resource, from JSON text.

    Raises `msgspec.DecodeError` (ValidationError included) when the text is not a FHIR resource at all.
    """
    try:
        bundle = _bundle.decode(text)
    except msgspec.ValidationError:
        return _second_look(text)
    if isinstance(bundle, fhir.OperationOutcome):
        return Page("OperationOutcome", entries=((None, bundle),), outcomes=(bundle,))
    return _page_of(bundle, [(e.full_url, e.resource) for e in bundle.entry if e.resource is not None], [])


def read_resource(text: bytes | msgspec.Raw, where: str) -> tuple[Any | None, SetAside | None]:
    """Read one resource; on failure return what to say of it. `where` names it when it does not name itself."""
    try:
        return _resource.decode(text), None
    except msgspec.ValidationError as problem:
        return None, SetAside(_name_of(text, where), _reason(str(problem)))


def read_list(text: bytes) -> Page:
    """Read a bare JSON array of resources (the playground takes one)."""
    entries, unreadable = _one_by_one(_raw_list.decode(text))
    return Page("List", entries=tuple((None, r) for r in entries), unreadable=tuple(unreadable))


def _second_look(text: bytes | msgspec.Raw) -> Page:
    """Read entry by entry; a text that is no Bundle is read as one resource."""
    kind = _head.decode(text).resource_type
    if kind != "Bundle":
        resource, aside = read_resource(text, "the resource sent")
        return Page(
            kind or "unknown",
            entries=((None, resource),) if resource is not None else (),
            unreadable=(aside,) if aside else (),
            outcomes=(resource,) if isinstance(resource, fhir.OperationOutcome) else (),
        )
    bundle = _raw_bundle.decode(text)
    entries: list[tuple[str | None, Any]] = []
    unreadable: list[SetAside] = []
    for number, raw in enumerate(bundle.entry):
        _read_entry(raw, f"entry {number}", entries, unreadable)
    return _page_of(bundle, entries, unreadable)


def _read_entry(
    raw: msgspec.Raw, where: str, entries: list[tuple[str | None, Any]], unreadable: list[SetAside]
) -> None:
    try:
        entry = _raw_entry.decode(raw)
    except msgspec.ValidationError as problem:
        unreadable.append(SetAside(where, _reason(str(problem))))
        return
    if bytes(entry.resource) in {b"", b"null"}:
        return
    resource, aside = read_resource(entry.resource, where)
    if aside:
        unreadable.append(aside)
    else:
        entries.append((entry.full_url, resource))


def _one_by_one(raws: Iterable[msgspec.Raw]) -> tuple[list[Any], list[SetAside]]:
    resources, unreadable = [], []
    for number, raw in enumerate(raws):
        resource, aside = read_resource(raw, f"entry {number}")
        if aside:
            unreadable.append(aside)
        else:
            resources.append(resource)
    return resources, unreadable


def _page_of(
    bundle: fhir.Bundle | fhir.RawBundle, entries: list[tuple[str | None, Any]], unreadable: list[SetAside]
) -> Page:
    return Page(
        "Bundle",
        entries=tuple(entries),
        unreadable=tuple(unreadable),
        outcomes=tuple(r for _, r in entries if isinstance(r, fhir.OperationOutcome)),
        next_url=next((link.url for link in bundle.link if link.relation == "next"), None),
        total=bundle.total,
        bundle_type=bundle.type,
    )


def _name_of(text: bytes | msgspec.Raw, where: str) -> str:
    """Name an unreadable resource by type and id where it still says them (an id is not shown when it is odd)."""
    try:
        head = _head.decode(text)
    except msgspec.ValidationError:
        return where
    if head.resource_type not in _known_names:
        return where
    return f"{head.resource_type}/{head.id}" if head.id and len(head.id) <= 64 else f"{head.resource_type} ({where})"


def _reason(problem: str) -> str:
    """Say what msgspec found, without the value: its messages name types and paths; the tag's value is cut."""
    if problem.startswith("Invalid value"):
        return "it names no known FHIR R4 resource type"
    return problem[0].lower() + problem[1:]
