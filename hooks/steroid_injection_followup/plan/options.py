"""From proposals to options: one for each step, with its standing in the record and how far it may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cds_service.evidence import known

from ..model import Step, StepStatus
from .pages import Ladders, StepPage
from .picture import Picture
from .proposals import Proposal
from .therapies import OPEN, Standing, standing

_IN_RECORD: dict[str, StepStatus] = {"done": "already-done", "ordered": "already-ordered"}


@dataclass(frozen=True, slots=True)
class Option:
    """A step with all that speaks of it; `main` is the proposal that carries it."""

    id: str
    page: StepPage
    main: Proposal
    proposals: tuple[Proposal, ...]
    standing: Standing
    held: str = ""

    @property
    def in_record(self) -> bool:
        """Whether it is done or ordered already."""
        return self.standing.state in _IN_RECORD

    @property
    def open(self) -> bool:
        """Whether it could be suggested."""
        return self.main.outcome == "met" and not self.in_record and not self.held and self.page.limit == "suggestible"

    @property
    def asked(self) -> Proposal | None:
        """The first finding that asks for it."""
        return next((p for p in self.proposals if p.slot == "finding"), None)

    @property
    def lead(self) -> Proposal | None:
        """The first reason to suggest it that comes from a cause."""
        found = [p for p in self.proposals if p.outcome == "met" and not (p.rung or p.mention or p.slot == "finding")]
        return min(found, key=lambda p: (p.last_resort, p.rank), default=None)

    def slots(self) -> frozenset[str]:
        """The parts in the choice that it may play: those of its open proposals that are not for mention only."""
        return frozenset(p.slot for p in self.proposals if p.outcome == "met" and not p.mention)


def options_of(picture: Picture, proposals: Iterable[Proposal], ladders: Ladders, held: dict[str, str]) -> list[Option]:
    """Bring the proposals for each step together, in the order in which steps first appear.

    `held` maps a step to why it must wait; the key "*" stands for every step that is not named.
    """
    by_step: defaultdict[str, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        by_step[proposal.step].append(proposal)
    acute = picture["infection_possible"].value is True
    urgent = any(f.suppresses_site for f in picture.findings)
    found = []
    for step, group in by_step.items():
        page = ladders.steps[step]
        if page.status != "active":
            continue
        main = min(group, key=lambda p: (p.outcome != "met", p.silent, p.mention, p.rank))
        stands = OPEN if urgent else standing(picture.case, main.place, page, acute=acute)
        asked = any(p.slot == "finding" for p in group)
        waits = "" if asked else held.get(step, held.get("*", ""))
        option = Option(step, page, main, tuple(group), stands, waits)
        if not all(p.silent for p in group) or (option.in_record and page.kind == "test"):
            found.append(option)
    return found


def step_of(option: Option, picture: Picture, *, chosen: bool) -> Step:
    """Write an option as a step of the model."""
    status, says = _status(option, chosen=chosen)
    main, stands = option.main, option.standing
    met = [p for p in option.proposals if p.outcome == "met"] or [main]
    said = stands.references if option.in_record else (*(r for p in met for r in p.references), *stands.references)
    caveats = dict.fromkeys(p.caveat for p in option.proposals if p.caveat and not p.silent)
    step = Step(
        id=option.id, status=status, title=option.page.title.format(place=main.place.label), says=says,
        rung=next((p.rung for p in option.proposals if p.rung), ""), caveat=" ".join(caveats),
        references=tuple(dict.fromkeys(said)), evidence=tuple(dict.fromkeys(e for p in met for e in p.evidence)),
        cites=tuple(dict.fromkeys((*option.page.seeds, *option.page.cites, *(c for p in met for c in p.cites)))),
        order=_order(option) if status == "suggested" else "",
    )  # fmt: skip
    return with_pregnancy(_with_gaps(step, picture), option.page, picture)


_HELD_IN = ("ServiceRequest", "DiagnosticReport", "ImagingStudy", "Procedure", "Appointment", "Encounter")
_CHECK_FIRST = "Orders and results could not be read completely: it may be in the record already."


def _with_gaps(step: Step, picture: Picture) -> Step:
    """What is not found in an incomplete record may still be there; a suggestion says so."""
    if step.status != "suggested" or not any(kind in picture.case.chart.gaps for kind in _HELD_IN):
        return step
    return replace(step, caveat=f"{step.caveat} {_CHECK_FIRST}".strip())


def with_pregnancy(step: Step, page: StepPage, picture: Picture) -> Step:
    """A test that uses radiation never goes out without the words when a pregnancy is recorded (model 5.2, 11)."""
    fact = picture["pregnancy_recorded"] if page.radiation else known(False)
    if fact.value is not True or step.status not in ("suggested", "mentioned"):
        return step
    words = "Pregnancy recorded: weigh the radiation."
    return replace(step, caveat=f"{words} {step.caveat}".strip(), references=(*step.references, *fact.references))


def _status(option: Option, *, chosen: bool) -> tuple[StepStatus, str]:
    main, stands = option.main, option.standing
    if option.in_record:
        return _IN_RECORD[stands.state], f"{stands.says}."
    if main.outcome != "met":
        return "not-eligible", main.otherwise or "Nothing in the record calls for it."
    if option.held:
        return "not-eligible", option.held
    if option.page.limit == "never":
        return "not-eligible", main.caveat or option.page.redundant
    more = f" {stands.says}." if stands.says else ""
    return "suggested" if chosen else "mentioned", main.says + more


def _order(option: Option) -> str:
    """The value set of the order, the part of a panel that is missing, and the sites that it may name."""
    place = option.main.place
    part = option.standing.missing[0] if len(option.standing.missing) == 1 else ""
    limb = f"site-{place.limb}-limb" if place.limb and not place.spine else ""
    sites = (*place.sites, *(s for s in place.near if s in place.named), limb) if option.page.body_site else ()
    return " ".join(filter(None, (option.page.order, part, *sites)))
