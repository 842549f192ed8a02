"""Why a step comes into question: a safety finding asks for it, a cause leads to it, or it is a rung of the ladder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cds_service.evidence import Comparison, Outcome, all_of

from ..safety import notes
from .pages import Ladders, Lead, Rung
from .picture import Picture, Place, spine_place

# Where a step that only a warning asks for stands among the others, and where a red-flag work-up does.
_WARNED, _BEFORE_ALL = 33, 2
_OF_THE_SITE = frozenset({"family", "limb", "region", "structure"})
_NAMED_ONLY = ("first", "weighed", "advanced")
_ENOUGH = {"possible": ("possible", "supported"), "supported": ("supported",)}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One step, proposed for one reason.

    `outcome` is "met" when it is open to this patient; else `otherwise` says why not. A `silent` proposal is not
    listed unless the record already holds the step. `slot`, `group`, `mention` and `last_resort` as on the pages.
    """

    step: str
    slot: str
    place: Place
    says: str
    rank: int
    outcome: Outcome = "met"
    otherwise: str = ""
    rung: str = ""
    caveat: str = ""
    group: str = ""
    mention: bool = False
    last_resort: bool = False
    silent: bool = False
    references: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


def from_findings(picture: Picture, ladders: Ladders) -> Iterator[Proposal]:
    """What the safety findings ask for, in their order; of the people that a warning names, one."""
    for place, finding in enumerate(picture.findings):
        for step in finding.steps:
            several = not finding.suppresses_site and ladders.steps[step].kind == "referral"
            yield Proposal(
                step, "finding", picture.place, finding.asks, place if finding.suppresses_site else _WARNED,
                group=finding.kind if several else "", references=finding.references, evidence=(finding.kind,),
                cites=finding.cites,
            )  # fmt: skip


def from_notes(picture: Picture) -> Iterator[Proposal]:
    """The work-up that a line of the review asks for before further treatment (clinical model 5.1)."""
    for note in notes(picture.case):
        for step in note.steps:
            yield Proposal(
                step, "diagnostic", picture.place, note.says, _BEFORE_ALL,
                references=note.references, evidence=(note.id,), cites=note.cites,
            )  # fmt: skip


def from_leads(picture: Picture, ladders: Ladders, causes: tuple[str, ...] = ()) -> Iterator[Proposal]:
    """What the causes lead to; with `causes` given, these only. A test that is not asked for is proposed silently."""
    for lead in ladders.leads:
        page = lead.page
        if (causes and page.cause not in causes) or (page.only and picture.case.episode.region not in page.only):
            continue
        place = _place(picture, lead)
        if place is None or not _fits(picture, lead):
            continue
        if _triggered(picture, lead) and _outcome(picture, lead.tests) == "met":
            yield _led(picture, lead, place)
        elif ladders.steps[page.step].kind == "test":
            yield Proposal(page.step, page.slot, place, "", page.rank, "not-met", silent=True)


def _led(picture: Picture, lead: Lead, place: Place) -> Proposal:
    page = lead.page
    rows = [picture.evidence[i] for i in page.evidence or _rows(picture, page.cause) if i in picture.evidence]
    rests_on = (*(r for e in rows for r in e.references), *(r for t in lead.tests for r in picture[t.fact].references))
    return Proposal(
        page.step, page.slot, place, worded(page.says, picture, place), page.rank,
        caveat=worded(page.caveat, picture, place),
        group=page.group, mention=page.mention, last_resort=page.last_resort, references=_once(*rests_on),
        evidence=tuple(e.id for e in rows), cites=(*page.seeds, *page.cites),
    )  # fmt: skip


def from_ladder(picture: Picture, ladders: Ladders) -> Iterator[Proposal]:
    """The rungs of the ladder that this kind of site climbs, from the lowest up."""
    region = picture.case.episode.region
    for rung in ladders.rungs.get(picture.case.region.family, ()):
        page = rung.page
        if (page.only and region not in page.only) or region in page.not_at:
            continue
        outcome = _outcome(picture, rung.tests)
        references = _once(*(r for t in rung.tests for r in picture[t.fact].references))
        yield Proposal(
            page.step, page.slot, picture.place, worded(page.says, picture, picture.place), page.rank,
            outcome=outcome, otherwise=_why_not(picture, rung, outcome), rung=page.rung,
            caveat=worded(page.caveat, picture, picture.place),
            references=references, cites=(*page.seeds, *page.cites), mention=page.slot in _NAMED_ONLY,
        )  # fmt: skip


def worded(says: str, picture: Picture, place: Place) -> str:
    """Fill a page's words: `site` and `place`, a number of thresholds.toml, else what the fact of that name says."""
    return says.format_map(_Words(picture, place))


class _Words(dict[str, str]):
    def __init__(self, picture: Picture, place: Place) -> None:
        super().__init__(site=picture.place.label, place=place.label)
        self._picture = picture

    def __missing__(self, name: str) -> str:
        number = self._picture.case.library.numbers.get(name)
        return self._picture[name].said or "not stated" if number is None else f"{number:g}"


def _place(picture: Picture, lead: Lead) -> Place | None:
    if lead.page.at != "referred-spine":
        return picture.place
    part = str(picture["referring_spine"].value or "")
    return spine_place(part) if part else None


def _fits(picture: Picture, lead: Lead) -> bool:
    """Whether the lead is for this kind of site at all; where it is not, its test is not looked for either."""
    return all(t.outcome(picture[t.fact]) == "met" for t in lead.tests if t.fact in _OF_THE_SITE)


def _triggered(picture: Picture, lead: Lead) -> bool:
    page = lead.page
    if page.evidence and picture.holds(*page.evidence) is None:
        return False
    return not page.at_least or picture.state(page.cause) in _ENOUGH[page.at_least]


def _outcome(picture: Picture, tests: tuple[Comparison, ...]) -> Outcome:
    return all_of(test.outcome(picture[test.fact]) for test in tests)


def _why_not(picture: Picture, rung: Rung, outcome: Outcome) -> str:
    """The page's reason when a comparison fails; what is missing when the record does not tell."""
    if outcome == "met":
        return ""
    if outcome == "unknown":
        missing = [picture[t.fact].missing for t in rung.tests if picture[t.fact].value is None]
        return "Could not be judged; the record does not say: " + "; ".join(dict.fromkeys(missing)) + "."
    return worded(rung.page.otherwise, picture, picture.place)


def _rows(picture: Picture, cause: str) -> tuple[str, ...]:
    """The rows that argue for a cause, for a lead that names none of its own."""
    return next((tuple(e.id for e in c.evidence if e.weight > 0) for c in picture.causes if c.id == cause), ())


def _once(*references: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(references))
