"""From medicines given, prescribed and stated to records: which drug, when, and whether it is taken (model 2.0)."""

from __future__ import annotations

from cds_service import fhir_types as fhir
from cds_service.chart import Chart, name
from cds_service.dates import day, month_floor
from cds_service.terminology import Terminology

from .desk import Desk, Reading, end_of, status_word, tags_of
from .records import Record, label_of, side_of


def medicine_tags(
    resource: fhir.MedicationAdministration | fhir.MedicationRequest | fhir.MedicationStatement,
    chart: Chart,
    terms: Terminology,
) -> tuple[frozenset[str], str]:
    """Return the tags and the words of a medicine, through its reference where it has one."""
    concept = resource.medication_codeable_concept
    medication = chart.find(resource.medication_reference, fhir.Medication, resource)
    if medication is None:
        return tags_of(terms, concept), label_of(concept) or (
            resource.medication_reference or fhir.Reference()
        ).display or ""
    parts = [i.item_codeable_concept for i in medication.ingredient]
    return tags_of(terms, concept, medication.code, medication.form, *parts), label_of(medication.code)


def given(m: fhir.MedicationAdministration, at: Desk) -> Reading:
    """Read a medicine that was given."""
    tags, label = medicine_tags(m, at.chart, at.terms)
    if not tags:
        return None
    if m.status not in ("completed", "in-progress"):
        return f"{name(m)}: status is {status_word(m.status)}"
    if m.dosage:
        tags |= tags_of(at.terms, m.dosage.site, m.dosage.route)
    when = end_of(m.effective_date_time, m.effective_period)
    return Record("MedicationAdministration", name(m), tags, when, side_of(tags), "done", label, m)


def prescribed(m: fhir.MedicationRequest, at: Desk) -> Reading:
    """Read a medicine that was prescribed."""
    tags, label = medicine_tags(m, at.chart, at.terms)
    if not tags or m.do_not_perform:
        return f"{name(m)}: it says not to perform" if tags else None
    if m.status not in ("active", "on-hold", "completed", "stopped") or m.intent in ("proposal", "plan", "option"):
        return f"{name(m)}: status {status_word(m.status)}, intent {status_word(m.intent)}"
    tags |= tags_of(at.terms, *(d.route for d in m.dosage_instruction), *(d.site for d in m.dosage_instruction))
    validity = m.dispense_request.validity_period if m.dispense_request else None
    state = "taking" if m.status in ("active", "on-hold") else "ended"
    until = day(validity.end) if validity else None
    return Record("MedicationRequest", name(m), tags, day(m.authored_on), side_of(tags), state, label, m, until=until)


def stated(m: fhir.MedicationStatement, at: Desk) -> Reading:
    """Read a medicine that is said to be taken."""
    tags, label = medicine_tags(m, at.chart, at.terms)
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
        label,
        m,
        until=until,
        onset=month_floor(start),
    )
