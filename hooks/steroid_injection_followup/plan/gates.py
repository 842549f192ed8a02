"""Named facts that open or close a rung: the site, the person, the damage seen, the care already given.

A list that was not read whole makes "none is recorded" unknown, never false.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown

from ..facts.words import dated, yes
from ..model import Evidence
from ..records import Record
from ..safety import pregnant
from .pages import ladders_of
from .picture import Picture, gate
from .therapies import course, operations, standing

_MONTH = 30.44
_DAMAGE = ("E5.7", "E5.1", "E5.1w", "E5.6", "E7b.1")
_COMPRESSION = ("E5.1", "E7b.1")
_PARTS = ("cervical", "thoracic", "lumbar")


def _either(picture: Picture, found: Iterable[Record], what: str) -> Fact:
    """A condition that is recorded, is not, or may be among those that were not read."""
    records = list(found)
    if records:
        return yes(records)
    return unknown(what) if picture.case.gap(fhir.Condition) else known(False)


def _shown(evidence: Evidence | None, missing: str = "") -> Fact:
    """What a row of evidence already says."""
    if evidence is not None:
        return known(True, evidence.references, evidence.says)
    return unknown(missing) if missing else known(False)


# --- the site


@gate
def region(picture: Picture) -> Fact:
    """The injected region."""
    return known(picture.case.episode.region)


@gate
def family(picture: Picture) -> Fact:
    """What was injected: joint, tendon, nerve, spine or muscle."""
    return known(picture.case.region.family)


@gate
def structure(picture: Picture) -> Fact:
    """The injected structure: joint, bursa, tendon, nerve, epidural, facet, SI or muscle."""
    return known(picture.case.episode.structure)


@gate
def limb(picture: Picture) -> Fact:
    """The limb of the injected site: upper, lower, or neither."""
    return known(picture.case.region.limb)


@gate
def index_guidance(picture: Picture) -> Fact:
    """Guidance of the index injection: guided, explicit-unguided or unknown, as a word."""
    index = picture.case.episode.index
    return known(index.guidance, index.references[:1])


# --- the person


@gate
def pregnancy_recorded(picture: Picture) -> Fact:
    """Whether a pregnancy is recorded as current."""
    return pregnant(picture.case)


@gate
def substance_use_recorded(picture: Picture) -> Fact:
    """Whether a substance use disorder is recorded as active."""
    found = picture.conditions("condition-substance-use-disorder", here=False)
    return _either(picture, found, "whether there is a substance use disorder")


@gate
def joint_replaced(picture: Picture) -> Fact:
    """Whether the injected joint has been replaced."""
    case = picture.case
    implants = picture.conditions("condition-prosthetic-joint")
    done = case.find("surgery-joint-replacement", kind="Procedure", at_site=True, states=frozenset({"done"}))
    return _either(picture, (*implants, *done), "whether the joint has been replaced")


# --- damage that is recorded


@gate
def joint_damage(picture: Picture) -> Fact:
    """Whether a grade 3 or 4, a structural lesion or a destruction of the joint is recorded."""
    return _shown(picture.holds(*_DAMAGE))


@gate
def advanced_arthritis(picture: Picture) -> Fact:
    """Whether the joint's imaging is graded 3 or 4."""
    found = picture.case.find("condition-osteoarthritis", at_site=True, states=frozenset({"present"}))
    row = picture.holds("E5.1", "E5.1w")
    return _shown(row if row is not None and any(found) else None)


@gate
def osteoarthritis_here(picture: Picture) -> Fact:
    """Whether osteoarthritis of the site is recorded."""
    return _either(picture, picture.conditions("condition-osteoarthritis"), "whether there is osteoarthritis")


@gate
def structural_question(picture: Picture) -> Fact:
    """Whether a mechanical source of the pain is possible or supported and no imaging has named it."""
    state = picture.state("alternative-pathology.mechanical")
    return known(state in ("possible", "supported") and picture.holds("E7b.1") is None)


@gate
def tendon_tear(picture: Picture) -> Fact:
    """Whether a tear of a tendon at the site is recorded."""
    return _either(picture, picture.conditions("condition-tendon-tear"), "whether a tendon is torn")


@gate
def tear_or_long_therapy(picture: Picture) -> Fact:
    """Whether a tendon is torn, or therapy began at least six months ago without success."""
    tear, months = picture["tendon_tear"], picture["therapy_months"]
    if tear.value is True:
        return tear
    if float(months.value or 0) >= picture.case.number("tendon_therapy_months"):
        return known(True, months.references, f"therapy without success for {int(float(months.value or 0))} months")
    return tear if tear.value is None else known(False)


@gate
def myofascial_state(picture: Picture) -> Fact:
    """Where a muscle source of the pain stands: supported, possible, not-supported or not-assessable."""
    return _state(picture, "alternative-pathology.myofascial")


@gate
def spinal_compression(picture: Picture) -> Fact:
    """Whether severe stenosis, a large herniation or another structural lesion of the spine is recorded."""
    return _shown(picture.holds(*_COMPRESSION))


@gate
def spinal_instability(picture: Picture) -> Fact:
    """Whether an instability or a slip of the spine is recorded."""
    found = picture.conditions("condition-spinal-instability", "condition-spondylolisthesis")
    return _either(picture, found, "whether the spine is unstable")


@gate
def neurological_deficit(picture: Picture) -> Fact:
    """Whether weakness or another deficit is recorded since the injection was given or not long before."""
    return deficit_since(picture, picture.case.since("baseline_fallback_days", picture.case.injected))


@gate
def spine_opinion_due(picture: Picture) -> Fact:
    """Whether a deficit is recorded, or severe compression or instability after six weeks of care."""
    deficit = picture["neurological_deficit"]
    if deficit.value is True:
        return deficit
    weeks = float(picture["care_weeks"].value or 0)
    if weeks < picture.case.number("spine_care_weeks"):
        return deficit
    damage = [picture["spinal_compression"], picture["spinal_instability"]]
    return next((f for f in damage if f.value is True), next((f for f in damage if f.value is None), deficit))


@gate
def spine_imaging_due(picture: Picture) -> Fact:
    """Whether care of the spine has lasted six weeks, or a deficit is recorded."""
    deficit, care = picture["neurological_deficit"], picture["care_weeks"]
    if deficit.value is True:
        return deficit
    long_enough = float(care.value or 0) >= picture.case.number("spine_care_weeks")
    return known(long_enough, care.references, care.said)


def deficit_since(picture: Picture, first: date) -> Fact:
    """Whether a neurological deficit is recorded from this day on; it makes older imaging of the spine out of date."""
    case = picture.case
    signs = ("condition-foot-drop", "condition-myelopathy", "condition-paralysis")
    found = list(picture.conditions(*signs, here=False, since=first))
    found += case.find("finding-numbness", "finding-saddle-anaesthesia", "finding-bilateral-leg-weakness",
                       since=first, states=frozenset({"present", "done"}))  # fmt: skip
    full = case.number("full_power")
    found += [r for r in case.find("obs-motor-power", since=first) if r.value is not None and r.value < full]
    return _either(picture, found, "whether there is a neurological deficit")


# --- nerve


@gate
def radicular_pain(picture: Picture) -> Fact:
    """Whether a nerve root disorder of the injected part of the body is recorded."""
    return _either(picture, picture.conditions("condition-radiculopathy"), "whether the pain comes from a nerve root")


@gate
def sciatica(picture: Picture) -> Fact:
    """Whether sciatica or another nerve root disorder of the lower back is recorded."""
    found = [
        r
        for r in picture.conditions("condition-sciatica", "condition-radiculopathy", here=False)
        if r.has("condition-sciatica", "site-lumbar", "site-sacral")
    ]
    return _either(picture, found, "whether there is sciatica")


@gate
def entrapment_recorded(picture: Picture) -> Fact:
    """Whether carpal or cubital tunnel syndrome of this side is recorded."""
    found = picture.conditions("condition-carpal-tunnel", "condition-cubital-tunnel", here=False)
    ours = [r for r in found if r.side in (picture.case.episode.side, "bilateral", "unknown")]
    return _either(picture, ours, "whether a nerve is entrapped")


@gate
def entrapment_proven(picture: Picture) -> Fact:
    """Whether an abnormal nerve study or a confirmed entrapment is recorded."""
    return _shown(picture.holds("E7a.1", "E7a.2"))


@gate
def neuropathic_disease(picture: Picture) -> Fact:
    """Whether polyneuropathy, neuralgia after zoster, another neuralgia or regional pain syndrome is recorded."""
    tags = (
        "condition-peripheral-neuropathy", "condition-postherpetic-neuralgia", "condition-neuralgia", "condition-crps",
    )  # fmt: skip
    found = picture.conditions(*tags, here=False)
    return _either(picture, found, "whether there is a disease of the nerves")


@gate
def neuropathic_state(picture: Picture) -> Fact:
    """Where a neuropathic source of the pain stands: supported, possible, not-supported or not-assessable."""
    return _state(picture, "alternative-pathology.neuropathic")


@gate
def referring_spine(picture: Picture) -> Fact:
    """The part of the spine that may be felt at the injected site: cervical, thoracic, lumbar, or none."""
    row = picture.holds("E1.1", "E1.1w")
    if row is None or picture.case.region.spine:
        return known("")
    read = [r for r in picture.case.records.all if r.reference in row.references]
    part = next((p for p in _PARTS if any(r.has(f"site-{p}") for r in read)), "")
    return known(part, row.references, row.says)


@gate
def referring_spine_part(picture: Picture) -> Fact:
    """The same in words."""
    part = picture["referring_spine"].value
    return known(part, said=f"{part} spine" if part else "")


@gate
def walking_pain(picture: Picture) -> Fact:
    """Whether pain on walking that may come from the spine or from the arteries is recorded."""
    found = picture.conditions("condition-neurogenic-claudication", "condition-vascular-claudication", here=False)
    return _either(picture, found, "whether walking brings on the pain")


# --- the care already given


@gate
def recent_mri(picture: Picture) -> Fact:
    """Whether an MRI of the site is recent enough to make a further one redundant."""
    stands = standing(picture.case, picture.place, ladders_of(picture.case.library).steps["imaging-mri"])
    return known(stands.state == "done", stands.references, stands.says)


@gate
def therapy_tried(picture: Picture) -> Fact:
    """Whether a course of physical or hand therapy for the site is recorded within the last year."""
    done = course(picture.case, picture.place, ("therapy-physical", "therapy-hand"))
    if done.long_enough:
        return known(True, done.references, done.says)
    return unknown("the procedures of the last year") if picture.case.gap(fhir.Procedure) else known(False)


@gate
def therapy_months(picture: Picture) -> Fact:
    """Months since physical therapy for the site began, where a full course is recorded."""
    done = course(picture.case, picture.place, ("therapy-physical", "therapy-hand"))
    if done.first is None or not done.long_enough:
        return known(0)
    return known(_months(picture, done.first), done.references, done.says)


@gate
def care_weeks(picture: Picture) -> Fact:
    """Weeks since the first injection or therapy of the site that the record holds."""
    case = picture.case
    first = min(i.day for i in (case.episode.index, *case.episode.history))
    started = course(case, picture.place, ("therapy-physical", "therapy-hand")).first
    first = min(first, started) if started else first
    return known((case.as_of - first).days / 7, case.episode.index.references[:1], f"treated since {first.isoformat()}")


@gate
def care_months(picture: Picture) -> Fact:
    """Months since the first injection or therapy of the site that the record holds."""
    weeks = picture["care_weeks"]
    return known(float(weeks.value or 0) * 7 / _MONTH, weeks.references, weeks.said)


@gate
def pain_months(picture: Picture) -> Fact:
    """Months that the pain has lasted at least: since the stated onset, else since the first injection of the site."""
    case = picture.case
    onset = picture["disease_days"]
    days = (case.as_of - min(i.day for i in (case.episode.index, *case.episode.history))).days
    if onset.value is not None and float(onset.value) > days:
        return known(float(onset.value) / _MONTH, onset.references, onset.said)
    return known(days / _MONTH, case.episode.index.references[:1], f"pain for at least {days // 7} weeks")


@gate
def review_window(picture: Picture) -> Fact:
    """When the effect can be judged: from the end of the first two weeks to the end of the sixth."""
    case = picture.case
    first = case.injected + timedelta(days=case.number("too_early_days"))
    last = case.injected + timedelta(days=case.number("primary_end_days"))
    said = f"between {first.isoformat()} and {last.isoformat()}" if first > case.as_of else f"by {last.isoformat()}"
    return known(last.isoformat(), case.episode.index.references[:1], said)


@gate
def operation_booked(picture: Picture) -> Fact:
    """Whether an operation of the site is ordered or booked."""
    found = operations(picture.case, picture.place, ahead=True)
    return yes(found) if found else known(False)


@gate
def ablation_months(picture: Picture) -> Fact:
    """Months since the last radiofrequency ablation at the site; a large number when none is recorded."""
    case = picture.case
    last = case.latest("therapy-radiofrequency-ablation", kind="Procedure", at_site=True, states=frozenset({"done"}))
    if last is None or last.day is None:
        return known(1200, said="no ablation is recorded")
    return known(_months(picture, last.day), (last.reference,), dated(last))


# --- what the findings hold back


@gate
def repeat_barred(picture: Picture) -> Fact:
    """Whether a safety finding argues against any further steroid at the site."""
    found = [f for f in picture.findings if f.bars_repeat]
    references = [r for f in found for r in f.references]
    return known(bool(found), references, found[0].summary if found else "")


@gate
def infection_possible(picture: Picture) -> Fact:
    """Whether an infection of the site has not been put aside."""
    found = [f for f in picture.findings if f.kind == "safety-infection-possible"]
    return known(bool(found), [r for f in found for r in f.references])


def _state(picture: Picture, cause: str) -> Fact:
    state = picture.state(cause)
    return known(state, said=state)


def _months(picture: Picture, first: date) -> float:
    return (picture.case.as_of - first) / timedelta(days=1) / _MONTH
