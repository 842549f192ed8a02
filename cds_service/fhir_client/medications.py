"""Which Medication resources are referred to and did not come along with the resources that refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from .. import fhir_types as fhir
from ..chart import name
from .origins import Base

_USES = {fhir.MedicationAdministration, fhir.MedicationRequest, fhir.MedicationStatement}
_RELATIVE = re.compile(r"Medication/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)


def missing_from(entries: Sequence[tuple[str | None, Any]]) -> list[str]:
    """Return the references to medications that none of the entries answers, in the order met."""
    referred = dict.fromkeys(_references(r for _, r in entries))
    if not referred:
        return []
    there = {name(r) for _, r in entries if isinstance(r, fhir.Medication)} | {url for url, _ in entries if url}
    return [text for text in referred if text not in there and not text.startswith("#")]


def path_of(reference: str, base: Base | None) -> str | None:
    """Return the `Medication/id` to read on this server, or `None` when the reference leads elsewhere.

    Of an absolute reference below the server's own base only the id is used, never the URL.
    """
    own = f"{base}/" if base is not None else ""
    found = _RELATIVE.fullmatch(reference.removeprefix(own))
    return f"Medication/{found[1]}" if found and set(found[1]) != {"."} else None


def _references(resources: Iterable[Any]) -> Iterable[str]:
    for resource in resources:
        used = resource.medication_reference if type(resource) in _USES else None
        if used is not None and used.reference:
            yield used.reference
