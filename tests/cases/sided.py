"""What a resource says of its side, as the value sets read it: for tests that ask whether sides are kept apart."""

from __future__ import annotations

from typing import Any

from cds_service.fhir_types import CodeableConcept, Coding
from hooks.steroid_injection_followup.records import side_of
from tests.codes import Json
from tests.medicine.asking import known


def side(resource: Json) -> str:
    """Return the side that a resource names in its codes and body sites."""
    said = [resource.get("code"), *_listed(resource.get("bodySite"))]
    return side_of(frozenset().union(*(tags_of(concept) for concept in said if concept)))


def is_central(resource: Json) -> bool:
    """Whether it is of the spine itself, which may be felt on either side; a root or sciatica is of its own."""
    tags = tags_of(resource.get("code", {}))
    return bool(tags & {"site-cervical", "site-thoracic", "site-lumbar"}) and not tags & {
        "condition-radiculopathy", "condition-sciatica",
    }  # fmt: skip


def is_systemic(resource: Json) -> bool:
    """Whether it is a disease of the whole body, on whatever side it was coded."""
    return bool(tags_of(resource.get("code", {})) & {"condition-inflammatory-arthritis", "condition-fibromyalgia"})


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def tags_of(concept: Json) -> frozenset[str]:
    """Return the value sets of a concept."""
    codings = tuple(Coding(system=c.get("system"), code=c.get("code")) for c in concept.get("coding", []))
    return known().terms.tags(CodeableConcept(coding=codings))
