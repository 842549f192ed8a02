"""Whom the service speaks about: adults who are alive; and whether a pregnancy is recorded."""

from __future__ import annotations

from cds_service import fhir_types as fhir
from cds_service.chart import Chart
from cds_service.dates import day
from cds_service.evidence import Fact, known, unknown
from cds_service.plain_text import clean

from ..case import Case, age_on
from ..library import Library
from ..records import Record
from .reading import PRESENT, asserted


def out_of_scope(chart: Chart, library: Library) -> str:
    """Return why nothing at all is said of this patient, or "": under 18, or recorded as having died.

    An age that the record does not tell does not put the patient out of scope; the explanation says what was not read.
    """
    patient = chart.patient
    if patient is None:
        return ""
    died = day(patient.deceased_date_time)
    if patient.deceased_boolean or (patient.deceased_date_time and (died is None or died <= chart.as_of)):
        return "the record says that the patient has died"
    minimum = library.number("minimum_age")
    age = age_on(patient, chart.as_of)
    return f"under {minimum:g}" if age is not None and age < minimum else ""


def pregnant(case: Case) -> Fact:
    """Whether a pregnancy is recorded as current; a record older than a pregnancy lasts does not tell."""
    since = case.since("pregnancy_days")
    conditions = [r for r in case.find("condition-pregnancy", states=PRESENT) if r.kind == "Condition"]
    current = [r for r in conditions if r.day is None or r.day >= since]
    status = case.latest("obs-pregnancy", kind="Observation", since=since, states=("done", "absent"))
    if status is not None and not any(r.day is not None and status.day and r.day > status.day for r in current):
        answer = _answer(status)
        if answer is not None:
            return known(answer, (status.reference,), _phrase(status))
    if current:
        return known(True, (current[-1].reference,), _phrase(current[-1]))
    return unknown(case.gap(fhir.Condition, fhir.Observation) or "a current pregnancy status")


def _answer(status: Record) -> bool | None:
    if status.state == "absent":
        return False
    said = status.has("condition-pregnancy") or (status.resource.value_codeable_concept is None and asserted(status))
    return True if said or status.has("answer-present", "answer-positive") else None


def _phrase(record: Record) -> str:
    return f"{clean(record.label, limit=80)} ({record.day.isoformat() if record.day else 'no date'})"
