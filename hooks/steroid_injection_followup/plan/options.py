"""From proposals to options: one for each step, with its standing in the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from .ladders import Reason
from .pages import StepPage
from .picture import Picture
from .proposals import Proposal
from .therapies import OPEN, Standing, standing


class Option(msgspec.Struct, frozen=True, eq=False):
    """A step with all that speaks of it.

    `met` are the proposals that are open to this patient, `main` is the one that carries it, `asked` the first finding
    that asks for it, `held` why it must wait. An `open` one could be suggested.
    """

    id: str
    page: StepPage
    main: Proposal
    met: list[Proposal]
    proposals: list[Proposal]
    standing: Standing
    asked: Proposal | None
    held: str
    open: bool

    @property
    def lead(self) -> Reason | None:
        """The first reason to suggest it that comes from a cause."""
        found = [r for p in self.met if not ((r := p.reason).rung or r.mention or r.slot == "finding")]
        return min(found, key=lambda r: (r.last_resort, r.rank)) if found else None

    def slots(self) -> frozenset[str]:
        """The parts in the choice that it may play: those of its open proposals that are not for mention only."""
        return frozenset(p.reason.slot for p in self.met if not p.reason.mention)

    def climbs(self) -> list[str]:
        """The slots of its open rungs."""
        return [p.reason.slot for p in self.met if p.reason.rung]


def options_of(
    picture: Picture, proposals: Iterable[Proposal], steps: Mapping[str, StepPage], held: Mapping[str, str]
) -> list[Option]:
    """Bring the proposals for each step together, in the order in which steps first appear.

    `held` maps a step to why it must wait; the key "*" stands for every step that is not named.
    """
    by_step: defaultdict[str, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        by_step[proposal.reason.step].append(proposal)
    acute = picture["infection_possible"].value is True
    urgent = any(f.suppresses_site for f in picture.findings)
    found = []
    for step, group in by_step.items():
        page = steps[step]
        if page.status != "active":
            continue
        met = [p for p in group if p.outcome == "met"]
        carriers = met or group
        main = carriers[0] if len(carriers) == 1 else min(carriers, key=_precedence)
        stands = OPEN if urgent else standing(picture.case, main.place, page, acute=acute)
        if main.reason.silent and not stands.in_record:
            continue
        asked = group[0] if group[0].reason.slot == "finding" else None  # findings propose before all others
        waits = held.get(step, held.get("*", "")) if held and not asked else ""
        could = bool(met) and page.limit == "suggestible" and not (waits or stands.in_record)
        found.append(Option(step, page, main, met, group, stands, asked, waits, could))
    return found


def _precedence(proposal: Proposal) -> tuple[bool, bool, int]:
    return proposal.reason.silent, proposal.reason.mention, proposal.reason.rank
