"""Chart -> injections -> episodes: find them, join what is recorded twice, split what was given on both sides.

An episode is one region and side; its index is the latest corticosteroid injection in the look-back. What was
injected without proof of a corticosteroid stands apart and never makes a failure card (clinical model 2.0, steps 3-6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from . import drugs, sites, spoken
from .joining import joined
from .library import Library
from .model import Dose, Episode, Guidance, Injection
from .records import Record, Records, label_of

_NEVER = ("injection-not-steroid", "injection-addon-level", "injection-systemic")


def find_injections(chart: Chart, records: Records, library: Library) -> tuple[Injection, ...]:
    """Return every injection of the chart up to its as-of day, oldest first, one an event, site and side."""
    first = chart.as_of - timedelta(days=library.number("history_days") + library.number("join_days"))
    injected = records.having(*library.injection_tags, kind="Procedure")
    procedures = [r for r in injected if _counts(r, first, chart, library)]
    found = [i for r in procedures for i in _from_procedure(r, chart, records, library)]
    used = {reference for injection in found for reference in injection.references}
    found += [
        i
        for r in _given_locally(records, first, chart)
        if r.reference not in used
        for i in _from_drug(r, chart, library)
    ]
    found += spoken.injections_in_words(chart, records, library)
    return joined(found, library)


def episodes(injections: Iterable[Injection], as_of: date, library: Library) -> tuple[Episode, ...]:
    """Group injections by region and side, newest episode first; without a steroid it is listed, and only that."""
    lookback = as_of - timedelta(days=library.number("index_lookback_days"))
    by_site: defaultdict[tuple[str, str], list[Injection]] = defaultdict(list)
    for injection in injections:
        by_site[injection.region, injection.side].append(injection)
    found = [e for group in by_site.values() if (e := _episode(group, lookback)) is not None]
    return tuple(sorted(found, key=lambda e: (-e.index.day.toordinal(), e.region, e.side)))


def _episode(group: list[Injection], lookback: date) -> Episode | None:
    newest_first = sorted(group, key=lambda i: i.day, reverse=True)
    steroids = tuple(i for i in newest_first if i.steroid)
    others = tuple(i for i in newest_first if not i.steroid)
    index = steroids[0] if steroids and steroids[0].day >= lookback else None
    if index is None:
        recent = next((i for i in others if i.day >= lookback), None)
        return (
            None if recent is None else Episode(recent.region, recent.side, recent.structure, recent, steroids, others)
        )
    return Episode(index.region, index.side, index.structure, index, steroids[1:], others)


def _counts(record: Record, first: date, chart: Chart, library: Library) -> bool:
    """Older injections than the history of two years change nothing and are not worked out.

    The procedure's own code decides: hyaluronate among the drugs used does not hide a steroid given with it.
    """
    if record.day is None or not first <= record.day <= chart.as_of:
        return False
    code = library.terms.tags(record.resource.code)
    return drugs.is_injection(code) and code.isdisjoint(_NEVER)


def _from_procedure(record: Record, chart: Chart, records: Records, library: Library) -> list[Injection]:
    procedure: fhir.Procedure = record.resource
    drug = drugs.drug_of(record, chart, records, library)
    codes, conditions = procedure.reason_code, _conditions_of(procedure, chart)
    reasons = _reasons(codes, conditions, library)
    if not reasons:  # a reason in words alone tells no place; the drug's own record may
        codes, conditions = drug.reason_codes, drug.reason_conditions
        reasons = _reasons(codes, conditions, library)
    code_tags = library.terms.tags(procedure.code)
    where = sites.places(code_tags, procedure.body_site or drug.sites[:1], reasons, library)
    drug, where, told = spoken.filled(procedure, drug, where, library)
    guidance, contrast, by = _guidance(record, records, chart)
    proven = drug.agent is not None and drug.agent != "corticosteroid"
    return [
        Injection(
            day=record.day or chart.as_of,
            region=place.region,
            side=place.side,
            structure=place.structure,
            references=(record.reference, *drug.references, *by),
            agent=drug.agent,
            other_agent=drug.other_agent,
            anaesthetic=drug.anaesthetic,
            dose=_shared(drug.dose, len(where)),
            guidance=guidance,
            contrast=contrast,
            given=record.state == "done" or proven,
            site_inferred=place.inferred,
            text_only=told,
            conflict=place.conflict,
            when=procedure.performed_date_time or "",
            encounter=chart.key(procedure.encounter),
            code_tags=record.tags,
            site_tags=place.tags,
            reasons=(*codes, *(c.code for c in conditions if c.code)),
            reason_conditions=conditions,
            procedure=procedure,
        )
        for place in where
    ]


def _conditions_of(procedure: fhir.Procedure, chart: Chart) -> tuple[fhir.Condition, ...]:
    return tuple(c for r in procedure.reason_reference if (c := chart.find(r, fhir.Condition)) is not None)


def _reasons(
    codes: Iterable[fhir.CodeableConcept], conditions: Iterable[fhir.Condition], library: Library
) -> tuple[sites.Reason, ...]:
    found = [sites.reason_of(code, library.terms) for code in codes]
    for condition in conditions:
        tags = frozenset().union(*map(library.terms.tags, (condition.code, *condition.body_site)))
        found.append(sites.Reason(tags, label_of(condition.code)) if tags else None)
    return tuple(r for r in found if r is not None)


def _shared(dose: Dose, places: int) -> Dose:
    """One dose recorded for two sides says nothing of either."""
    if places < 2 or dose.milligrams is None:
        return dose
    return Dose(why_unknown="one dose is recorded for both sides")


def _guidance(record: Record, records: Records, chart: Chart) -> tuple[Guidance, bool, tuple[str, ...]]:
    """Return the three-valued guidance, whether contrast is inherent, and what else says so."""
    by = tuple(
        other.reference
        for other in records.having("guidance-procedure", "guidance-recorded")
        if other.reference != record.reference
        and other.day == record.day
        and _same_event(record, other, chart)
        and not drugs.is_injection(other.tags)
        and other.state == "done"
    )
    if record.has("guidance-recorded", "guidance-procedure") or by:
        return "guided", record.has("guidance-contrast"), by
    if record.has("guidance-stated-none", "finding-injection-unguided"):
        return "explicit-unguided", False, ()
    return "unknown", False, ()


def _same_event(record: Record, other: Record, chart: Chart) -> bool:
    """Guidance of the same day belongs to the injection unless it names another encounter or another site."""
    ours, theirs = (chart.key(getattr(r.resource, "encounter", None)) for r in (record, other))
    if ours and theirs and ours != theirs:
        return False
    named = {t for t in other.tags if t.startswith("site-")}
    mine = {t for t in record.tags if t.startswith("site-")}
    return not named or not mine or bool(named & mine)


def _given_locally(records: Records, first: date, chart: Chart) -> Iterable[Record]:
    for given in records.having("agent-corticosteroid", kind="MedicationAdministration"):
        local = given.has("route-local", "route-intra-articular", "route-epidural")
        if local and not given.has("route-systemic") and given.day is not None and first <= given.day <= chart.as_of:
            yield given


def _from_drug(record: Record, chart: Chart, library: Library) -> list[Injection]:
    """A steroid given by a local route proves an injection even where no procedure is recorded."""
    drug = drugs.drug_given_alone(record, chart, library)
    given: fhir.MedicationAdministration = record.resource
    conditions = tuple(c for r in given.reason_reference if (c := chart.find(r, fhir.Condition)) is not None)
    body = (given.dosage.site,) if given.dosage and given.dosage.site else ()
    where = sites.places(record.tags, body, _reasons(given.reason_code, conditions, library), library)
    return [
        Injection(
            day=record.day or chart.as_of,
            region=p.region,
            side=p.side,
            structure=p.structure,
            references=(record.reference,),
            agent=drug.agent,
            dose=_shared(drug.dose, len(where)),
            when=given.effective_date_time or "",
            encounter=chart.key(given.context),
            site_tags=p.tags,
            site_inferred=p.inferred,
            reasons=given.reason_code,
            reason_conditions=conditions,
        )
        for p in where
    ]
