"""What may come next: every option of the site's ladder with where it stands, and which of them are suggested.

Never a further steroid, a drug, a dose or a named operation as an order (contract, Seeds and guidelines).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Case
from ..model import Cause, Finding, Step
from ..safety import notes
from . import blocks, care, damage, gates
from .choose import chosen
from .ladders import Ladders, ladders_of
from .options import options_of
from .picture import Picture, picture_of
from .planned import Planned, status_of
from .proposals import Proposal, from_findings, from_ladder, from_leads, from_notes

__all__ = ["blocks", "care", "damage", "gates", "ladders_of", "steps"]

_CONSERVATIVE = ("follow-up-visit", "physical-therapy", "hand-therapy")
_STILL_DEVELOPING = "To be weighed after re-assessment: the benefit may still be developing."
_INFECTION = "To be weighed when the sign of infection that is recorded has been looked into."
_SPINE = "A red flag of the spine stands: its card comes first."
_OF_THE_NERVES = ("nerve-conduction-study", "neuropathic-medication-review", "referral-neurology", "referral-pmr")
_HANDS_ON = frozenset({"therapy", "injection", "procedure", "operation", "medicine"})
_OPERATION = "An operation of this site is booked; what comes before it is for the surgical team."


def steps(
    case: Case, causes: tuple[Cause, ...], findings: tuple[Finding, ...], *, spine_first: bool = False
) -> tuple[Step, ...]:
    """Return the options of one episode, suggested ones first; one of those is recommended."""
    age = case.age()
    if age is not None and age < case.number("minimum_age"):
        return ()
    critical = tuple(f for f in findings if f.suppresses_site)
    picture = picture_of(case, causes, critical or findings, spine_first=spine_first)
    ladders = ladders_of(case.library)
    proposals = _proposals(picture, ladders, suppressed=bool(critical))
    options = options_of(picture, proposals, ladders.steps, _held(picture, ladders))
    suggested = chosen(options, picture)
    others = sorted((o for o in options if o not in suggested), key=lambda o: o.main.reason.rank)
    return (
        *(Planned(o, picture, status_of(o, chosen=True), recommended=n == 0) for n, o in enumerate(suggested)),
        *(Planned(o, picture, status_of(o, chosen=False)) for o in others),
    )


def _proposals(picture: Picture, ladders: Ladders, *, suppressed: bool) -> list[Proposal]:
    """A red flag leaves its own steps only; too early, the follow-up; no failure, what the findings ask for."""
    response, here = picture.case.response, ladders.at[picture.case.episode.region]
    found = list(from_findings(picture, ladders.steps))
    if suppressed:
        return found
    if response.kind == "too-early":
        return [*found, *from_leads(picture, (lead for lead in here.leads if lead.page.cause == "delayed-effect"))]
    if not response.failed:
        return found
    leads = [e for e in here.leads if e.page.at != "referred-spine"] if picture.spine_first else here.leads
    return [*found, *from_notes(picture), *from_leads(picture, leads), *from_ladder(picture, here.rungs)]


def _held(picture: Picture, ladders: Ladders) -> dict[str, str]:
    """Why steps must wait, by step; "*" is every other one."""
    held: dict[str, str] = {}
    if picture["operation_booked"].value is True:
        held = {"*": _OPERATION}
    elif picture.state("delayed-effect") == "supported":
        held = {"*": _STILL_DEVELOPING, **dict.fromkeys(_CONSERVATIVE, "")}
    if picture.case.response.failed:
        held |= dict(_held_by_notes(picture.case, ladders))
    if picture["infection_possible"].value is True:
        held |= {step: _INFECTION for step, page in ladders.steps.items() if page.kind in _HANDS_ON}
    if picture.spine_first:
        held = {"*": _SPINE} if picture.place.spine else held | dict.fromkeys(_OF_THE_NERVES, _SPINE)
    return held


def _held_by_notes(case: Case, ladders: Ladders) -> Iterator[tuple[str, str]]:
    """Yield the steps that lines of the review hold back, with the line as the reason."""
    for note in notes(case):
        if note.holds_back:
            yield from ((step, note.says) for step, page in ladders.steps.items() if page.kind in note.holds_back)
