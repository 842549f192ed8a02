"""The shipped value sets, read once, and small folders of value sets that a test writes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cds_service.terminology import Terminology

KNOWLEDGE = Path(__file__).parents[2] / "hooks" / "steroid_injection_followup" / "knowledge"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
OWN = ("urn:injection-followup:finding", "urn:injection-followup:order")


@dataclass(frozen=True)
class Coding:
    """A Coding as the terminology sees one."""

    system: str | None
    code: str | None


@dataclass(frozen=True)
class Concept:
    """A CodeableConcept as the terminology sees one."""

    coding: tuple[Coding, ...]


def concept(*codes: tuple[str | None, str | None]) -> Concept:
    return Concept(tuple(Coding(system, code) for system, code in codes))


@cache
def shipped() -> Terminology:
    return Terminology.load(KNOWLEDGE)


def codes_of(system: str) -> dict[str, str]:
    """Return every shipped code of a system with its display."""
    terms = shipped()
    return {c.code: c.display for tag in terms.ids for c in terms.members(tag) if c.system == system}


def codes_in(tag: str) -> set[tuple[str, str]]:
    return {(c.system, c.code) for c in shipped().members(tag)}


def value_set(tag: str, codes: Mapping[str, Sequence[str]], **more: Any) -> dict[str, Any]:
    """Return a ValueSet of codes by system, each shown under a name made of its code."""
    include = [
        {"system": s, "concept": [{"code": c, "display": f"name of {c}"} for c in listed]}
        for s, listed in codes.items()
    ]
    return {"resourceType": "ValueSet", "id": tag, "status": "active", "compose": {"include": include}, **more}


def folder(place: Path, *sets: dict[str, Any], systems: str = "") -> Path:
    """Write a knowledge folder and return it."""
    (place / "valuesets").mkdir(parents=True)
    for one in sets:
        (place / "valuesets" / f"{one['id']}.json").write_text(json.dumps(one), encoding="utf-8")
    if systems:
        (place / "code-systems.toml").write_text(systems, encoding="utf-8")
    return place


@cache
def official_title(code: str) -> str:
    """Return the title that CMS gives an ICD-10-CM code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package reads its data in an old way
        import simple_icd_10_cm as icd
    return str(icd.get_description(code)) if icd.is_valid_item(code) else ""
