"""Facts of the whole body and of the limb: adrenal crisis, anaphylaxis, acute ischaemia, allergy."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from cds_service import fhir_types as fhir
from cds_service.dates import moment
from cds_service.plain_text import clean

from .. import quantities
from ..case import Case
from ..records import Record
from .reading import (
    PRESENT,
    Among,
    Shown,
    asserted,
    condition_shown,
    count_of,
    is_new,
    last_injected,
    owner,
    sited,
)
from .words import measured

_HYPOTENSION = ("condition-hypotension", "finding-hypotension")
_PRESSURE = ("obs-systolic-pressure", "obs-blood-pressure-panel")
_ANAPHYLAXIS, _ISCHAEMIA = "condition-anaphylaxis", "condition-limb-ischaemia-acute"
_ALLERGENS = (
    "allergen-corticosteroid", "agent-corticosteroid", "allergen-polyethylene-glycol",
    "allergen-carboxymethylcellulose", "allergen-benzyl-alcohol",
)  # fmt: skip


@count_of("condition-adrenal-crisis", among=(fhir.Condition,))
def adrenal_crisis(case: Case) -> list[Shown]:
    """An adrenal crisis, recent, shown with the site that was injected last within the adrenal days (count)."""
    since = case.since("redflag_recency_days")
    return [
        condition_shown(r, "adrenal crisis recorded")
        for r in case.find("condition-adrenal-crisis", kind="Condition", since=since, states=PRESENT, certain=True)
        if is_new(r, since) and owner(case, _adrenal(case))
    ]


@count_of("condition-adrenal-insufficiency", among=(fhir.Condition,))
def adrenal_insufficiency(case: Case) -> list[Shown]:
    """Adrenal insufficiency, of any date, shown with the site that was injected last (count)."""
    return [
        condition_shown(r, "adrenal insufficiency")
        for r in case.find("condition-adrenal-insufficiency", kind="Condition", states=PRESENT, certain=True)
        if owner(case, _adrenal(case))
    ]


@count_of(*_HYPOTENSION, *_PRESSURE, among=(fhir.Observation, fhir.Condition))
def low_pressure(case: Case) -> list[Shown]:
    """Hypotension, as a finding or as a systolic pressure below the bound, recent (count)."""
    since = case.since("redflag_recency_days")
    found = [
        condition_shown(r, "low blood pressure")
        for r in case.find(*_HYPOTENSION, since=since, states=PRESENT, certain=True)
        if asserted(r) and is_new(r, since)
    ]
    for record in case.find(*_PRESSURE, kind="Observation", since=since):
        systolic = _systolic(case, record)
        below = systolic is not None and quantities.reaches(
            systolic, quantities.millimetres_of_mercury, case.number("low_pressure_mmhg")
        )
        if systolic is not None and below is False:
            found.append(
                measured(
                    systolic, quantities.millimetres_of_mercury,
                    name="systolic pressure", short="systolic pressure", unit="mm Hg",
                )
            )  # fmt: skip
    return found


@count_of(_ANAPHYLAXIS, among=(fhir.Condition,))
def anaphylaxis(case: Case) -> list[Shown]:
    """Anaphylaxis within the hours after the injection, recent (count)."""
    since = max(case.injected, case.since("redflag_recency_days"))
    return _anaphylaxis(case, since, ("present",))


@count_of(_ANAPHYLAXIS, among=(fhir.Condition,))
def past_anaphylaxis(case: Case) -> list[Shown]:
    """Anaphylaxis within the hours after the injection, whenever that was and whether or not it is over (count)."""
    return _anaphylaxis(case, case.injected, ("present", "past"))


@count_of(_ISCHAEMIA, among=(fhir.Condition,))
def limb_ischaemia(case: Case) -> list[Shown]:
    """Acute ischaemia of the injected limb, recent and not before the injection (count)."""
    since = max(case.injected, case.since("redflag_recency_days"))
    return [
        condition_shown(r, "acute limb ischaemia recorded")
        for r in case.find(_ISCHAEMIA, since=since, states=PRESENT, certain=True)
        if r.kind == "Condition" and is_new(r, since) and _in_this_limb(case, r)
    ]


@count_of(*_ALLERGENS, among=(fhir.AllergyIntolerance,))
def allergy(case: Case) -> list[Shown]:
    """An active allergy to a corticosteroid or to an excipient of its suspensions (count)."""
    return [
        Shown(f"allergy: {clean(r.label, limit=80)}", "allergy recorded", (r.reference,))
        for r in case.find(*_ALLERGENS, kind="AllergyIntolerance", states=PRESENT)
        if owner(case, lambda episode: episode.index.steroid)
    ]


def _anaphylaxis(case: Case, since: date, states: tuple[str, ...]) -> list[Shown]:
    hours = case.number("anaphylaxis_hours")
    end = case.injected + timedelta(hours=hours)
    found = case.find(_ANAPHYLAXIS, kind="Condition", since=since, until=end, states=states, certain=True)
    return [
        condition_shown(r, "anaphylaxis recorded")
        for r in found
        if is_new(r, case.injected)
        and _within_hours(case, r, hours)
        and owner(case, lambda episode: episode.index.day == case.injected)
    ]


def _within_hours(case: Case, record: Record, hours: float) -> bool:
    """With both times known they are compared; else the same or the next calendar day counts."""
    given, began = moment(case.episode.index.when), _moment_of(record)
    return given is None or began is None or timedelta(0) <= began - given <= timedelta(hours=hours)


def _moment_of(record: Record) -> datetime | None:
    condition: fhir.Condition = record.resource
    return moment(condition.onset_date_time) or moment(condition.recorded_date)


def _systolic(case: Case, record: Record) -> Record | None:
    """The systolic part of a blood pressure that is recorded as a panel, or the record itself."""
    if record.has("obs-systolic-pressure") and record.value is not None:
        return record if record.state == "done" else None
    observation: fhir.Observation = record.resource
    for part in observation.component:
        if "obs-systolic-pressure" in case.library.terms.tags(part.code) and part.value_quantity is not None:
            return quantities.of_component(record, part.value_quantity)
    return None


def _in_this_limb(case: Case, record: Record) -> bool:
    limb, side = case.region.limb, case.episode.side
    if record.side not in ("unknown", "bilateral") and side not in ("unknown", "midline") and record.side != side:
        return False
    if not sited(record):
        return last_injected(case, lambda episode: bool(case.library.regions[episode.region].limb))
    regions = [r for r in case.library.regions.values() if r.limb == limb and not r.spine]
    return bool(limb) and (record.has(f"site-{limb}-limb") or any(record.has(*r.sites) for r in regions))


def _adrenal(case: Case) -> Among:
    days = case.number("adrenal_days")
    return lambda episode: (case.as_of - episode.index.day).days <= days
