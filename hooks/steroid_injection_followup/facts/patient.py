"""Facts of the patient that can change a response: glycaemia, interactions, mood, weight, immunity (cause 6)."""

from __future__ import annotations

from collections.abc import Callable

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown

from .. import quantities
from ..records import Record
from .registry import Facts, fact, fact_from
from .words import measured, yes

_PRESENT = ("present",)


def active_at(record: Record, facts: Facts) -> bool:
    """Whether a medicine was being taken on the day of the injection.

    A start of year or month precision counts from its first day; without any date an active medicine counts.
    """
    given = facts.case.injected
    began = record.day or record.onset
    if began is not None and began > given:
        return False
    if record.state == "ended":
        return record.until is not None and record.until >= given
    return record.until is None or record.until >= given


def medicines(facts: Facts, *tags: str) -> list[Record]:
    """Return the medicines with any of the tags that were taken on the day of the injection."""
    kinds = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
    return [r for r in facts.case.records.having(*tags) if r.kind in kinds and active_at(r, facts)]


@fact
def medicines_readable(facts: Facts) -> Fact:
    """Whether any medicine of the patient could be read."""
    chart = facts.case.chart
    if any(chart.resources.get(kind) for kind in ("MedicationRequest", "MedicationStatement")):
        return known(True)
    return unknown(chart.gap(fhir.MedicationRequest, fhir.MedicationStatement) or "any recorded medicine")


@fact
def diabetes(facts: Facts) -> Fact:
    """Whether diabetes is recorded as present."""
    found = facts.case.find("condition-diabetes", kind="Condition", states=_PRESENT)
    if found:
        return yes(found)
    gap = facts.case.gap(fhir.Condition)
    return unknown(f"diabetes ({gap})") if gap or not facts.case.chart.every(fhir.Condition) else known(False)


@fact_from("obs-hba1c", missing="HbA1c within 180 days of the injection")
def hba1c_percent(facts: Facts) -> Fact | None:
    """Latest HbA1c within 180 days of the injection, in percent (NGSP)."""
    case = facts.case
    reach = case.span("hba1c_days")
    for record in reversed(
        case.find(
            "obs-hba1c",
            kind="Observation",
            since=case.injected - reach,
            until=min(case.as_of, case.injected + reach),
        )
    ):
        value = quantities.hba1c_percent(record)
        if value is not None:
            return known(value, (record.reference,), measured("HbA1c", value, "%", record))
    return None


@fact
def glycaemia(facts: Facts) -> Fact:
    """Glycaemia as recorded: "raised", "not-raised" or "not-recorded"."""
    value = facts["hba1c_percent"]
    if value.value is None:
        return known("not-recorded", (), "HbA1c not recorded")
    raised = float(value.value) >= facts.case.number("hba1c_percent")
    return known("raised" if raised else "not-raised", value.references, value.said)


@fact
def cyp3a4_inducer(facts: Facts) -> Fact:
    """Whether a strong CYP3A4 inducer was taken at the time of the injection."""
    found = medicines(facts, "medicine-cyp3a4-strong-inducer")
    return yes(found) if found else _no_medicine(facts, "medicines that speed the breakdown of steroids")


@fact
def cyp3a4_inhibitor(facts: Facts) -> Fact:
    """Whether a strong CYP3A4 inhibitor was taken at the time of the injection."""
    found = medicines(facts, "medicine-cyp3a4-strong-inhibitor")  # at D itself; the weeks around it are the warning's
    return yes(found) if found else _no_medicine(facts, "medicines that slow the breakdown of steroids")


def _no_medicine(facts: Facts, what: str) -> Fact:
    return (
        known(False)
        if facts["medicines_readable"].value and not facts.case.gap(fhir.MedicationRequest)
        else unknown(what)
    )


_SCORES = {
    "obs-phq9": ("phq9", "PHQ-9"),
    "obs-gad7": ("gad7", "GAD-7"),
    "obs-pcs": ("pcs", "Pain Catastrophizing Scale"),
}
_LOW_MOOD = ("condition-depression", "condition-anxiety")
_CENTRAL = ("obs-csi", "finding-central-sensitization-score")


def _scores(facts: Facts) -> list[tuple[Record, float, str, str]]:
    case = facts.case
    found = case.find(*_SCORES, kind="Observation", since=case.since("mood_days"), states=("done",))
    return [
        (r, value, threshold, label)
        for tag, (threshold, label) in _SCORES.items()
        for r in found
        if tag in r.tags and (value := quantities.plain(r)) is not None
    ]


@fact_from(*_SCORES, *_LOW_MOOD, missing="a mood or coping score")
def mood(facts: Facts) -> Fact | None:
    """Mood and coping with pain: "scores" above a cut-off, "condition" recorded only, "below" the cut-offs."""
    case = facts.case
    scores = _scores(facts)
    high = [(r, v, label) for r, v, threshold, label in scores if v >= case.number(threshold)]
    if high:
        said = "; ".join(measured(label, v, "", r) for r, v, label in high)
        return known("scores", [r.reference for r, _, _ in high], said)
    found = case.find(*_LOW_MOOD, kind="Condition", states=_PRESENT)
    if found:
        return known("condition", [r.reference for r in found], yes(found).said)
    return known("below", [r.reference for r, *_ in scores]) if scores else None


def _central_score(
    facts: Facts, measure: Callable[[Record], float | None] = quantities.plain
) -> tuple[Record, float] | None:
    for record in reversed(facts.case.find(*_CENTRAL, kind="Observation")):
        value = measure(record)
        if value is not None:
            return record, value
    return None


@fact_from("condition-fibromyalgia", *_CENTRAL, missing="a Central Sensitization Inventory")
def central_sensitisation(facts: Facts) -> Fact | None:
    """Whether fibromyalgia is recorded, or the Central Sensitization Inventory is at or above its cut-off."""
    found = facts.case.find("condition-fibromyalgia", kind="Condition", states=_PRESENT)
    if found:
        return yes(found)
    score = _central_score(facts)
    if score is None:
        return None
    said = measured("Central Sensitization Inventory", score[1], "", score[0])
    return known(score[1] >= facts.case.number("csi"), (score[0].reference,), said)


@fact
def immune_factor(facts: Facts) -> Fact:
    """Whether an immunosuppressant, a systemic steroid or an immune disorder is recorded at the injection."""
    found = medicines(facts, "medicine-immunosuppressant", "medicine-biologic", "drug-systemic-steroid")
    found += facts.case.find("condition-immune-disorder", kind="Condition", states=_PRESENT)
    return yes(found) if found else _no_medicine(facts, "medicines that act on the immune system")


@fact_from("condition-tobacco", "obs-smoking-status", missing="smoking status")
def smoker(facts: Facts) -> Fact | None:
    """Whether the record says that the patient smokes."""
    found = facts.case.find("condition-tobacco", kind="Condition", states=_PRESENT)
    found += [r for r in facts.case.find("obs-smoking-status", kind="Observation") if r.has("answer-smoker")][-1:]
    return yes(found) if found else None


@fact
def age_years(facts: Facts) -> Fact:
    """Age in whole years."""
    age = facts.case.age()
    return (
        unknown("the date of birth")
        if age is None
        else known(age, (f"Patient/{facts.case.chart.patient_id}",), f"age {age}")
    )
