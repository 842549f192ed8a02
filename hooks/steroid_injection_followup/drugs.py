"""What was injected: the proof of a corticosteroid, its dose and its volumes, from every place that may say so.

A procedure code alone proves no drug unless it names it (clinical model 2.0, step 3). Drugs given by mouth, into a
vein or a muscle prove nothing about a joint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from .doses import Item, dose_of, volumes
from .library import Library
from .model import NO_DOSE, Dose
from .records import Record, Records

_NOT_LOCAL = ("route-systemic", "drug-not-injectable", "drug-systemic-steroid")
_OTHERS = {
    "agent-hyaluronate": "hyaluronate",
    "agent-prp": "prp",
    "agent-orthobiologic": "orthobiologic",
    "agent-prolotherapy": "prolotherapy",
    "agent-botulinum": "botulinum",
    "therapy-hyaluronate": "hyaluronate",
    "therapy-prp": "prp",
    "therapy-prolotherapy": "prolotherapy",
}
_DRUGS = ("agent-corticosteroid", *_OTHERS, "agent-local-anaesthetic")


class Drug(msgspec.Struct, frozen=True, gc=False):
    """What the record says was injected at one event."""

    agent: str | None = None
    other_agent: str | None = None
    anaesthetic: bool = False
    dose: Dose = NO_DOSE
    references: tuple[str, ...] = ()
    sites: tuple[fhir.CodeableConcept, ...] = ()
    reason_codes: tuple[fhir.CodeableConcept, ...] = ()
    reason_conditions: tuple[fhir.Condition, ...] = ()


def agent_of(tags: frozenset[str], library: Library) -> str | None:
    """Return the corticosteroid that tags name, the most exact name first, or `None`."""
    for agent in library.doses.agents:
        if "agent-" + agent in tags:
            return agent
    return None


def drug_of(procedure: Record, chart: Chart, records: Records, library: Library) -> Drug:
    """Return what was injected by a procedure, with every resource that says so."""
    items = [i for i in _items(procedure, chart, records, library) if i.tags.isdisjoint(_NOT_LOCAL)]
    return _drug(procedure.tags, items, procedure, chart, records, library)


def drug_given_alone(given: Record, chart: Chart, library: Library) -> Drug:
    """Return what a MedicationAdministration by a local route says, where no procedure is recorded."""
    item = Item(given.tags, *_concept_and_quantity(given.resource, chart), given.reference, linked=True)
    return Drug(agent_of(given.tags, library), None, False, dose_of([item], library), (given.reference,))


def _drug(
    code_tags: frozenset[str], items: list[Item], procedure: Record, chart: Chart, records: Records, library: Library
) -> Drug:
    given = frozenset().union(*(i.tags for i in items))
    agent = agent_of(given, library)
    steroids = [i for i in items if agent_of(i.tags, library)] if agent else []
    others = [word for tag, word in _OTHERS.items() if tag in code_tags or tag in given]
    local = [i for i in items if "agent-local-anaesthetic" in i.tags]
    if agent is None and "injection-steroid" in code_tags and not others:
        agent = "corticosteroid"
    dose = volumes(dose_of(steroids, library), local, procedure, chart, records)
    other = None if agent else (others[0] if others else _unproven(code_tags, local))
    used = dict.fromkeys(i.reference for i in (*steroids, *local) if i.reference != procedure.reference)
    told = [r.resource for r in records.having(*_DRUGS, kind="MedicationAdministration") if r.reference in used]
    return Drug(agent, other, bool(local) or dose.anaesthetic_ml is not None, dose, tuple(used), *_told(told, chart))


def _told(
    given: list[fhir.MedicationAdministration], chart: Chart
) -> tuple[tuple[fhir.CodeableConcept, ...], tuple[fhir.CodeableConcept, ...], tuple[fhir.Condition, ...]]:
    """Return what the drug's own record says of site and reason, for where the procedure says nothing."""
    conditions = (chart.find(r, fhir.Condition) for m in given for r in m.reason_reference)
    return (
        tuple(m.dosage.site for m in given if m.dosage and m.dosage.site),
        tuple(code for m in given for code in m.reason_code),
        tuple(c for c in conditions if c is not None),
    )


def _unproven(code_tags: frozenset[str], local: list[Item]) -> str:
    """Name what an injection without a proven drug was."""
    if "aspiration-only" in code_tags:
        return "aspiration"
    if local or not code_tags.isdisjoint(
        ("injection-nerve-block", "injection-sympathetic-block", "therapy-diagnostic-block")
    ):
        return "anaesthetic"
    return "unknown"


def _items(procedure: Record, chart: Chart, records: Records, library: Library) -> Iterator[Item]:
    resource: fhir.Procedure = procedure.resource
    terms = library.terms
    for concept in (*resource.used_code, *((resource.code,) if resource.code else ())):
        tags = terms.tags(concept)
        if any(tag.startswith("agent-") for tag in tags):
            yield Item(tags, concept, None, procedure.reference, linked=True)
    for reference in resource.used_reference:
        medication = chart.find(reference, fhir.Medication, resource)
        if medication is not None:
            concepts = (medication.code, *(i.item_codeable_concept for i in medication.ingredient))
            tags = frozenset().union(*map(terms.tags, concepts))
            yield Item(tags, medication.code, None, procedure.reference, linked=True)
    yield from _administered(procedure, chart, records)
    yield from _same_day_codes(procedure, records)
    yield from _requested(procedure, chart, records)


def _administered(procedure: Record, chart: Chart, records: Records) -> Iterator[Item]:
    """MedicationAdministrations that name the procedure, or fit it by day and by encounter or body site."""
    for given in records.having(*_DRUGS, kind="MedicationAdministration"):
        parents = [chart.key(p) for p in given.resource.part_of]
        linked = procedure.reference in parents
        if linked or (not any(parents) and _fits(procedure, given, chart)):
            yield Item(given.tags, *_concept_and_quantity(given.resource, chart), given.reference, linked)


def _same_day_codes(procedure: Record, records: Records) -> Iterator[Item]:
    """Drug codes that a claim turned into a Procedure of their own; with an intramuscular code they prove nothing."""
    if any(_near(procedure, r) for r in records.having("injection-systemic", kind="Procedure")):
        return
    for other in records.having(*_DRUGS, kind="Procedure"):
        if other.reference == procedure.reference:
            continue
        apart = not is_injection(other.tags) or other.has("injection-addon-level")
        if apart and _fits(procedure, other, None):
            yield Item(other.tags, other.resource.code, None, other.reference, linked=False)


def _requested(procedure: Record, chart: Chart, records: Records) -> Iterator[Item]:
    """MedicationRequests of the same day and encounter for a drug that is made to be injected locally."""
    for asked in records.having("agent-corticosteroid", kind="MedicationRequest"):
        meant = asked.has("drug-injectable-steroid", "route-local")
        same = asked.day == procedure.day and chart.key(asked.resource.encounter) == chart.key(
            procedure.resource.encounter
        )
        if meant and same and procedure.resource.encounter is not None:
            yield Item(asked.tags, *_concept_and_quantity(asked.resource, chart), asked.reference, linked=False)


def _fits(procedure: Record, other: Record, chart: Chart | None) -> bool:
    """Same day give or take one, and the same encounter or a shared site; a different encounter never fits."""
    if not _near(procedure, other):
        return False
    ours, theirs = _encounter(procedure.resource, chart), _encounter(other.resource, chart)
    if ours and theirs:
        return ours == theirs
    sites = {t for t in procedure.tags if t.startswith("site-")}
    named = {t for t in other.tags if t.startswith("site-")}
    return bool(sites & named) or (not named and other.kind == "Procedure")


def _encounter(resource: Any, chart: Chart | None) -> str | None:
    reference = getattr(resource, "encounter", None) or getattr(resource, "context", None)
    if reference is None:
        return None
    return chart.key(reference) if chart else reference.reference


def _near(one: Record, other: Record) -> bool:
    return one.day is not None and other.day is not None and abs((one.day - other.day).days) <= 1


def _concept_and_quantity(resource: Any, chart: Chart) -> tuple[fhir.CodeableConcept | None, fhir.Quantity | None]:
    medication = chart.find(resource.medication_reference, fhir.Medication, resource)
    concept = medication.code if medication else resource.medication_codeable_concept
    if isinstance(resource, fhir.MedicationAdministration):
        return concept, resource.dosage.dose if resource.dosage else None
    doses = [d.dose_quantity for i in resource.dosage_instruction for d in i.dose_and_rate if d.dose_quantity]
    return concept, doses[0] if doses else None


def is_injection(tags: frozenset[str]) -> bool:
    """Whether a procedure code is one of an injection, aspiration or block."""
    for tag in tags:
        if tag.startswith("injection-") and tag not in ("injection-systemic", "injection-not-steroid"):
            return True
    return "aspiration-only" in tags
