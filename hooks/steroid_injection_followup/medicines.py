"""From medicines given, prescribed and stated to records: which drug, when, and whether it is taken (model 2.0)."""

from __future__ import annotations

from cds_service import fhir_types as fhir
from cds_service.chart import name
from cds_service.dates import day, month_floor

from .desk import Desk, Reading, end_of, status_word, tags_of
from .records import Record, side_of

Medicine = fhir.MedicationAdministration | fhir.MedicationRequest | fhir.MedicationStatement


def _tags(m: Medicine, at: Desk) -> tuple[frozenset[str], fhir.Medication | None]:
    """Return the tags of a medicine, and the Medication that it refers to where the chart has it."""
    tags = at.terms.tags(m.medication_codeable_concept)
    if m.medication_reference is None:
        return tags, None
    medication = at.chart.find(m.medication_reference, fhir.Medication, m)
    if medication is not None:
        parts = [i.item_codeable_concept for i in medication.ingredient]
        tags |= tags_of(at.terms, medication.code, medication.form, *parts)
    return tags, medication


def _label(m: Medicine, medication: fhir.Medication | None, at: Desk) -> str:
    if medication is not None:
        return at.label(medication.code)
    by_name = m.medication_reference.display if m.medication_reference else None
    return at.label(m.medication_codeable_concept) or by_name or ""


def given(m: fhir.MedicationAdministration, at: Desk) -> Reading:
    """Read a medicine that was given."""
    tags, medication = _tags(m, at)
    if not tags:
        return None
    if m.status not in ("completed", "in-progress"):
        return f"{name(m)}: status is {status_word(m.status)}"
    if m.dosage:
        tags |= tags_of(at.terms, m.dosage.site, m.dosage.route)
    when = end_of(m.effective_date_time, m.effective_period)
    label = _label(m, medication, at)
    return Record("MedicationAdministration", name(m), tags, when, side_of(tags), "done", label, m)


def prescribed(m: fhir.MedicationRequest, at: Desk) -> Reading:
    """Read a medicine that was prescribed."""
    tags, medication = _tags(m, at)
    if not tags:
        return None
    if m.do_not_perform:
        return f"{name(m)}: it says not to perform"
    if m.status not in ("active", "on-hold", "completed", "stopped") or m.intent in ("proposal", "plan", "option"):
        return f"{name(m)}: status {status_word(m.status)}, intent {status_word(m.intent)}"
    for dosage in m.dosage_instruction:
        tags |= tags_of(at.terms, dosage.route, dosage.site)
    validity = m.dispense_request.validity_period if m.dispense_request else None
    state = "taking" if m.status in ("active", "on-hold") else "ended"
    until = day(validity.end) if validity else None
    label = _label(m, medication, at)
    return Record("MedicationRequest", name(m), tags, day(m.authored_on), side_of(tags), state, label, m, until=until)


def stated(m: fhir.MedicationStatement, at: Desk) -> Reading:
    """Read a medicine that is said to be taken."""
    tags, medication = _tags(m, at)
    if not tags:
        return None
    if m.status not in ("active", "completed", "stopped", "on-hold", "intended"):
        return f"{name(m)}: status is {status_word(m.status)}"
    start = m.effective_date_time or (m.effective_period.start if m.effective_period else None) or m.date_asserted
    until = day(m.effective_period.end) if m.effective_period else None
    state = "taking" if m.status in ("active", "on-hold") else "ended"
    return Record(
        "MedicationStatement",
        name(m),
        tags,
        day(start),
        side_of(tags),
        state,
        _label(m, medication, at),
        m,
        until=until,
        onset=month_floor(start),
    )
