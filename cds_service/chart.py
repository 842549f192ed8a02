"""The chart: one patient's resources of the types that the rules read, what was set aside, and what is missing.

Three things must never be confused: a list that was read whole and holds nothing, a list that was read in part,
and a list that could not be read. `Chart.gap` tells them apart, so that a negative conclusion needs complete data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec

from . import fhir_types as fhir
from .bundle import SetAside, read_resource
from .value_sets import spelling

R = TypeVar("R", bound=fhir.DomainResource)

_READ = frozenset(kind.__name__ for kind in fhir.READ_TYPES) - {"OperationOutcome"}
_OF_A_SUBJECT = frozenset(kind.__name__ for kind in fhir.READ_TYPES if "subject" in kind.__struct_fields__)


class ByReference(Mapping[str, Any]):
    """Resources by `Type/id`, a type ordered by id when one of it is first asked for: most types never are."""

    __slots__ = ("_by_id", "_resources")

    def __init__(self, resources: Mapping[str, Sequence[Any]]) -> None:
        self._resources = resources
        self._by_id: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, reference: str) -> Any:
        kind, _, own = reference.partition("/")
        return (self._by_id.get(kind) or self._ordered(kind))[own]

    def __iter__(self) -> Iterator[str]:
        return (f"{kind}/{own}" for kind in self._resources for own in self._ordered(kind))

    def __len__(self) -> int:
        return sum(len(self._ordered(kind)) for kind in self._resources)

    def _ordered(self, kind: str) -> Mapping[str, Any]:
        by_id = self._by_id[kind] = {r.id: r for r in self._resources[kind] if r.id}
        return by_id


@dataclass(frozen=True, slots=True)
class Chart:
    """All that was read of one patient, as of one day.

    `gaps` maps a resource type to the reason why its list is not complete ("not sent", "first page only", …);
    a type that is not in it was read whole. `aliases` maps full URLs to `Type/id`.
    """

    patient_id: str
    as_of: date
    patient: fhir.Patient | None = None
    resources: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    by_reference: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[SetAside, ...] = ()
    ignored: tuple[SetAside, ...] = ()

    def every(self, kind: type[R]) -> tuple[R, ...]:
        """Return all resources of a type, in the order sent."""
        return self.resources.get(kind.__name__, ())

    def gap(self, *kinds: type[fhir.DomainResource]) -> str | None:
        """Return why the list of any of these types is not complete, or `None` when all were read whole."""
        return next((self.gaps[k.__name__] for k in kinds if k.__name__ in self.gaps), None)

    def key(self, reference: fhir.Reference | None) -> str | None:
        """Return the `Type/id` that a literal reference means, whatever its form, or `None`."""
        return None if reference is None else reference_key(reference.reference, self.aliases)

    def find(self, reference: fhir.Reference | None, kind: type[R], within: Any = None) -> R | None:
        """Return the resource of the expected type that a reference means, in the chart or contained in `within`."""
        if reference is None or reference.reference is None:
            return None
        if reference.reference.startswith("#"):
            return _contained(reference.reference[1:], kind, within)
        found = self.by_reference.get(self.key(reference) or "")
        return found if isinstance(found, kind) else None


def name(resource: fhir.DomainResource) -> str:
    """Return how evidence names a resource: `Type/id`, or the type alone when it has no id."""
    kind = type(resource).__name__
    return f"{kind}/{resource.id}" if resource.id else kind


def reference_key(text: str | None, aliases: Mapping[str, str]) -> str | None:
    """Reduce a relative, absolute, versioned or `urn:uuid:` reference to `Type/id`."""
    if not text:
        return None
    if text in aliases:
        return aliases[text]
    if text.count("/") == 1:  # as nearly every one is
        return text if text[0] != "/" and text[-1] != "/" else None
    parts = text.split("/")
    if len(parts) >= 4 and parts[-2] == "_history":
        parts = parts[:-2]
    return "/".join(parts[-2:]) if len(parts) >= 2 and parts[-2] and parts[-1] else None


def build(
    *,
    patient_id: str,
    as_of: date,
    entries: Iterable[tuple[str | None, Any]],
    gaps: Mapping[str, str],
    unreadable: Iterable[SetAside] = (),
) -> Chart:
    """Bring one patient's resources together; those of others, and of no one, are set aside and listed.

    `entries` are (full URL, resource) from any number of pages; the same `Type/id` twice counts once.
    """
    by_type: defaultdict[str, list[Any]] = defaultdict(list)
    named: list[tuple[str, Any]] = []
    for url, resource in entries:
        by_type[type(resource).__name__].append(resource)
        if url and url.startswith("urn:"):
            named.append((url, resource))
    return build_of_types(
        patient_id=patient_id, as_of=as_of, by_type=by_type, named=named, gaps=gaps, unreadable=unreadable
    )


def build_of_types(
    *,
    patient_id: str,
    as_of: date,
    by_type: Mapping[str, Sequence[Any]],
    named: Iterable[tuple[str, Any]],
    gaps: Mapping[str, str],
    unreadable: Iterable[SetAside],
    server: str = "",
) -> Chart:
    """Bring together what is ordered by the names of the types already; `named` are (URN, resource).

    With the base of the EHR's `server` known, a URL of another server names another patient, whatever its last part.
    """
    aliases = {url: name(resource) for url, resource in named if resource.id}
    own = _Own(f"Patient/{patient_id}", aliases, spelling(server))
    ignored: list[SetAside] = []
    resources = {
        kind: kept for kind, sent in by_type.items() if kind in _READ and (kept := _own(kind, sent, own, ignored))
    }
    own_patient = resources.get("Patient")
    return Chart(
        patient_id=patient_id,
        as_of=as_of,
        patient=own_patient[0] if own_patient else None,
        resources=resources,
        by_reference=ByReference(resources),
        aliases=aliases,
        gaps=gaps,
        unreadable=_in_order(unreadable),
        ignored=_in_order(ignored),
    )


class _Own(NamedTuple):
    """By what a resource is known as the patient's: `Patient/id`, other names of resources, the server's base."""

    patient: str
    aliases: Mapping[str, str]
    server: str

    def key(self, text: str | None) -> str | None:
        """Return a subject's reference as `Type/id`; one of another server stays a URL."""
        if text and self.server and text.startswith(("http://", "https://")):
            base = text.partition("/Patient/")[0]
            if spelling(base) != self.server:
                return text
        return reference_key(text, self.aliases)


def _own(kind: str, sent: Sequence[Any], own: _Own, ignored: list[SetAside]) -> tuple[Any, ...]:
    """Take one type's resources that are the patient's, each once; name those of others in `ignored`."""
    if kind in _OF_A_SUBJECT and {r.subject and r.subject.reference for r in sent} == {own.patient}:
        ids = {resource.id for resource in sent}
        if len(ids) == len(sent) and None not in ids:  # the usual form, known at a glance
            return tuple(sent)
    kept: list[Any] = []
    seen: set[str] = set()
    for resource in sent:
        if resource.id in seen:
            continue
        reason = _not_ours(resource, kind, own)
        if reason:
            ignored.append(SetAside(name(resource), reason))
            continue
        kept.append(resource)
        if resource.id:
            seen.add(resource.id)
    return tuple(kept)


def _in_order(aside: Iterable[SetAside]) -> tuple[SetAside, ...]:
    """By name, so that the order in which a client sends things never shows in an answer."""
    return tuple(sorted(aside, key=lambda item: (item.reference, item.reason)))


def _not_ours(resource: Any, kind: str, own: _Own) -> str | None:
    """Return why a resource is not this patient's, or `None` when it is."""
    if kind == "Medication":  # it names no patient: a reference of one of the patient's resources makes it count
        return None
    if kind == "Patient":
        return None if name(resource) == own.patient else "it is another patient"
    named = [r.reference for r in _subjects(resource) if r is not None]
    if own.patient in named:
        return None
    keys = [own.key(text) for text in named]
    if own.patient in keys:
        return None
    return "it is another patient's" if any(keys) else "it names no patient"


def _subjects(resource: Any) -> tuple[fhir.Reference | None, ...]:
    if isinstance(resource, fhir.Appointment):
        return tuple(participant.actor for participant in resource.participant)
    if isinstance(resource, fhir.AllergyIntolerance):
        return (resource.patient,)
    return (resource.subject,)


def _contained(local_id: str, kind: type[R], within: Any) -> R | None:
    raws: tuple[msgspec.Raw, ...] = getattr(within, "contained", ())
    for raw in raws:
        try:
            resource, _ = read_resource(raw, "contained")
        except RecursionError:  # it was passed over from a stack less deep than this one
            continue
        if isinstance(resource, kind) and resource.id == local_id:
            return resource
    return None
