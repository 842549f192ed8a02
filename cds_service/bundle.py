"""Reading FHIR text: one pass for the whole, a second look entry by entry only when something in it is bad.

What cannot be read is set aside with its reason and costs nothing but itself (architecture, Reading FHIR fast).
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping, Sequence
from typing import Any

import msgspec

from . import fhir_types as fhir

# A union, so that the resourceType must be there: a lone type would take `{}` for an empty Bundle.
Whole: Any = fhir.Bundle | fhir.Resource

_whole = msgspec.json.Decoder(Whole)
_raw_bundle = msgspec.json.Decoder(fhir.RawBundle)
_raw_entry = msgspec.json.Decoder(fhir.RawEntry)
_raw_list = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_resource = msgspec.json.Decoder(fhir.Resource)
_head = msgspec.json.Decoder(fhir.Head)
_identified = msgspec.json.Decoder(fhir.Identified)
_NO_BUNDLE = fhir.RawBundle()
_known_names = frozenset(t.__struct_config__.tag for t in fhir.READ_TYPES) | frozenset(fhir.UNREAD_TYPES) | {"Bundle"}


class SetAside(msgspec.Struct, frozen=True, gc=False):
    """A resource that was not used: which one, and why, in words that hold no value of the resource."""

    reference: str
    reason: str


class Page(msgspec.Struct, frozen=True, gc=False):
    """What one piece of FHIR text held.

    `entry` are the entries that hold a resource, `by_type` the resources under the names of their types, each in the
    order sent; `named` are (full URL, resource) where the URL is a URN, which references may use; `unreadable` what was
    set aside; `next_url` and `total` as the Bundle says; `kind` the resourceType of the whole.
    """

    kind: str
    entry: Sequence[fhir.Entry] = ()
    by_type: Mapping[str, Sequence[Any]] = {}
    named: Sequence[tuple[str, Any]] = ()
    unreadable: Sequence[SetAside] = ()
    next_url: str | None = None
    total: int | None = None
    bundle_type: str | None = None

    @property
    def entries(self) -> Sequence[tuple[str | None, Any]]:
        """The entries as (full URL or `None`, resource)."""
        return [(entry.full_url, entry.resource) for entry in self.entry]

    @property
    def kinds(self) -> KeysView[str]:
        """The names of the types that it holds."""
        return self.by_type.keys()

    @property
    def outcomes(self) -> Sequence[fhir.OperationOutcome]:
        """The entries that are an OperationOutcome."""
        return self.by_type.get("OperationOutcome", ())


def read_page(text: bytes | msgspec.Raw) -> Page:
    """Read a Bundle, or a single resource, from JSON text.

    Raises `msgspec.DecodeError` (ValidationError included) when the text is not a FHIR resource at all.
    """
    try:
        return page_of(_whole.decode(text))
    except msgspec.ValidationError:
        return _second_look(text)


def page_of(whole: Any) -> Page:
    """Make a page of a decoded `Whole`; raise `msgspec.ValidationError` when the id of a resource is none."""
    if type(whole) is not fhir.Bundle:
        return _page(type(whole).__name__, [fhir.Entry(resource=whole)])
    return _page("Bundle", [entry for entry in whole.entry if entry.resource is not None], bundle=whole)


def check_ids(resources: Iterable[Any]) -> None:
    """Raise `msgspec.ValidationError` when an id has letters that none may have: all are looked at together."""
    ids = "".join([resource.id or "" for resource in resources])
    if ids.encode().translate(None, fhir.LETTERS_OF_AN_ID):
        raise msgspec.ValidationError("an id holds what none may hold")


def read_resource(text: bytes | msgspec.Raw, where: str) -> tuple[Any | None, SetAside | None]:
    """Read one resource; on failure return what to say of it. `where` names it when it does not name itself."""
    try:
        resource = _resource.decode(text)
        if resource.id is not None:
            _identified.decode(text)
        return resource, None
    except msgspec.ValidationError as problem:
        return None, SetAside(_name_of(text, where), _reason(str(problem)))


def read_list(text: bytes) -> Page:
    """Read a bare JSON array of resources (the playground takes one)."""
    entries: list[fhir.Entry] = []
    unreadable: list[SetAside] = []
    for number, raw in enumerate(_raw_list.decode(text)):
        _sort(raw, None, f"entry {number}", entries, unreadable)
    return _page("List", entries, unreadable)


def _second_look(text: bytes | msgspec.Raw) -> Page:
    """Read entry by entry; a text that is no Bundle is read as one resource."""
    entries: list[fhir.Entry] = []
    unreadable: list[SetAside] = []
    kind = _head.decode(text).resource_type
    if kind != "Bundle":
        _sort(text, None, "the resource sent", entries, unreadable)
        return _page(kind or "unknown", entries, unreadable)
    bundle = _raw_bundle.decode(text)
    for number, raw in enumerate(bundle.entry):
        where = f"entry {number}"
        try:
            entry = _raw_entry.decode(raw)
        except msgspec.ValidationError as problem:
            unreadable.append(SetAside(where, _reason(str(problem))))
            continue
        if bytes(entry.resource) not in {b"", b"null"}:
            _sort(entry.resource, entry.full_url, where, entries, unreadable)
    return _page("Bundle", entries, unreadable, bundle)


def _sort(
    text: bytes | msgspec.Raw,
    full_url: str | None,
    where: str,
    entries: list[fhir.Entry],
    unreadable: list[SetAside],
) -> None:
    """Read one resource and put it with those that could be read, or set it aside."""
    resource, aside = read_resource(text, where)
    if aside:
        unreadable.append(aside)
    else:
        entries.append(fhir.Entry(full_url=full_url, resource=resource))


def _page(
    kind: str,
    entries: Sequence[fhir.Entry],
    unreadable: Sequence[SetAside] = (),
    bundle: fhir.Bundle | fhir.RawBundle = _NO_BUNDLE,
) -> Page:
    following = next((link.url for link in bundle.link if link.relation == "next"), None) if bundle.link else None
    if not entries:
        return Page(kind, unreadable=unreadable, next_url=following, total=bundle.total, bundle_type=bundle.type)
    by_type = _by_type([entry.resource for entry in entries])
    return Page(
        kind,
        entries,
        by_type,
        [(e.full_url, e.resource) for e in entries if e.full_url and e.full_url.startswith("urn:")],
        unreadable,
        following,
        bundle.total,
        bundle.type,
    )


def _by_type(resources: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
    check_ids(resources)
    if len(types := set(map(type, resources))) == 1:  # as nearly every answer to a search is
        return {types.pop().__name__: resources}
    found: dict[str, list[Any]] = {}
    for resource in resources:
        found.setdefault(type(resource).__name__, []).append(resource)
    return found


def _name_of(text: bytes | msgspec.Raw, where: str) -> str:
    """Name an unreadable resource by type and id where it still says them (an id is not shown when it is odd)."""
    try:
        head = _head.decode(text)
    except msgspec.ValidationError:
        return where
    if head.resource_type not in _known_names:
        return where
    odd = not head.id or len(head.id) > 64 or head.id.encode().translate(None, fhir.LETTERS_OF_AN_ID)
    return f"{head.resource_type} ({where})" if odd else f"{head.resource_type}/{head.id}"


def _reason(problem: str) -> str:
    """Say what msgspec found, without the value: its messages name types and paths; the tag's value is cut."""
    if problem.startswith("Invalid value"):
        return "it names no known FHIR R4 resource type"
    return problem[0].lower() + problem[1:]
