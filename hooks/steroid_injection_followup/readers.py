"""From resource to record: each type read once, and its status judged here alone (clinical model 2.0, step 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cds_service import fhir_types as fhir
from cds_service.chart import Chart, name
from cds_service.dates import day, month_floor
from cds_service.terminology import NO_TAGS, Terminology

from .desk import Desk, Reading, end_of, status_word, tags_of
from .medicines import given, prescribed, stated
from .records import Record, Records, code_of, side_of

_PAST = frozenset({"inactive", "remission", "resolved"})
_NOT_TRUE = frozenset({"refuted", "entered-in-error"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_FINAL = frozenset({"final", "amended", "corrected"})
_LIVE_ORDER = frozenset({"active", "on-hold", "draft"})
_ORDER_INTENTS = frozenset({"order", "original-order", "filler-order", "instance-order"})
_BOOKED = frozenset({"booked", "pending", "arrived", "checked-in", "waitlist"})


def read(chart: Chart, terms: Terminology) -> Records:
    """Read every resource of the chart once."""
    desk = Desk(chart, terms)
    found: list[Record] = []
    unused: list[str] = []
    for kind, reader in _READERS.items():
        for resource in chart.resources.get(kind, ()):
            record = reader(resource, desk)
            if record is None:  # most resources of a chart
                continue
            if isinstance(record, str):
                unused.append(record)
            else:
                found.append(record)
    return Records(found, unused)


def _condition(c: fhir.Condition, at: Desk) -> Reading:
    tags = at.terms.tags(c.code)
    if c.body_site:
        tags |= tags_of(at.terms, *c.body_site)
    if not tags:
        return None
    verification, clinical = code_of(c.verification_status), code_of(c.clinical_status)
    if verification in _NOT_TRUE:
        return f"{name(c)}: verification status is {verification}"
    onset = c.onset_date_time or (c.onset_period.start if c.onset_period else None)
    until = end_of(c.abatement_date_time, c.abatement_period)
    past = clinical in _PAST or (not clinical and until is not None)
    return Record(
        "Condition",
        name(c),
        tags,
        day(onset) or day(c.recorded_date),
        side_of(tags),
        "past" if past else "present",
        at.label(c.code),
        c,
        certain=verification not in _UNSURE,
        until=until,
        onset=month_floor(onset),
    )


def _observation(o: fhir.Observation, at: Desk) -> Reading:
    said: fhir.Observation | fhir.Component = o
    tags = at.terms.tags(o.code)
    if o.component and not tags:
        said, tags = _known_part(o, at)
    if o.body_site:
        tags |= at.terms.tags(o.body_site)
    for extension in o.extension:
        if extension.value_codeable_concept:
            tags |= at.terms.tags(extension.value_codeable_concept)
    if not tags:
        return None
    if o.status not in _FINAL:
        return f"{name(o)}: status is {status_word(o.status)}"
    if said.value_codeable_concept:
        tags |= at.terms.tags(said.value_codeable_concept)
    quantity = said.value_quantity
    value = quantity.value if quantity else float(said.value_integer) if said.value_integer is not None else None
    return Record(
        "Observation",
        name(o),
        tags,
        day(o.effective_date_time or o.effective_instant) or end_of(None, o.effective_period),
        side_of(tags),
        _presence(o, tags),
        at.label(said.code),
        o,
        value=value,
        unit=(quantity.code or quantity.unit or "") if quantity else "",
        comparator=(quantity.comparator or "") if quantity else "",
        interpretation=tags_of(at.terms, *o.interpretation),
    )


def _known_part(o: fhir.Observation, at: Desk) -> tuple[fhir.Observation | fhir.Component, frozenset[str]]:
    """A panel of an unknown code with one part that we know (a pain score among vital signs) is read as that part."""
    known = [(part, tags) for part in o.component if (tags := at.terms.tags(part.code))]
    return known[0] if len(known) == 1 else (o, NO_TAGS)


def _presence(o: fhir.Observation, tags: frozenset[str]) -> str:
    """A finding recorded as absent, or not recorded at all, is not a finding; nor a relative's answer the patient's."""
    if o.data_absent_reason is not None:
        return "no-value"
    if o.performer and any("RelatedPerson/" in (p.reference or "") for p in o.performer):
        return "by-proxy"
    if o.value_boolean is False or "answer-absent" in tags or "answer-negative" in tags:
        return "absent"
    return "done"


def _procedure(p: fhir.Procedure, at: Desk) -> Reading:
    tags = at.terms.tags(p.code)
    if p.body_site or p.used_code:
        tags |= tags_of(at.terms, *p.body_site, *p.used_code)
    if not tags:
        return None
    if p.status not in ("completed", "stopped"):
        return f"{name(p)}: status is {status_word(p.status)}"
    start = day(p.performed_date_time) or (day(p.performed_period.start) if p.performed_period else None)
    return Record(
        "Procedure",
        name(p),
        tags,
        end_of(p.performed_date_time, p.performed_period),
        side_of(tags),
        "done" if p.status == "completed" else "stopped",
        at.label(p.code),
        p,
        onset=start,
    )


def _report(r: fhir.DiagnosticReport, at: Desk) -> Reading:
    tags = tags_of(at.terms, r.code, *r.conclusion_code, *(e.value_codeable_concept for e in r.extension))
    for reference in r.result:
        result = at.chart.find(reference, fhir.Observation)
        if result is not None and result.body_site is not None:
            tags |= at.terms.tags(result.body_site)
    for reference in r.imaging_study:
        if (study := at.chart.find(reference, fhir.ImagingStudy)) is not None:
            tags |= _series_tags(study, at)
    if not tags or r.status not in _FINAL:
        return f"{name(r)}: status is {status_word(r.status)}" if tags else None
    return Record(
        "DiagnosticReport",
        name(r),
        tags,
        end_of(r.effective_date_time, r.effective_period) or day(r.issued),
        side_of(tags),
        "done",
        ", ".join(filter(None, (at.label(r.code), *(at.label(c) for c in r.conclusion_code if at.terms.tags(c))))),
        r,
    )


def _study(s: fhir.ImagingStudy, at: Desk) -> Reading:
    modalities = (at.terms.coding_tags(c.system, c.code) for c in s.modality)
    tags = tags_of(at.terms, *s.procedure_code).union(_series_tags(s, at), *modalities)
    if not tags or s.status in ("cancelled", "entered-in-error"):
        return f"{name(s)}: status is {s.status}" if tags else None
    label = next((at.label(c) for c in s.procedure_code if at.label(c)), "imaging study")
    return Record("ImagingStudy", name(s), tags, day(s.started), side_of(tags), "done", label, s)


def _series_tags(s: fhir.ImagingStudy, at: Desk) -> frozenset[str]:
    tags = NO_TAGS
    for series in s.series:
        for coding in (series.modality, series.body_site, series.laterality):
            if coding is not None:
                tags |= at.terms.coding_tags(coding.system, coding.code)
    return tags


def _order(r: fhir.ServiceRequest, at: Desk) -> Reading:
    tags = tags_of(at.terms, r.code, *r.body_site, *r.order_detail, r.performer_type)
    if not tags:
        return None
    return _order_record(r, tags, at.label(r.code), end_of(r.occurrence_date_time, r.occurrence_period))


def _device(r: fhir.DeviceRequest, at: Desk) -> Reading:
    tags = tags_of(at.terms, r.code_codeable_concept)
    return _order_record(r, tags, at.label(r.code_codeable_concept), None) if tags else None


def _order_record(r: Any, tags: frozenset[str], label: str, due: date | None) -> Reading:
    if getattr(r, "do_not_perform", None):
        return f"{name(r)}: it says not to perform"
    if r.intent not in _ORDER_INTENTS or r.status not in (*_LIVE_ORDER, "completed"):
        return f"{name(r)}: status {status_word(r.status)}, intent {status_word(r.intent)}"
    state = "ordered" if r.status in _LIVE_ORDER else "ended"
    kind = type(r).__name__
    return Record(kind, name(r), tags, day(r.authored_on), side_of(tags), state, label, r, until=due)


def _allergy(a: fhir.AllergyIntolerance, at: Desk) -> Reading:
    tags = tags_of(at.terms, a.code, *(r.substance for r in a.reaction))
    if not tags:
        return None
    verification, clinical = code_of(a.verification_status), code_of(a.clinical_status)
    if verification in _NOT_TRUE:
        return f"{name(a)}: verification status is {verification}"
    state = "past" if clinical in ("inactive", "resolved") else "present"
    return Record("AllergyIntolerance", name(a), tags, None, "unknown", state, at.label(a.code), a)


def _encounter(e: fhir.Encounter, at: Desk) -> Reading:
    tags = tags_of(at.terms, *e.type, e.service_type, *e.reason_code)
    if not tags or e.status in ("cancelled", "entered-in-error", "planned"):
        return None
    start = day(e.period.start) if e.period else None
    return Record("Encounter", name(e), tags, start, side_of(tags), "done", at.label(e.service_type), e)


def _appointment(a: fhir.Appointment, at: Desk) -> Reading:
    tags = tags_of(at.terms, *a.service_type, *a.specialty, *a.reason_code)
    if not tags or a.status not in _BOOKED:
        return None
    label = next((at.label(c) for c in (*a.service_type, *a.specialty) if at.label(c)), "appointment")
    return Record("Appointment", name(a), tags, day(a.start), side_of(tags), "booked", label, a)


_READERS: Mapping[str, Callable[[Any, Desk], Reading]] = {
    "Condition": _condition,
    "Observation": _observation,
    "Procedure": _procedure,
    "DiagnosticReport": _report,
    "ImagingStudy": _study,
    "ServiceRequest": _order,
    "DeviceRequest": _device,
    "MedicationAdministration": given,
    "MedicationRequest": prescribed,
    "MedicationStatement": stated,
    "AllergyIntolerance": _allergy,
    "Encounter": _encounter,
    "Appointment": _appointment,
}
