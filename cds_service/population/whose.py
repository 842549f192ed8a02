"""Whose a resource is: the few fields that say so, read without anything else of it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .. import fhir_types as fhir
from ..chart import reference_key

READ = frozenset(kind.__name__ for kind in fhir.READ_TYPES) - {"OperationOutcome"}
KNOWN = READ | frozenset(fhir.UNREAD_TYPES) | {"OperationOutcome"}
NO_ALIASES: Mapping[str, str] = {}
_OWN = "Patient/"


class Ref(fhir.Element, frozen=True):
    """A reference without its display."""

    reference: str | None = None


class Actor(fhir.Element, frozen=True):
    """A participant of an Appointment."""

    actor: Ref | None = None


class Part(fhir.Element, frozen=True):
    """An ingredient of a Medication."""

    item_reference: Ref | None = None


class Line(fhir.Element, frozen=True):
    """Of a resource, what says whose it is and which Medications it refers to."""

    resource_type: str | None = None
    id: str | None = None
    subject: Ref | None = None
    patient: Ref | None = None
    participant: tuple[Actor, ...] = ()
    medication_reference: Ref | None = None
    ingredient: tuple[Part, ...] = ()


line_decoder = msgspec.json.Decoder(Line)
_head = msgspec.json.Decoder(fhir.Head)


def is_line(text: bytes) -> bool:
    """Whether a text is a whole resource that is no Bundle."""
    try:
        kind = _head.decode(text).resource_type
    except (msgspec.DecodeError, RecursionError):
        return False
    return kind is not None and kind != "Bundle"


def kind_of(text: bytes | msgspec.Raw) -> str | None:
    """Return the resourceType of a JSON object whose other fields are of no shape that is known."""
    try:
        return _head.decode(text).resource_type
    except msgspec.ValidationError:
        return None


def whose(line: Line, aliases: Mapping[str, str] = NO_ALIASES) -> tuple[str, ...] | None:
    """Return the ids of the patients of a resource that is read, or `None`."""
    if line.subject is not None:
        own = patient_of(line.subject.reference, aliases)
        return (own,) if own is not None and line.resource_type in READ else None
    match line.resource_type:
        case "Patient":
            return (line.id,) if line.id and plain(line.id) and "/" not in line.id else None
        case "AllergyIntolerance":
            own = patient_of(line.patient.reference, aliases) if line.patient is not None else None
            return (own,) if own is not None else None
        case "Appointment":
            named = [patient_of(p.actor.reference, aliases) for p in line.participant if p.actor is not None]
            return tuple(dict.fromkeys(n for n in named if n is not None)) or None
    return None


def patient_of(reference: str | None, aliases: Mapping[str, str] = NO_ALIASES) -> str | None:
    """Return the id of the Patient that a literal reference means, or `None`."""
    if reference is None:
        return None
    if not reference.startswith(_OWN) or "/" in reference[8:]:
        reference = reference_key(reference, aliases)
        if reference is None or not reference.startswith(_OWN):
            return None
    return reference[8:] if plain(reference) else None


def plain(text: str) -> bool:
    """Whether an id is one that may stand in a row: no white space or control character in it."""
    return text.isprintable() and " " not in text and '"' not in text and len(text) <= 300
