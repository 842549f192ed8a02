"""Why a step comes into question: a safety finding asks for it, a cause leads to it, or it is a rung of the ladder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from cds_service.evidence import Outcome, outcome_of

from ..model import Evidence
from ..safety import notes, rules
from .ladders import Lead, Reason, Rung
from .pages import LeadPage, StepPage
from .picture import WHOLE_BODY, Picture, Place, spine_place
from .words import Text

_BEFORE_ALL = 2  # where a red-flag work-up stands among the others


class Proposal(msgspec.Struct, frozen=True, eq=False):
    """One step, proposed for one reason at one place.

    `outcome` is "met" when it is open to this patient; `rows` are the findings and the evidence that argue for it.
    """

    reason: Reason
    place: Place
    outcome: Outcome = "met"
    rows: tuple[Evidence, ...] = ()


def from_findings(picture: Picture, steps: Mapping[str, StepPage]) -> Iterator[Proposal]:
    """What the safety findings ask for, in their order; of the people that a warning names, one."""
    kinds = rules(picture.case.library).page.kinds
    for nth, finding in enumerate(picture.findings):
        kind = kinds[finding.kind]
        rank = nth if finding.suppresses_site else kind.rank
        place = WHOLE_BODY if kind.whole_body else picture.place
        rows = (Evidence(finding.kind, 0, finding.says, finding.references),)
        for step in finding.steps:
            several = not finding.suppresses_site and steps[step].kind == "referral"
            group = finding.kind if several else ""
            says, title = Text(kind.says.get(step, finding.asks)), kind.titles.get(step, "")
            reason = Reason(step, "finding", rank, says, group=group, title=title, priority=kind.priority)
            yield Proposal(reason, place, rows=rows)


def from_notes(picture: Picture) -> Iterator[Proposal]:
    """The work-up that a line of the review asks for before further treatment (clinical model 5.1)."""
    for note in notes(picture.case):
        rows = (Evidence(note.id, 0, note.says, note.references),)
        for step in note.steps:
            reason = Reason(step, "diagnostic", _BEFORE_ALL, Text(note.first or note.says))
            yield Proposal(reason, picture.place, rows=rows)


def from_leads(picture: Picture, leads: Iterable[Lead]) -> Iterator[Proposal]:
    """What the causes lead to, where they stand high enough, their rows hold and the facts agree.

    A test that is not asked for is proposed silently: it is listed where the record already holds it.
    """
    for lead in leads:
        asked = not lead.enough or picture.states.get(lead.page.cause) in lead.enough
        if asked and lead.page.evidence:
            asked = picture.holds(*lead.page.evidence) is not None
        if asked and outcome_of(lead.reason.tests, picture) == "met":
            place = _place(picture, lead)
            if place is not None:
                yield Proposal(lead.reason, place, "met", _rows(picture, lead.page))
        elif lead.unasked is not None and outcome_of(lead.fits, picture) == "met":
            place = _place(picture, lead)
            if place is not None:
                yield Proposal(lead.unasked, place, "not-met")


def from_ladder(picture: Picture, rungs: Iterable[Rung]) -> Iterator[Proposal]:
    """The rungs of the ladder that this kind of site climbs, from the lowest up."""
    for rung in rungs:
        yield Proposal(rung.reason, picture.place, outcome_of(rung.reason.tests, picture))


def rests_on(proposal: Proposal, picture: Picture) -> Iterator[str]:
    """Yield the resources that a proposal rests on: those of its evidence, and those of the facts that it compares."""
    for row in proposal.rows:
        yield from row.references
    for test in proposal.reason.tests:
        yield from picture[test.fact].references


def why_not(proposal: Proposal, picture: Picture) -> str:
    """Return the page's reason when a comparison fails; what is missing when the record does not tell."""
    reason = proposal.reason
    if proposal.outcome != "unknown":
        return reason.otherwise.told(picture, proposal.place)
    missing = [picture[t.fact].missing for t in reason.tests if picture[t.fact].value is None]
    return "Could not be judged; the record does not say: " + "; ".join(dict.fromkeys(missing)) + "."


def _place(picture: Picture, lead: Lead) -> Place | None:
    """The injected site, or the part of the spine that the pain may come from, where it may."""
    if lead.page.at != "referred-spine":
        return picture.place
    part = picture["referring_spine"].value
    return spine_place(str(part)) if part else None


def _rows(picture: Picture, lead: LeadPage) -> tuple[Evidence, ...]:
    """The rows that a lead names, else all that argue for its cause."""
    if lead.evidence:
        return tuple(picture.evidence[i] for i in lead.evidence if i in picture.evidence)
    return next((tuple(e for e in c.evidence if e.weight > 0) for c in picture.causes if c.id == lead.cause), ())
