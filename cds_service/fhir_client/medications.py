"""Which Medication resources are referred to and did not come along with the resources that refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from .. import fhir_types as fhir
from ..bundle import Page
from ..chart import name
from .origins import Base

_USES = ("MedicationAdministration", "MedicationRequest", "MedicationStatement")
_RELATIVE = re.compile(r"Medication/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)


def missing_from(pages: Sequence[Page]) -> list[str]:
    """Return the references to medications that no entry of the pages answers, in the order met."""
    referred = dict.fromkeys(_references(pages))
    if not referred:
        return []
    entries = [entry for page in pages for entry in page.entries]
    there = {name(r) for _, r in entries if isinstance(r, fhir.Medication)} | {url for url, _ in entries if url}
    return [text for text in referred if text not in there and not text.startswith("#")]


def path_of(reference: str, base: Base | None) -> str | None:
    """Return the `Medication/id` to read on this server, or `None` when the reference leads elsewhere.

    Of an absolute reference below the server's own base only the id is used, never the URL.
    """
    own = f"{base}/" if base is not None else ""
    found = _RELATIVE.fullmatch(reference.removeprefix(own))
    return f"Medication/{found[1]}" if found and set(found[1]) != {"."} else None


def _references(pages: Iterable[Page]) -> Iterable[str]:
    held = [page.by_type for page in pages if page.by_type]
    for kind in _USES:
        for resource in chain.from_iterable([by_type[kind] for by_type in held if kind in by_type]):
            used = resource.medication_reference
            if used is not None and used.reference:
                yield used.reference
