"""Codes near an injection that no value set knows: what a site reads before it trusts the silence of the service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any, get_args

import msgspec

from cds_service import fhir_types as fhir
from cds_service.chart import Chart, name
from cds_service.dates import day as day_of
from cds_service.plain_text import clean
from cds_service.service import UnmappedCode
from cds_service.terminology import Terminology

from .injections import find_injections
from .library import Library
from .readers import read

# Statuses and the like: FHIR's own code systems, which the rules read by their code.
_ADMINISTRATIVE = frozenset({"clinical_status", "verification_status", "interpretation", "data_absent_reason"})
_MOMENTS = (
    "performed_date_time", "performed_period", "effective_date_time", "effective_instant", "effective_period",
    "onset_date_time", "onset_period", "recorded_date", "authored_on", "occurrence_date_time", "occurrence_period",
    "started", "period", "start", "issued", "date_asserted",
)  # fmt: skip
_VISITS = ("encounter", "context")


def unmapped(chart: Chart, library: Library) -> Iterator[UnmappedCode]:
    """Yield each unknown code of each resource near an injection: same visit, near in time, or same body site."""
    anchors = _Anchors(chart, library)
    if not anchors.any:  # most charts of a population
        return
    for kind, resources in chart.resources.items():
        if kind not in ("Patient", "Medication"):
            for resource in resources:
                if anchors.near(resource):
                    yield from _unknown((resource, *_medications(resource, chart)), library.terms)


class _Anchors:
    """The injections of a chart, and corticosteroids given beside which an injection may have gone unrecognised."""

    def __init__(self, chart: Chart, library: Library) -> None:
        records = read(chart, library.terms)
        found = find_injections(chart, records, library)
        given = list(records.having("agent-corticosteroid", kind="MedicationAdministration"))
        self._chart, self._terms = chart, library.terms
        self._window = library.number("unmapped_days")
        self._days = {i.day for i in found} | {r.day for r in given if r.day is not None}
        visits = (*(i.encounter for i in found), *(_visit(r.resource, chart) for r in given))
        self._visits = {visit for visit in visits if visit}
        regions = [library.regions[i.region] for i in found]
        self._sites = frozenset(site for region in regions for site in (*region.sites, *region.near))

    @property
    def any(self) -> bool:
        """Whether there is anything to be near to."""
        return bool(self._days or self._visits or self._sites)

    def near(self, resource: fhir.DomainResource) -> bool:
        """Whether a resource belongs to the visit, the weeks or the place of an injection."""
        visit = name(resource) if isinstance(resource, fhir.Encounter) else _visit(resource, self._chart)
        if visit in self._visits:
            return True
        when = _day(resource)
        if when is not None and any(abs((when - day).days) <= self._window for day in self._days):
            return True
        tags = (self._terms.coding_tags(c.system, c.code) for codings, _ in _concepts(resource) for c in codings)
        return any(not self._sites.isdisjoint(found) for found in tags)


def _visit(resource: msgspec.Struct, chart: Chart) -> str | None:
    return next((key for field in _of(type(resource), _VISITS) if (key := chart.key(getattr(resource, field)))), None)


def _day(resource: msgspec.Struct) -> date | None:
    for field in _of(type(resource), _MOMENTS):
        moment = getattr(resource, field)
        text = (moment.end or moment.start) if isinstance(moment, fhir.Period) else moment
        if isinstance(text, str) and (found := day_of(text)) is not None:
            return found
    return None


@cache
def _of(kind: type[msgspec.Struct], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the names that are fields of a type."""
    return tuple(name for name in names if name in kind.__struct_fields__)


def _medications(resource: Any, chart: Chart) -> tuple[fhir.Medication, ...]:
    found = chart.find(getattr(resource, "medication_reference", None), fhir.Medication, resource)
    return (found,) if found is not None else ()


def _unknown(resources: Iterable[fhir.DomainResource], terms: Terminology) -> Iterator[UnmappedCode]:
    found: dict[tuple[str, str], UnmappedCode] = {}
    for codings, text in (concept for resource in resources for concept in _concepts(resource)):
        known = [bool(terms.coding_tags(c.system, c.code)) for c in codings]
        if text and not any(c.code for c in codings):
            found.setdefault(("", text), UnmappedCode(system="", code="", display=clean(text, limit=80)))
        for coding, mapped in zip(codings, known, strict=True):
            if coding.code and not mapped:
                code = UnmappedCode(
                    system=clean(terms.system_name(coding.system) or coding.system or "", limit=80),
                    code=clean(coding.code, limit=40),
                    display=clean(coding.display or "", limit=80),
                    beside_known=any(known),
                )
                found.setdefault((code.system, code.code), code)
    yield from found.values()


def _concepts(value: Any) -> Iterator[tuple[tuple[fhir.Coding, ...], str | None]]:
    """Yield the codings and the text of every concept inside a resource."""
    if isinstance(value, fhir.CodeableConcept):
        yield value.coding, value.text
    elif isinstance(value, fhir.Coding):
        yield (value,), None
    elif isinstance(value, msgspec.Struct):
        for field in _fields(type(value)):
            inside = getattr(value, field)
            if inside is not None and inside != ():
                yield from _concepts(inside)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _concepts(item)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields in which a concept may be: not those of plain text, numbers and references."""
    plain = (str, int, float, bool, type(None), fhir.Reference, fhir.Period, fhir.Quantity)
    return tuple(
        field.name
        for field in msgspec.structs.fields(kind)
        if field.name not in _ADMINISTRATIVE and not _all_of(field.type, plain)
    )


def _all_of(declared: Any, plain: tuple[Any, ...]) -> bool:
    """Whether a declared type is made of plain ones alone."""
    inside = [part for part in get_args(declared) if part is not Ellipsis and not isinstance(part, msgspec.Meta)]
    return all(_all_of(part, plain) for part in inside) if inside else declared in plain
