"""What the words of a code tell of an injection where its codes do not: one confidence step lower, information at most.

Only `CodeableConcept.text` and displays are read, never notes or narrative (contract, Codes).
"""

from __future__ import annotations

from msgspec.structs import replace

from cds_service import fhir_types as fhir
from cds_service.chart import Chart, name
from cds_service.dates import day as day_of

from . import drugs, sites
from .library import Library
from .model import Dose, Injection
from .records import Record, Records, label_of


def filled(
    procedure: fhir.Procedure, drug: drugs.Drug, where: tuple[sites.Place, ...], library: Library
) -> tuple[drugs.Drug, tuple[sites.Place, ...], bool]:
    """Fill what a general code leaves open (drug, site) from its words; the last says whether words were needed."""
    proven = drug.agent is not None or drug.other_agent != "unknown"
    sited = any(place.region != "unspecified" for place in where)
    if proven and (drug.agent is None or sited):  # most are: no word is read
        return drug, where, False
    named = sites.place_in_words(label_of(procedure.code), library)
    if not proven and named:
        drug = replace(drug, agent="corticosteroid", other_agent=None)
    told = not proven and bool(named)
    if drug.agent is None or sited:
        return drug, where, told
    body = " ".join(label_of(concept) for concept in procedure.body_site)
    named = named or sites.sites_in_words(body, library)
    known = {place.side for place in where} - {"unknown"}
    spoken = tuple(p for p in named if not known or p.side in known)
    spoken = spoken or tuple(replace(p, side=side) for p in named[:1] if p.side == "unknown" for side in sorted(known))
    return drug, spoken or where, told or bool(spoken)


def injections_in_words(chart: Chart, records: Records, library: Library) -> list[Injection]:
    """A procedure without a known injection code, told by the words of its code alone: one step less certain."""
    procedures = chart.every(fhir.Procedure)
    labels = {label_of(procedure.code) for procedure in procedures}  # a chart says the same words many times
    telling = {label for label in labels if sites.tells_of_steroid(label, library)}
    if not telling:
        return []
    found: list[Injection] = []
    coded = {r.reference for r in records.all if r.kind == "Procedure" and _has_meaning(r)}
    for procedure in procedures:
        text = label_of(procedure.code)
        if text not in telling or procedure.status != "completed" or name(procedure) in coded:
            continue
        period = procedure.performed_period
        when = day_of(procedure.performed_date_time) or (day_of(period.end or period.start) if period else None)
        if when is None or when > chart.as_of:
            continue
        for place in sites.sites_in_words(text, library):
            found.append(
                Injection(
                    day=when,
                    region=place.region,
                    side=place.side,
                    structure=place.structure,
                    text_only=True,
                    references=(name(procedure),),
                    agent="corticosteroid",
                    given=True,
                    procedure=procedure,
                    dose=Dose(why_unknown="no dose is recorded"),
                    site_tags=place.tags,
                    site_inferred=place.inferred,
                    encounter=chart.key(procedure.encounter),
                    when=procedure.performed_date_time or "",
                )
            )
    return found


def _has_meaning(record: Record) -> bool:
    """Whether a procedure's codes say what it was; a body site alone does not."""
    return any(not t.startswith(("site-", "side-")) for t in record.tags)
