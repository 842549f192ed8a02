"""Facts of the needle: guidance, target, volume, dose, the recorded course of the procedure (causes 2, 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown
from cds_service.plain_text import clean

from .. import quantities
from ..case import DAY, Case
from ..pages import DoseClass
from ..records import Record
from .registry import Facts, fact, fact_from
from .words import measured, number, yes

_UNSUCCESSFUL = "outcome-unsuccessful"
_GUIDANCE = {"guided": "image guidance is recorded", "explicit-unguided": "the record states no image guidance"}


@fact
def guidance(facts: Facts) -> Fact:
    """Guidance as recorded: "guided" or "explicit-unguided"; when nothing is said it is unknown, never unguided."""
    index = facts.case.episode.index
    if index.guidance == "unknown":
        return unknown("whether image guidance was used")
    return known(index.guidance, index.references, _GUIDANCE[index.guidance])


@fact
def guidance_recorded(facts: Facts) -> Fact:
    """Whether the record says anything of guidance."""
    index = facts.case.episode.index
    return known(index.guidance != "unknown", index.references[:1], "guidance is not recorded")


@fact
def target_depth(facts: Facts) -> Fact:
    """How deep the target lies: deep, spinal, intermediate or superficial."""
    case = facts.case
    if case.region.depth == "unknown" or case.episode.index.site_inferred:
        return unknown("the exact structure that was injected")
    return known(case.region.depth, case.episode.index.references[:1], f"{case.site}: {case.region.depth} target")


@fact
def target_conflict(facts: Facts) -> Fact:
    """Whether side, site or structure of the injection conflict with the documented reason."""
    index = facts.case.episode.index
    if not index.reasons:
        return unknown("the documented reason for the injection")
    return known(bool(index.conflict), index.references, clean(index.conflict, limit=160))


@fact
def anaesthetic_given(facts: Facts) -> Fact:
    """Whether a local anaesthetic was given with the steroid."""
    index = facts.case.episode.index
    return known(True, index.references) if index.anaesthetic else unknown("whether a local anaesthetic was given")


@fact
def procedure_failed(facts: Facts) -> Fact:
    """Whether the record says that the procedure failed, was incomplete or was stopped."""
    case = facts.case
    procedure = case.episode.index.procedure
    if procedure is None:
        return unknown("the outcome of the procedure")
    concepts = (procedure.outcome, *procedure.complication)
    tags = frozenset().union(*(case.library.terms.tags(c) for c in concepts))
    failed = procedure.status == "stopped" or _UNSUCCESSFUL in tags
    if not failed and procedure.outcome is None and not procedure.complication:
        return unknown("the outcome of the procedure")
    return known(failed, case.episode.index.references[:1], _ended(procedure, case) if failed else "")


def _ended(procedure: fhir.Procedure, case: Case) -> str:
    if procedure.status == "stopped":
        return "stopped"
    terms = case.library.terms
    codings = [c for concept in (procedure.outcome, *procedure.complication) if concept for c in concept.coding]
    named = (terms.display(c.system, c.code) for c in codings if _UNSUCCESSFUL in terms.coding_tags(c.system, c.code))
    return (next(named, None) or "not successful").lower()


@fact_from("condition-infection-at-site", missing="signs of infection (none are recorded)")
def infection_after(facts: Facts) -> Fact | None:
    """Whether an infection at the site is recorded from the day after the injection to sixteen weeks."""
    case = facts.case
    last = case.injected + case.span("infection_window_days")
    found = case.find("condition-infection-at-site", at_site=True, since=case.injected + DAY, until=last)
    return yes(found) if found else None


def _class(facts: Facts) -> DoseClass | None:
    return facts.case.library.doses.classes.get(facts.case.region.dose_class)


@fact
def total_volume_ml(facts: Facts) -> Fact:
    """Total injectate in mL."""
    index = facts.case.episode.index
    if index.dose.total_ml is None:
        return unknown("the injected volume")
    return known(index.dose.total_ml, index.references, f"{number(index.dose.total_ml)} mL")


@fact
def volume_percent_of_lower(facts: Facts) -> Fact:
    """Total injectate in percent of the lower volume usually reported for the site."""
    volume, bounds = facts["total_volume_ml"], _class(facts)
    if volume.value is None or bounds is None:
        return unknown("the injected volume")
    return known(float(volume.value) * 100 / bounds.volume_lower, volume.references, volume.said)


@fact
def dose_equivalent_mg(facts: Facts) -> Fact:
    """Dose in milligrams of triamcinolone equivalents; the equivalence holds for oral and intravenous use only."""
    index = facts.case.episode.index
    agent = facts.case.library.doses.agents.get(index.agent or "")
    if index.dose.milligrams is None:
        return unknown(index.dose.why_unknown or "the dose")
    if agent is None or agent.factor == 0:
        return unknown("a corticosteroid whose doses can be compared")
    said = f"{agent.label} {number(index.dose.milligrams)} mg"
    return known(index.dose.milligrams * agent.factor, index.references, said)


def _percent_of(facts: Facts, bound: str) -> Fact:
    dose, bounds = facts["dose_equivalent_mg"], _class(facts)
    if dose.value is None:
        return dose
    if bounds is None:
        return unknown("a site for which doses are rated")
    return known(round(float(dose.value) * 100 / getattr(bounds, bound), 6), dose.references, dose.said)


@fact
def dose_percent_of_lower(facts: Facts) -> Fact:
    """Dose in percent of the lower bound usually reported for the site."""
    return _percent_of(facts, "lower")


@fact
def dose_percent_of_usual(facts: Facts) -> Fact:
    """Dose in percent of the dose usually reported for the site."""
    return _percent_of(facts, "usual")


@fact
def diluted(facts: Facts) -> Fact:
    """Whether other fluid exceeds four parts to one of steroid, or the total exceeds the upper volume."""
    dose, bounds = facts.case.episode.index.dose, _class(facts)
    references = facts.case.episode.index.references
    if dose.steroid_ml and dose.anaesthetic_ml is not None:
        ratio = dose.anaesthetic_ml / dose.steroid_ml
        if ratio > facts.case.number("dilution_ratio"):
            said = f"{number(dose.anaesthetic_ml)} mL of other fluid to {number(dose.steroid_ml)} mL of steroid"
            return known(True, references, said)
    if dose.total_ml is None or bounds is None:
        return unknown("the volumes of steroid and of other fluid")
    return known(dose.total_ml > bounds.volume_upper, references, f"{number(dose.total_ml)} mL in all")


@fact
def effusion_without_aspiration(facts: Facts) -> Fact:
    """Whether an effusion of a large joint is coded and no aspiration is recorded around the injection."""
    case = facts.case
    if case.region.dose_class != "large-joint":
        return known(False)
    day = case.injected
    found = case.find(
        "condition-effusion", "finding-effusion", at_site=True, since=case.since("baseline_days", day), until=day
    )
    if not found:
        return unknown("whether the joint held an effusion (none is coded)")
    drained = any(abs((i.day - day).days) <= 1 and i.other_agent == "aspiration" for i in case.episode.others)
    aspirated = drained or "aspiration-only" in case.episode.index.code_tags
    return known(not aspirated, [r.reference for r in found], yes(found).said)


@fact
def body_mass_index(facts: Facts) -> Fact:
    """Latest body mass index in kg/m2, as recorded, or from weight and height of the last year."""
    case = facts.case
    for record in reversed(case.find("obs-bmi", kind="Observation", states=("done",))):
        value = quantities.kilograms_per_square_metre(record)
        if value is not None:
            return known(value, (record.reference,), measured("BMI", value, "kg/m2", record))
    return _from_weight_and_height(facts.case) or unknown("body mass index")


def _from_weight_and_height(case: Case) -> Fact | None:
    """A weight of the last year with any height of an adult: height changes little."""
    weight = _latest(case, "obs-weight", quantities.kilograms, case.since("weight_days"))
    height = _latest(case, "obs-height", quantities.centimetres, None)
    if weight is None or height is None or not height[1]:
        return None
    value = round(weight[1] * 10_000 / height[1] ** 2, 1)
    said = measured("BMI", value, "kg/m2 from weight and height", weight[0])
    return known(value, (weight[0].reference, height[0].reference), said)


def _latest(
    case: Case, tag: str, read: Callable[[Record], float | None], since: date | None
) -> tuple[Record, float] | None:
    found = case.find(tag, kind="Observation", since=since, states=("done",))
    return next(((r, value) for r in reversed(found) if (value := read(r)) is not None), None)
