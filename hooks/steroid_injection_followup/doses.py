"""How much was injected: milligrams and millilitres from quantities, strengths and recorded volumes; never guessed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from .library import Library
from .model import Dose
from .records import Record, Records

MG_PER_UNIT = "urn:injection-followup:milligrams-per-unit"
MG_PER_ML = "urn:injection-followup:milligrams-per-millilitre"
CEILING_ONLY = "urn:injection-followup:ceiling-only"

_NO_DOSE = "no dose is recorded"
_MASS = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
_COUNT = frozenset({"", "1", "{unit}", "unit", "units", "{each}", "each", "un"})


class Item(msgspec.Struct, frozen=True, gc=False):
    """One thing given: tags, the concept that carries its strength, the quantity, and what says so."""

    tags: frozenset[str]
    concept: fhir.CodeableConcept | None
    quantity: fhir.Quantity | None
    reference: str
    linked: bool


def dose_of(steroids: list[Item], library: Library) -> Dose:
    """Add up what is linked to the procedure; of looser evidence take the largest, it may be the same vial twice."""
    read = [(i, _milligrams(i, library)) for i in steroids]
    known = [(i, dose) for i, dose in read if dose.milligrams is not None]
    if not known:
        return next((dose for _, dose in read if dose.why_unknown != _NO_DOSE), Dose(why_unknown=_NO_DOSE))
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


def _milligrams(item: Item, library: Library) -> Dose:
    if item.quantity is None or item.quantity.value is None:
        return Dose(why_unknown=_NO_DOSE)
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
    return Dose(why_unknown="the dose in milligrams, the entry gives another unit")


def volumes(dose: Dose, local: list[Item], procedure: Record, chart: Chart, records: Records) -> Dose:
    """Add the volumes: what was observed, else what was given of anaesthetic and the sum of both."""
    anaesthetic = _observed(procedure, "obs-anaesthetic-volume", chart, records)
    if anaesthetic is None:
        ml = [
            i.quantity.value for i in local if i.quantity and (i.quantity.code or i.quantity.unit or "").lower() == "ml"
        ]
        anaesthetic = ml[0] if ml else None
    total = _observed(procedure, "obs-injectate-volume", chart, records)
    if total is None and anaesthetic is not None and dose.steroid_ml is not None:
        total = anaesthetic + dose.steroid_ml
    if anaesthetic is None and total is None:
        return dose
    return replace(dose, anaesthetic_ml=anaesthetic, total_ml=total)


def _observed(procedure: Record, tag: str, chart: Chart, records: Records) -> float | None:
    """Read a volume in mL from an Observation that is part of the procedure, or focuses on it."""
    for record in records.having(tag, kind="Observation"):
        links = [chart.key(r) for r in (*record.resource.part_of, *record.resource.focus)]
        if procedure.reference in links and record.value is not None and record.unit.lower() == "ml":
            return record.value
    return None
