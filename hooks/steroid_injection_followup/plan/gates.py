"""Named facts that open or close a rung, of the site and the person, and what the safety findings hold back."""

from __future__ import annotations

from cds_service.evidence import Fact, known

from ..facts.words import yes
from ..safety import pregnant
from .picture import Picture, gate
from .recorded import either


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


@gate
def pregnancy_recorded(picture: Picture) -> Fact:
    """Whether a pregnancy is recorded as current."""
    return pregnant(picture.case)


@gate
def substance_use_recorded(picture: Picture) -> Fact:
    """Whether a substance use disorder is recorded as active."""
    found = picture.conditions("condition-substance-use-disorder", here=False)
    return either(picture, found, "whether there is a substance use disorder")


@gate
def joint_replaced(picture: Picture) -> Fact:
    """Whether a replacement of the injected joint is recorded; what was not read holds no exercise back."""
    case = picture.case
    implants = picture.conditions("condition-prosthetic-joint")
    done = case.find("surgery-joint-replacement", kind="Procedure", at_site=True, states=frozenset({"done"}))
    found = [*implants, *done]
    return yes(found) if found else known(False)


@gate
def radiograph_shows(picture: Picture) -> Fact:
    """What a radiograph of the joint can tell: how far it has changed, or how its implant lies."""
    replaced = picture["joint_replaced"].value is True
    return known(replaced, said="the implant and the bone around it" if replaced else "how far the joint has changed")


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
