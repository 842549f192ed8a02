"""The chart in the words of the rules: each resource that carries a known code, once, with its tags, day and side.

A resource none of whose codes is in a value set is dropped here and costs nothing further on.
Statuses are judged here and nowhere else (clinical model 2.0, step 2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service import fhir_types as fhir
from cds_service.chart import Chart, name
from cds_service.dates import day, month_floor
from cds_service.terminology import NO_TAGS, Terminology

from .model import Side

_PRESENT = frozenset({"active", "recurrence", "relapse"})
_PAST = frozenset({"inactive", "remission", "resolved"})
_NOT_TRUE = frozenset({"refuted", "entered-in-error"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_FINAL = frozenset({"final", "amended", "corrected"})
_LIVE_ORDER = frozenset({"active", "on-hold", "draft"})
_ORDER_INTENTS = frozenset({"order", "original-order", "filler-order", "instance-order"})
_BOOKED = frozenset({"booked", "pending", "arrived", "checked-in", "waitlist"})


@dataclass(frozen=True, slots=True)
class Record:
    """One resource as the rules see it.

    `tags` are the value sets of its codes and body sites; `day` the clinical day (`None`: no usable date);
    `state` is "present", "past" (conditions), "done", "stopped" (procedures, reports, results, encounters), "ordered",
    "booked", "ended" (orders) or "taking" (medicines); `certain` is false for provisional diagnoses;
    `until` the day it ended, where known; `value` a number with `unit`; `label` words for a card, not yet cleaned.
    """

    kind: str
    reference: str
    tags: frozenset[str]
    day: date | None
    side: Side
    state: str
    label: str
    resource: Any
    certain: bool = True
    until: date | None = None
    onset: date | None = None
    value: float | None = None
    unit: str = ""
    comparator: str = ""
    interpretation: frozenset[str] = frozenset()

    def has(self, *tags: str) -> bool:
        """Whether it carries any of the tags."""
        return not self.tags.isdisjoint(tags)


class Records:
    """All records of a chart, found by tag."""

    __slots__ = ("_by_tag", "all", "undated", "unused_status")

    def __init__(self, found: Iterable[Record], unused_status: Iterable[str] = ()) -> None:
        """Order the records by day once, undated ones first, so that no question sorts them again."""
        self.all = tuple(sorted(found, key=_when))
        self.unused_status = tuple(unused_status)
        self.undated = tuple(r.reference for r in self.all if r.day is None and r.kind in ("Procedure", "Observation"))
        self._by_tag: defaultdict[str, list[Record]] = defaultdict(list)
        for record in self.all:
            for tag in record.tags:
                self._by_tag[tag].append(record)

    def having(self, *tags: str, kind: str | None = None) -> Iterator[Record]:
        """Yield the records that carry any of the tags, each once, latest day last; undated ones first."""
        held = [found for tag in tags if (found := self._by_tag.get(tag))]
        if not held:
            return
        records = held[0] if len(held) == 1 else sorted({id(r): r for found in held for r in found}.values(), key=_when)
        for record in records:
            if kind is None or record.kind == kind:
                yield record


def _when(record: Record) -> tuple[date, str]:
    return record.day or date.min, record.reference


def side_of(tags: frozenset[str]) -> Side:
    """Return the side that a set of tags names; both sides named make it bilateral."""
    left, right = "side-left" in tags, "side-right" in tags
    if "side-bilateral" in tags or (left and right):
        return "bilateral"
    return "left" if left else "right" if right else "unknown"


def read(chart: Chart, terms: Terminology) -> Records:
    """Read every resource of the chart once."""
    desk = _Desk(chart, terms)
    found: list[Record] = []
    unused: list[str] = []
    for kind, reader in _READERS.items():
        for resource in chart.resources.get(kind, ()):
            record = reader(resource, desk)
            if isinstance(record, Record):
                found.append(record)
            elif record is not None:
                unused.append(record)
    return Records(found, unused)


def label_of(concept: fhir.CodeableConcept | None) -> str:
    """Return the words of a concept: its text, else the first display."""
    if concept is None:
        return ""
    return concept.text or next((c.display for c in concept.coding if c.display), "")


def code_of(concept: fhir.CodeableConcept | None) -> str:
    """Return the first code of a concept, for FHIR's own status concepts."""
    if concept is None:
        return ""
    return next((c.code for c in concept.coding if c.code), "")


def _tags(terms: Terminology, *concepts: fhir.CodeableConcept | None) -> frozenset[str]:
    found = NO_TAGS
    for concept in concepts:
        if concept is not None and (tags := terms.tags(concept)):
            found = found | tags if found else tags
    return found


def _end(moment: str | None, period: fhir.Period | None) -> date | None:
    """A period is dated by its end (clinical model 2.0, Dates)."""
    if moment is not None:
        return day(moment)
    return day(period.end or period.start) if period else None


Reading = Record | str | None


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a reader has beside the resource: the chart, to follow references, and the terminology."""

    chart: Chart
    terms: Terminology


def _condition(c: fhir.Condition, at: _Desk) -> Reading:
    tags = _tags(at.terms, c.code, *c.body_site)
    if not tags:
        return None
    verification, clinical = code_of(c.verification_status), code_of(c.clinical_status)
    if verification in _NOT_TRUE:
        return f"{name(c)}: verification status is {verification}"
    onset = c.onset_date_time or (c.onset_period.start if c.onset_period else None)
    until = _end(c.abatement_date_time, c.abatement_period)
    past = clinical in _PAST or (not clinical and until is not None)
    return Record(
        "Condition",
        name(c),
        tags,
        day(onset) or day(c.recorded_date),
        side_of(tags),
        "past" if past else "present",
        label_of(c.code),
        c,
        certain=verification not in _UNSURE,
        until=until,
        onset=month_floor(onset),
    )


def _observation(o: fhir.Observation, at: _Desk) -> Reading:
    tags = _tags(at.terms, o.code, o.body_site, *(e.value_codeable_concept for e in o.extension))
    if not tags or o.status not in _FINAL:
        return f"{name(o)}: status is {_word(o.status)}" if tags else None
    if o.value_codeable_concept:
        tags |= at.terms.tags(o.value_codeable_concept)
    quantity = o.value_quantity
    value = quantity.value if quantity else float(o.value_integer) if o.value_integer is not None else None
    return Record(
        "Observation",
        name(o),
        tags,
        day(o.effective_date_time or o.effective_instant) or _end(None, o.effective_period),
        side_of(tags),
        _presence(o, tags),
        label_of(o.code),
        o,
        value=value,
        unit=(quantity.code or quantity.unit or "") if quantity else "",
        comparator=(quantity.comparator or "") if quantity else "",
        interpretation=_tags(at.terms, *o.interpretation),
    )


def _presence(o: fhir.Observation, tags: frozenset[str]) -> str:
    """A finding recorded as absent, or not recorded at all, is not a finding; nor a relative's answer the patient's."""
    if o.data_absent_reason is not None:
        return "no-value"
    if any("RelatedPerson/" in (p.reference or "") for p in o.performer):
        return "by-proxy"
    if o.value_boolean is False or "answer-absent" in tags or "answer-negative" in tags:
        return "absent"
    return "done"


def _procedure(p: fhir.Procedure, at: _Desk) -> Reading:
    tags = _tags(at.terms, p.code, *p.body_site, *p.used_code)
    if not tags:
        return None
    if p.status not in ("completed", "stopped"):
        return f"{name(p)}: status is {_word(p.status)}"
    start = day(p.performed_date_time) or (day(p.performed_period.start) if p.performed_period else None)
    return Record(
        "Procedure",
        name(p),
        tags,
        _end(p.performed_date_time, p.performed_period),
        side_of(tags),
        "done" if p.status == "completed" else "stopped",
        label_of(p.code),
        p,
        onset=start,
    )


def _report(r: fhir.DiagnosticReport, at: _Desk) -> Reading:
    sites = [e.value_codeable_concept for e in r.extension]
    results = [at.chart.find(reference, fhir.Observation) for reference in r.result]
    studies = [at.chart.find(reference, fhir.ImagingStudy) for reference in r.imaging_study]
    codings = tuple(c for s in studies if s is not None for c in _series_codings(s) if c is not None)
    sites += [o.body_site for o in results if o is not None] + [fhir.CodeableConcept(coding=codings)]
    tags = _tags(at.terms, r.code, *r.conclusion_code, *sites)
    if not tags or r.status not in _FINAL:
        return f"{name(r)}: status is {_word(r.status)}" if tags else None
    return Record(
        "DiagnosticReport",
        name(r),
        tags,
        _end(r.effective_date_time, r.effective_period) or day(r.issued),
        side_of(tags),
        "done",
        label_of(r.code),
        r,
    )


def _study(s: fhir.ImagingStudy, at: _Desk) -> Reading:
    codings = [c for c in (*s.modality, *_series_codings(s)) if c is not None]
    tags = _tags(at.terms, *s.procedure_code, fhir.CodeableConcept(coding=tuple(codings)))
    if not tags or s.status in ("cancelled", "entered-in-error"):
        return f"{name(s)}: status is {s.status}" if tags else None
    return Record("ImagingStudy", name(s), tags, day(s.started), side_of(tags), "done", _study_label(s), s)


def _study_label(s: fhir.ImagingStudy) -> str:
    return next((label_of(c) for c in s.procedure_code if label_of(c)), "imaging study")


def _series_codings(s: fhir.ImagingStudy) -> Iterator[fhir.Coding | None]:
    for series in s.series:
        yield from (series.modality, series.body_site, series.laterality)


def _order(r: fhir.ServiceRequest, at: _Desk) -> Reading:
    tags = _tags(at.terms, r.code, *r.body_site, *r.order_detail, r.performer_type)
    if not tags:
        return None
    return _order_record(r, tags, label_of(r.code), _end(r.occurrence_date_time, r.occurrence_period))


def _device(r: fhir.DeviceRequest, at: _Desk) -> Reading:
    tags = _tags(at.terms, r.code_codeable_concept)
    return _order_record(r, tags, label_of(r.code_codeable_concept), None) if tags else None


def _order_record(r: Any, tags: frozenset[str], label: str, due: date | None) -> Reading:
    if getattr(r, "do_not_perform", None):
        return f"{name(r)}: it says not to perform"
    if r.intent not in _ORDER_INTENTS or r.status not in (*_LIVE_ORDER, "completed"):
        return f"{name(r)}: status {_word(r.status)}, intent {_word(r.intent)}"
    state = "ordered" if r.status in _LIVE_ORDER else "ended"
    kind = type(r).__name__
    return Record(kind, name(r), tags, day(r.authored_on), side_of(tags), state, label, r, until=due)


def medicine_tags(
    resource: fhir.MedicationAdministration | fhir.MedicationRequest | fhir.MedicationStatement,
    chart: Chart,
    terms: Terminology,
) -> tuple[frozenset[str], str]:
    """Return the tags and the words of a medicine, through its reference where it has one."""
    concept = resource.medication_codeable_concept
    medication = chart.find(resource.medication_reference, fhir.Medication, resource)
    if medication is None:
        return _tags(terms, concept), label_of(concept) or (
            resource.medication_reference or fhir.Reference()
        ).display or ""
    parts = [i.item_codeable_concept for i in medication.ingredient]
    return _tags(terms, concept, medication.code, medication.form, *parts), label_of(medication.code)


def _given(m: fhir.MedicationAdministration, at: _Desk) -> Reading:
    tags, label = medicine_tags(m, at.chart, at.terms)
    if not tags:
        return None
    if m.status not in ("completed", "in-progress"):
        return f"{name(m)}: status is {_word(m.status)}"
    if m.dosage:
        tags |= _tags(at.terms, m.dosage.site, m.dosage.route)
    when = _end(m.effective_date_time, m.effective_period)
    return Record("MedicationAdministration", name(m), tags, when, side_of(tags), "done", label, m)


def _prescribed(m: fhir.MedicationRequest, at: _Desk) -> Reading:
    tags, label = medicine_tags(m, at.chart, at.terms)
    if not tags or m.do_not_perform:
        return f"{name(m)}: it says not to perform" if tags else None
    if m.status not in ("active", "on-hold", "completed", "stopped") or m.intent in ("proposal", "plan", "option"):
        return f"{name(m)}: status {_word(m.status)}, intent {_word(m.intent)}"
    tags |= _tags(at.terms, *(d.route for d in m.dosage_instruction), *(d.site for d in m.dosage_instruction))
    validity = m.dispense_request.validity_period if m.dispense_request else None
    state = "taking" if m.status in ("active", "on-hold") else "ended"
    until = day(validity.end) if validity else None
    return Record("MedicationRequest", name(m), tags, day(m.authored_on), side_of(tags), state, label, m, until=until)


def _stated(m: fhir.MedicationStatement, at: _Desk) -> Reading:
    tags, label = medicine_tags(m, at.chart, at.terms)
    if not tags:
        return None
    if m.status not in ("active", "completed", "stopped", "on-hold", "intended"):
        return f"{name(m)}: status is {_word(m.status)}"
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


def _allergy(a: fhir.AllergyIntolerance, at: _Desk) -> Reading:
    tags = _tags(at.terms, a.code, *(r.substance for r in a.reaction))
    if not tags:
        return None
    verification, clinical = code_of(a.verification_status), code_of(a.clinical_status)
    if verification in _NOT_TRUE:
        return f"{name(a)}: verification status is {verification}"
    state = "past" if clinical in ("inactive", "resolved") else "present"
    return Record("AllergyIntolerance", name(a), tags, None, "unknown", state, label_of(a.code), a)


def _encounter(e: fhir.Encounter, at: _Desk) -> Reading:
    tags = _tags(at.terms, *e.type, e.service_type, *e.reason_code)
    if not tags or e.status in ("cancelled", "entered-in-error", "planned"):
        return None
    start = day(e.period.start) if e.period else None
    return Record("Encounter", name(e), tags, start, side_of(tags), "done", label_of(e.service_type), e)


def _appointment(a: fhir.Appointment, at: _Desk) -> Reading:
    tags = _tags(at.terms, *a.service_type, *a.specialty, *a.reason_code)
    if not tags or a.status not in _BOOKED:
        return None
    label = next((label_of(c) for c in (*a.service_type, *a.specialty) if label_of(c)), "appointment")
    return Record("Appointment", name(a), tags, day(a.start), side_of(tags), "booked", label, a)


def _word(status: str | None) -> str:
    """Name a status only when it is one word of FHIR; anything else may hold anything."""
    return status if status and status.replace("-", "").isalpha() and len(status) < 24 else "not given"


_READERS: Mapping[str, Callable[[Any, _Desk], Reading]] = {
    "Condition": _condition,
    "Observation": _observation,
    "Procedure": _procedure,
    "DiagnosticReport": _report,
    "ImagingStudy": _study,
    "ServiceRequest": _order,
    "DeviceRequest": _device,
    "MedicationAdministration": _given,
    "MedicationRequest": _prescribed,
    "MedicationStatement": _stated,
    "AllergyIntolerance": _allergy,
    "Encounter": _encounter,
    "Appointment": _appointment,
}
