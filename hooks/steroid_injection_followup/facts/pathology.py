"""Facts of pain from another source: mechanical, muscle, vessel (cause 7, b to d)."""

from __future__ import annotations

from cds_service.evidence import Fact, known, unknown

from .. import quantities
from ..anatomy import in_limb
from .registry import Facts, fact, fact_from
from .words import measured, yes

_PRESENT = ("present",)
_FOUND = ("present", "done")


_MECHANICAL_SYMPTOMS = (
    "finding-mechanical-locking",
    "finding-giving-way",
    "finding-joint-clicking",
    "finding-joint-instability",
)

_LESIONS = (
    "condition-structural-lesion",
    "finding-structural-lesion",
    "finding-herniation-large",
    "finding-stenosis-severe",
)
_MUSCLE_SOURCES = ("condition-myofascial-pain", "condition-piriformis")
_TRIGGER_POINT_TREATMENTS = ("therapy-trigger-point", "therapy-dry-needling")
_PRESSURE_INDEX = ("obs-abi", "finding-ankle-brachial-index")
_VESSELS = ("condition-peripheral-arterial-disease", "condition-thoracic-outlet", "finding-duplex-abnormal")


@fact_from(*_MECHANICAL_SYMPTOMS, missing="mechanical symptoms (none are coded)")
def mechanical_symptoms(facts: Facts) -> Fact | None:
    """Different mechanical symptoms coded at the site (locking, giving way, clicking, instability)."""
    case = facts.case
    here = case.find(*_MECHANICAL_SYMPTOMS, at_site=True, states=_FOUND)
    found = [(t, r) for t in _MECHANICAL_SYMPTOMS for r in here if t in r.tags]
    if not found:
        return None
    return known(len({t for t, _ in found}), [r.reference for _, r in found], yes(r for _, r in found).said)


@fact_from(*_LESIONS, missing="a coded MRI report or structural lesion of the site")
def structural_lesion(facts: Facts) -> Fact | None:
    """Whether a structural lesion is coded at the site, as a condition or in an imaging report."""
    case = facts.case
    found = [
        r
        for r in case.find(*_LESIONS, at_site=True, states=_FOUND)
        if r.certain and r.kind in ("Condition", "DiagnosticReport")
    ]
    if found:
        return yes(found)
    return None


@fact_from("imaging-mri", missing="a coded MRI report of the site")
def mri_without_lesion(facts: Facts) -> Fact | None:
    """Whether an MRI of the site within twelve months was reported without a structural lesion."""
    case = facts.case
    found = [
        r
        for r in case.find(
            "imaging-mri", kind="DiagnosticReport", at_site=True, since=case.since("imaging_normal_days")
        )
        if r.resource.conclusion_code
    ]
    if not found:
        return None
    latest = found[-1]
    return known(
        not latest.has(*_LESIONS) and facts["structural_lesion"].value is None, (latest.reference,), yes([latest]).said
    )


@fact_from(*_MUSCLE_SOURCES, missing="a coded muscle source, which is rarely coded")
def myofascial_condition(facts: Facts) -> Fact | None:
    """Whether myofascial pain or trigger points are recorded in the region."""
    found = facts.case.find(*_MUSCLE_SOURCES, at_site=True, kind="Condition", states=_PRESENT, certain=True)
    return yes(found) if found else None


@fact_from("condition-muscle-strain", missing="a coded muscle spasm or strain")
def muscle_strain(facts: Facts) -> Fact | None:
    """Whether muscle spasm or strain is recorded in the region."""
    found = facts.case.find("condition-muscle-strain", at_site=True, kind="Condition", states=_PRESENT)
    return yes(found) if found else None


@fact_from(*_TRIGGER_POINT_TREATMENTS, missing="the result of a trigger-point treatment")
def trigger_point_treatment_helped(facts: Facts) -> Fact | None:
    """Whether an earlier trigger-point treatment in the region is recorded as successful."""
    case = facts.case
    found = [
        r
        for r in case.find(*_TRIGGER_POINT_TREATMENTS, kind="Procedure", at_site=True, states=("done",))
        if "outcome-successful" in case.library.terms.tags(r.resource.outcome)
    ]
    return yes(found) if found else None


@fact
def lower_limb_site(facts: Facts) -> Fact:
    """Whether the injected site is in a leg."""
    region = facts.case.region
    return known(region.limb == "lower" and not region.spine)


@fact
def ankle_brachial_index(facts: Facts) -> Fact:
    """Latest ankle-brachial index of the same leg within twelve months; for a spinal site the lower of both legs."""
    case = facts.case
    if case.region.limb != "lower":
        return unknown("an ankle-brachial index (not asked for an arm)")
    found = [
        (r, value)
        for r in case.find(*_PRESSURE_INDEX, kind="Observation", since=case.since("abi_days"))
        if (value := quantities.plain(r)) is not None and (case.same_side(r) or r.side == "unknown")
    ]
    if not found:
        return unknown("an ankle-brachial index")
    latest = max(r.day for r, _ in found if r.day is not None)
    record, value = min(((r, v) for r, v in found if r.day == latest), key=lambda row: row[1])
    return known(value, (record.reference,), measured("ankle-brachial index", value, "", record))


@fact_from(*_VESSELS, *_PRESSURE_INDEX, missing="a vascular test or condition")
def vascular_source(facts: Facts) -> Fact | None:
    """Whether arterial disease (leg sites), thoracic outlet syndrome (arm sites) or an abnormal duplex is recorded."""
    case = facts.case
    lower = facts["lower_limb_site"].value is True
    upper = case.region.limb == "upper" and not case.region.spine
    tags = ("condition-peripheral-arterial-disease",) if lower else ("condition-thoracic-outlet",) if upper else ()
    found = [
        r
        for r in case.find(*tags, kind="Condition", states=_PRESENT, certain=True)
        if case.same_side(r) or r.side == "unknown"
    ]
    found += (
        [r for r in case.find("finding-duplex-abnormal", states=_FOUND) if in_limb(case, r, unsited=True)]
        if lower or upper
        else []
    )
    index = facts["ankle_brachial_index"]
    if found:
        return yes(found)
    if lower and index.value is not None:
        return known(float(index.value) <= case.number("abi_low"), index.references, index.said)
    return None


@fact
def claudication(facts: Facts) -> Fact:
    """Whether vascular claudication is recorded and the site is in a leg; neurogenic claudication does not count."""
    if facts["lower_limb_site"].value is not True:
        return unknown("claudication (asked of a leg only)")
    found = facts.case.find("condition-vascular-claudication", kind="Condition", states=_PRESENT)
    return yes(found) if found else unknown("claudication (none is coded)")
