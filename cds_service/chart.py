"""The chart: one patient's resources of the types that the rules read, what was set aside, and what is missing.

Three things must never be confused: a list that was read whole and holds nothing, a list that was read in part,
and a list that could not be read. `Chart.gap` tells them apart, so that a negative conclusion needs complete data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import msgspec

from . import fhir_types as fhir
from .bundle import SetAside, read_resource

R = TypeVar("R", bound=fhir.DomainResource)

_READ = {kind: kind.__name__ for kind in fhir.READ_TYPES if kind is not fhir.OperationOutcome}


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
    sent = tuple(entries)
    aliases = _aliases(sent)
    own = f"Patient/{patient_id}"
    kept: defaultdict[str, list[Any]] = defaultdict(list)
    by_reference: dict[str, Any] = {}
    ignored: list[SetAside] = []
    for _, resource in sent:
        kind = _READ.get(type(resource))
        if kind is None:
            continue
        reference = f"{kind}/{resource.id}" if resource.id else kind
        if resource.id and reference in by_reference:
            continue
        subject = getattr(resource, "subject", None)
        plain = subject is not None and subject.reference == own  # the usual form, known at a glance
        reason = None if plain else _not_ours(resource, kind, own, aliases)
        if reason:
            ignored.append(SetAside(reference, reason))
            continue
        kept[kind].append(resource)
        if resource.id:
            by_reference[reference] = resource
    return Chart(
        patient_id=patient_id,
        as_of=as_of,
        patient=by_reference.get(own),
        resources={kind: tuple(found) for kind, found in kept.items()},
        by_reference=by_reference,
        aliases=aliases,
        gaps=dict(gaps),
        unreadable=_in_order(unreadable),
        ignored=_in_order(ignored),
    )


def _in_order(aside: Iterable[SetAside]) -> tuple[SetAside, ...]:
    """By name, so that the order in which a client sends things never shows in an answer."""
    return tuple(sorted(aside, key=lambda item: (item.reference, item.reason)))


def _aliases(sent: tuple[tuple[str | None, Any], ...]) -> dict[str, str]:
    if not any(url and url.startswith("urn:") for url, _ in sent):
        return {}
    return {
        url: name(resource)
        for url, resource in sent
        if url and url.startswith("urn:") and isinstance(resource, fhir.DomainResource) and resource.id
    }


def _not_ours(resource: Any, kind: str, own: str, aliases: Mapping[str, str]) -> str | None:
    """Return why a resource is not this patient's, or `None` when it is."""
    if kind == "Medication":  # it names no patient and is used only where one of the patient's resources refers to it
        return None
    if kind == "Patient":
        return None if name(resource) == own else "it is another patient"
    named = [r.reference for r in _subjects(resource) if r is not None]
    if own in named:
        return None
    keys = [reference_key(text, aliases) for text in named]
    if own in keys:
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
        resource, _ = read_resource(raw, "contained")
        if isinstance(resource, kind) and resource.id == local_id:
            return resource
    return None
