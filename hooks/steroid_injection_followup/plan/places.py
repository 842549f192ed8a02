"""Whether a record concerns the place of a step: its site and side as the record names them, or does not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from cds_service.fhir_types import Condition, DiagnosticReport, ImagingStudy

from ..case import Case
from ..records import Record
from .ladders import ladders_of
from .pages import StepPage
from .picture import LIMBS, Place

_VAGUE = LIMBS | {"site-spine"}


def concerns(case: Case, place: Place, record: Record, step: StepPage) -> bool:
    """Whether an order or a result is of the place, as closely as the step asks for."""
    if step.match == "any":
        return True
    if step.match == "loose":
        return loosely(case, place, record)
    if step.match == "limb":
        return _on_limb(case, place, record)
    return names(case, place, record)


def loosely(case: Case, place: Place, record: Record) -> bool:
    """A therapy or referral that names no site is taken for this one."""
    return not named_sites(case, record) or names(case, place, record)


def names(case: Case, place: Place, record: Record) -> bool:
    """Whether a record names the place: exactly, or by no more than its limb or the spine; and not the other side."""
    sites = named_sites(case, record)
    exact = sites - _VAGUE
    if exact:
        return not exact.isdisjoint(place.named) and _same_side(place, record)
    return _vaguely(place, sites) and _same_side(place, record)


def _vaguely(place: Place, sites: frozenset[str]) -> bool:
    """A code that names no more than the limb, or the spine, may well mean this site."""
    if place.spine:
        return "site-spine" in sites
    return f"site-{place.limb}-limb" in sites


def _on_limb(case: Case, place: Place, record: Record) -> bool:
    """A nerve or an artery study concerns the whole limb."""
    limbs = limbs_of(case, record)
    return (not limbs or place.limb in limbs) and _same_side(place, record)


def limbs_of(case: Case, record: Record) -> frozenset[str]:
    """Return the limbs that the sites of a record belong to; those that a part of the spine serves for the spine."""
    sites = named_sites(case, record)
    regions = case.library.regions.values()
    limbs = {r.limb for r in regions if not sites.isdisjoint((*r.sites, *(() if r.spine else r.near)))}
    limbs |= {limb for limb in ("upper", "lower") if f"site-{limb}-limb" in sites}
    return frozenset(limbs - {""})


def _same_side(place: Place, record: Record) -> bool:
    return record.side in (place.side, "bilateral", "unknown") or place.side not in ("left", "right")


def named_sites(case: Case, record: Record) -> frozenset[str]:
    """Return the sites that a record names: in its codes, in the study that it reports, or in its reason."""
    every = ladders_of(case.library).sites
    sites = every & record.tags
    if sites <= _VAGUE and record.kind == "DiagnosticReport":
        sites |= every.intersection(chain.from_iterable(_studied(case, record.resource)))
    return sites or every.intersection(chain.from_iterable(_reason_tags(case, record)))


def _studied(case: Case, report: DiagnosticReport) -> Iterator[frozenset[str]]:
    terms = case.library.terms
    for reference in report.imaging_study:
        study = case.chart.find(reference, ImagingStudy)
        for series in study.series if study else ():
            if series.body_site is not None:
                yield terms.coding_tags(series.body_site.system, series.body_site.code)


def _reason_tags(case: Case, record: Record) -> Iterator[frozenset[str]]:
    terms = case.library.terms
    for code in getattr(record.resource, "reason_code", ()):
        yield terms.tags(code)
    for reference in getattr(record.resource, "reason_reference", ()):
        condition = case.chart.find(reference, Condition)
        if condition is not None:
            yield from (terms.tags(c) for c in (condition.code, *condition.body_site))
