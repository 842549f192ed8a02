"""Named facts that open or close a rung: damage of joint, tendon and spine, and disease of the nerves."""

from __future__ import annotations

from cds_service.evidence import Fact, known

from ..facts.words import yes
from .deficits import deficits
from .picture import Picture, gate
from .recorded import either, shown, standing_of

_DAMAGE = ("E5.7", "E5.1", "E5.1w", "E5.6", "E7b.1")
_DESTRUCTION = "E5.7"
_COMPRESSION = ("E5.1", "E7b.1")
_ARTERIES = ("E7d.1", "E7d.2")
_FOOT = frozenset(
    {"site-ankle", "site-subtalar", "site-achilles", "site-plantar-fascia", "site-foot", "site-toe"}
)  # fmt: skip
_PARTS = ("cervical", "thoracic", "lumbar")


@gate
def joint_damage(picture: Picture) -> Fact:
    """Whether a grade 3 or 4, a structural lesion or a destruction of the joint is recorded."""
    return shown(picture.holds(*_DAMAGE))


@gate
def joint_destruction(picture: Picture) -> Fact:
    """Whether osteonecrosis, an insufficiency fracture or destruction of the joint is recorded since the injection."""
    return shown(picture.holds(_DESTRUCTION))


@gate
def advanced_arthritis(picture: Picture) -> Fact:
    """Whether osteoarthritis of the joint is recorded and its imaging graded 3 or 4."""
    found = picture.case.find("condition-osteoarthritis", at_site=True, states=frozenset({"present"}))
    row = picture.holds("E5.1", "E5.1w")
    return shown(row if row is not None and any(found) else None)


@gate
def osteoarthritis_here(picture: Picture) -> Fact:
    """Whether osteoarthritis of the site is recorded."""
    return either(picture, picture.conditions("condition-osteoarthritis"), "whether there is osteoarthritis")


@gate
def structural_question(picture: Picture) -> Fact:
    """Whether a mechanical source of the pain is possible or supported and no imaging has named it."""
    state = picture.state("alternative-pathology.mechanical")
    return known(state in ("possible", "supported") and picture.holds("E7b.1") is None)


@gate
def tendon_tear(picture: Picture) -> Fact:
    """Whether a tear of a tendon at the site is recorded."""
    return either(picture, picture.conditions("condition-tendon-tear"), "whether a tendon is torn")


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
    return standing_of(picture, "alternative-pathology.myofascial")


@gate
def spinal_compression(picture: Picture) -> Fact:
    """Whether severe stenosis, a large herniation or another structural lesion of the spine is recorded."""
    return shown(picture.holds(*_COMPRESSION))


@gate
def spinal_instability(picture: Picture) -> Fact:
    """Whether an instability or a slip of the spine is recorded."""
    found = picture.conditions("condition-spinal-instability", "condition-spondylolisthesis")
    return either(picture, found, "whether the spine is unstable")


@gate
def neurological_deficit(picture: Picture) -> Fact:
    """Whether weakness, numbness or another deficit is recorded since the injection or in the 90 days before it."""
    since = picture.case.since("baseline_fallback_days", picture.case.injected)
    return either(picture, deficits(picture.case, picture.place, since), "whether there is a neurological deficit")


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


@gate
def radicular_pain(picture: Picture) -> Fact:
    """Whether a nerve root disorder of the injected part of the body is recorded."""
    return either(picture, picture.conditions("condition-radiculopathy"), "whether the pain comes from a nerve root")


@gate
def sciatica(picture: Picture) -> Fact:
    """Whether sciatica or another nerve root disorder of the lower back is recorded."""
    found = [
        r
        for r in picture.conditions("condition-sciatica", "condition-radiculopathy", here=False)
        if r.has("condition-sciatica", "site-lumbar", "site-sacral")
    ]
    return either(picture, found, "whether there is sciatica")


@gate
def entrapment_recorded(picture: Picture) -> Fact:
    """Whether carpal or cubital tunnel syndrome of this side is recorded."""
    found = picture.conditions("condition-carpal-tunnel", "condition-cubital-tunnel", here=False)
    ours = [r for r in found if r.side in (picture.case.episode.side, "bilateral", "unknown")]
    return either(picture, ours, "whether a nerve is entrapped")


@gate
def entrapment_proven(picture: Picture) -> Fact:
    """Whether an abnormal nerve study or a confirmed entrapment is recorded."""
    return shown(picture.holds("E7a.1", "E7a.2"))


@gate
def neuropathic_disease(picture: Picture) -> Fact:
    """Whether polyneuropathy, neuralgia after zoster, another neuralgia or regional pain syndrome is recorded."""
    tags = (
        "condition-peripheral-neuropathy", "condition-postherpetic-neuralgia", "condition-neuralgia", "condition-crps",
    )  # fmt: skip
    found = picture.conditions(*tags, here=False)
    return either(picture, found, "whether there is a disease of the nerves")


@gate
def neuropathic_state(picture: Picture) -> Fact:
    """Where a neuropathic source of the pain stands: supported, possible, not-supported or not-assessable."""
    return standing_of(picture, "alternative-pathology.neuropathic")


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
def foot_at_risk(picture: Picture) -> Fact:
    """Whether the site is of the foot, and arterial disease of the leg, claudication or a neuropathy is recorded."""
    if _FOOT.isdisjoint(picture.case.region.sites):
        return known(False)
    arteries = picture.holds(*_ARTERIES)
    if arteries is not None:
        return shown(arteries)
    found = list(picture.conditions("condition-peripheral-neuropathy", here=False))
    return yes(found) if found else known(False)


@gate
def walking_pain(picture: Picture) -> Fact:
    """Whether pain on walking that may come from the spine or from the arteries is recorded."""
    found = picture.conditions("condition-neurogenic-claudication", "condition-vascular-claudication", here=False)
    return either(picture, found, "whether walking brings on the pain")
