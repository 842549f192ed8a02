"""What was injected: the proof of a corticosteroid, its dose and its volumes, from every place that may say so.

A procedure code alone proves no drug unless it names it (clinical model 2.0, step 3). Drugs given by mouth, into a
vein or a muscle prove nothing about a joint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from .library import Library
from .model import NO_DOSE, Dose
from .records import Record, Records

MG_PER_UNIT = "urn:injection-followup:milligrams-per-unit"
MG_PER_ML = "urn:injection-followup:milligrams-per-millilitre"
CEILING_ONLY = "urn:injection-followup:ceiling-only"

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
_MASS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
_COUNT = frozenset({"", "1", "{unit}", "unit", "units", "{each}", "each", "un"})


@dataclass(frozen=True, slots=True)
class Drug:
    """What the record says was injected at one event."""

    agent: str | None = None
    other_agent: str | None = None
    anaesthetic: bool = False
    dose: Dose = NO_DOSE
    references: tuple[str, ...] = ()
    sites: tuple[fhir.CodeableConcept, ...] = ()
    reason_codes: tuple[fhir.CodeableConcept, ...] = ()
    reason_conditions: tuple[fhir.Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing given: tags, the concept that carries its strength, the quantity, and what says so."""

    tags: frozenset[str]
    concept: fhir.CodeableConcept | None
    quantity: fhir.Quantity | None
    reference: str
    linked: bool


def agent_of(tags: frozenset[str], library: Library) -> str | None:
    """Return the corticosteroid that tags name, the most exact name first, or `None`."""
    return next((agent for agent in library.doses.agents if f"agent-{agent}" in tags), None)


def drug_of(procedure: Record, chart: Chart, records: Records, library: Library) -> Drug:
    """Return what was injected by a procedure, with every resource that says so."""
    items = [i for i in _items(procedure, chart, records, library) if i.tags.isdisjoint(_NOT_LOCAL)]
    return _drug(procedure.tags, items, procedure, chart, records, library)


def drug_given_alone(given: Record, chart: Chart, library: Library) -> Drug:
    """Return what a MedicationAdministration by a local route says, where no procedure is recorded."""
    item = _Item(given.tags, *_concept_and_quantity(given.resource, chart), given.reference, linked=True)
    return Drug(agent_of(given.tags, library), None, False, _dose([item], library), (given.reference,))


def _drug(
    code_tags: frozenset[str], items: list[_Item], procedure: Record, chart: Chart, records: Records, library: Library
) -> Drug:
    steroids = [i for i in items if agent_of(i.tags, library)]
    others = [word for tag, word in _OTHERS.items() if tag in code_tags or any(tag in i.tags for i in items)]
    local = [i for i in items if "agent-local-anaesthetic" in i.tags]
    agents = sorted((agent_of(i.tags, library) or "" for i in steroids), key=list(library.doses.agents).index)
    agent = agents[0] if agents else None
    if agent is None and "injection-steroid" in code_tags and not others:
        agent = "corticosteroid"
    dose = _volumes(_dose(steroids, library), local, procedure, chart, records)
    other = None if agent else (others[0] if others else _unproven(code_tags, local))
    used = dict.fromkeys(i.reference for i in (*steroids, *local) if i.reference != procedure.reference)
    told = [r.resource for r in records.all if r.reference in used and r.kind == "MedicationAdministration"]
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


def _unproven(code_tags: frozenset[str], local: list[_Item]) -> str:
    """Name what an injection without a proven drug was."""
    if "aspiration-only" in code_tags:
        return "aspiration"
    if local or not code_tags.isdisjoint(
        ("injection-nerve-block", "injection-sympathetic-block", "therapy-diagnostic-block")
    ):
        return "anaesthetic"
    return "unknown"


def _items(procedure: Record, chart: Chart, records: Records, library: Library) -> Iterator[_Item]:
    resource: fhir.Procedure = procedure.resource
    terms = library.terms
    for concept in (*resource.used_code, *((resource.code,) if resource.code else ())):
        tags = terms.tags(concept)
        if any(tag.startswith("agent-") for tag in tags):
            yield _Item(tags, concept, None, procedure.reference, linked=True)
    for reference in resource.used_reference:
        medication = chart.find(reference, fhir.Medication, resource)
        if medication is not None:
            concepts = (medication.code, *(i.item_codeable_concept for i in medication.ingredient))
            tags = frozenset().union(*map(terms.tags, concepts))
            yield _Item(tags, medication.code, None, procedure.reference, linked=True)
    yield from _administered(procedure, chart, records)
    yield from _same_day_codes(procedure, records)
    yield from _requested(procedure, chart, records)


def _administered(procedure: Record, chart: Chart, records: Records) -> Iterator[_Item]:
    """MedicationAdministrations that name the procedure, or fit it by day and by encounter or body site."""
    for given in records.having(
        "agent-corticosteroid", *_OTHERS, "agent-local-anaesthetic", kind="MedicationAdministration"
    ):
        parents = [chart.key(p) for p in given.resource.part_of]
        linked = procedure.reference in parents
        if linked or (not any(parents) and _fits(procedure, given, chart)):
            yield _Item(given.tags, *_concept_and_quantity(given.resource, chart), given.reference, linked)


def _same_day_codes(procedure: Record, records: Records) -> Iterator[_Item]:
    """Drug codes that a claim turned into a Procedure of their own; with an intramuscular code they prove nothing."""
    if any(
        _near(procedure, r) and r.has("injection-systemic")
        for r in records.having("injection-systemic", kind="Procedure")
    ):
        return
    for other in records.having("agent-corticosteroid", *_OTHERS, "agent-local-anaesthetic", kind="Procedure"):
        if other.reference != procedure.reference and not is_injection(other.tags) and _fits(procedure, other, None):
            yield _Item(other.tags, other.resource.code, None, other.reference, linked=False)


def _requested(procedure: Record, chart: Chart, records: Records) -> Iterator[_Item]:
    """MedicationRequests of the same day and encounter for a drug that is made to be injected locally."""
    for asked in records.having("agent-corticosteroid", kind="MedicationRequest"):
        meant = asked.has("drug-injectable-steroid", "route-local")
        same = asked.day == procedure.day and chart.key(asked.resource.encounter) == chart.key(
            procedure.resource.encounter
        )
        if meant and same and procedure.resource.encounter is not None:
            yield _Item(asked.tags, *_concept_and_quantity(asked.resource, chart), asked.reference, linked=False)


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


def _dose(steroids: list[_Item], library: Library) -> Dose:
    """Add up what is linked to the procedure; of looser evidence take the largest, it may be the same vial twice."""
    read = [(i, _milligrams(i, library)) for i in steroids]
    known = [(i, dose) for i, dose in read if dose.milligrams is not None]
    if not known:
        return read[0][1] if read else Dose(why_unknown="no dose is recorded")
    linked = {i.reference: dose for i, dose in known if i.linked}
    if len(linked) > 1:
        return Dose(
            milligrams=sum(d.milligrams or 0 for d in linked.values()),
            steroid_ml=_sum(d.steroid_ml for d in linked.values()),
        )
    return max((dose for _, dose in known), key=lambda dose: dose.milligrams or 0)


def _sum(volumes: Iterable[float | None]) -> float | None:
    found = list(volumes)
    return None if None in found else sum(v for v in found if v is not None)


def _milligrams(item: _Item, library: Library) -> Dose:
    if item.quantity is None or item.quantity.value is None:
        return Dose(why_unknown="no dose is recorded")
    value, unit = item.quantity.value, (item.quantity.code or item.quantity.unit or "").strip().lower()
    per_ml = library.terms.number(item.concept, MG_PER_ML)
    if unit in _MASS:
        mg = value * _MASS[unit]
        return Dose(milligrams=mg, steroid_ml=mg / float(per_ml) if per_ml else None)
    if unit == "ml":
        if per_ml:
            return Dose(milligrams=value * float(per_ml), steroid_ml=value)
        return Dose(steroid_ml=value, why_unknown="the dose is a volume without a concentration")
    per_unit = library.terms.number(item.concept, MG_PER_UNIT)
    if unit in _COUNT and per_unit and not library.terms.flag(item.concept, CEILING_ONLY):
        return Dose(milligrams=value * float(per_unit))
    return Dose(why_unknown="the dose has no unit of mass")


def _volumes(dose: Dose, local: list[_Item], procedure: Record, chart: Chart, records: Records) -> Dose:
    anaesthetic = _observed(procedure, "obs-anaesthetic-volume", chart, records)
    if anaesthetic is None:
        ml = [
            i.quantity.value for i in local if i.quantity and (i.quantity.code or i.quantity.unit or "").lower() == "ml"
        ]
        anaesthetic = ml[0] if ml else None
    total = _observed(procedure, "obs-injectate-volume", chart, records)
    if total is None and anaesthetic is not None and dose.steroid_ml is not None:
        total = anaesthetic + dose.steroid_ml
    return replace(dose, anaesthetic_ml=anaesthetic, total_ml=total)


def _observed(procedure: Record, tag: str, chart: Chart, records: Records) -> float | None:
    """Read a volume in mL from an Observation that is part of the procedure, or focuses on it."""
    for record in records.having(tag, kind="Observation"):
        links = [chart.key(r) for r in (*record.resource.part_of, *record.resource.focus)]
        if procedure.reference in links and record.value is not None and record.unit.lower() == "ml":
            return record.value
    return None


def is_injection(tags: frozenset[str]) -> bool:
    """Whether a procedure code is one of an injection, aspiration or block."""
    return any(
        t.startswith("injection-") and t not in ("injection-systemic", "injection-not-steroid") for t in tags
    ) or ("aspiration-only" in tags)
