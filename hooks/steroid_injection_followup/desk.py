"""What every reader of a resource needs: the chart, the terminology, dates and statuses in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds_service import fhir_types as fhir
from cds_service.chart import Chart
from cds_service.dates import day
from cds_service.terminology import NO_TAGS, Terminology

from .records import Record, label_of


def tags_of(terms: Terminology, *concepts: fhir.CodeableConcept | None) -> frozenset[str]:
    """Return the tags of some concepts together."""
    found = NO_TAGS
    for concept in concepts:
        if concept is not None and (tags := terms.tags(concept)):
            found = found | tags if found else tags
    return found


def end_of(moment: str | None, period: fhir.Period | None) -> date | None:
    """A period is dated by its end (clinical model 2.0, Dates)."""
    if moment is not None:
        return day(moment)
    return day(period.end or period.start) if period else None


Reading = Record | str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What a reader has beside the resource: the chart, to follow references, and the terminology."""

    chart: Chart
    terms: Terminology

    def label(self, concept: fhir.CodeableConcept | None) -> str:
        """Return the words of a concept as sent; where a system sends a bare code, what the value sets call it."""
        if concept is None:
            return ""
        return label_of(concept) or next(filter(None, map(self._name, concept.coding)), "")

    def _name(self, coding: fhir.Coding) -> str | None:
        return self.terms.display(coding.system, coding.code)


def status_word(status: str | None) -> str:
    """Name a status only when it is one word of FHIR; anything else may hold anything."""
    return status if status and status.replace("-", "").isalpha() and len(status) < 24 else "not given"
