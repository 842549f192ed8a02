"""Which options are suggested: what the findings ask for, what the causes lead to, and at most three rungs.

The three rungs are the lowest not yet tried, the test that fits best, and one referral upward (clinical model 2.4).
Work-up and referrals that a cause leads to come on top; the whole stays small.
"""

from __future__ import annotations

from collections.abc import Iterable

from .options import Option
from .picture import Picture

_SETTLING = frozenset({"diagnostic", "specialist"})


def chosen(options: list[Option], picture: Picture) -> list[Option]:
    """Return the options to suggest, the best next step first."""
    asked = _asked(options)
    led = _leads(options, asked)
    rungs = sorted(_rungs(options, [*asked, *led]), key=_rank)[: int(picture.case.number("max_steps"))]
    room = max(int(picture.case.number("max_suggested")) - len(asked), 0)
    return sorted([*asked, *sorted([*led, *rungs], key=_rank)[:room]], key=_rank)


def _asked(options: list[Option]) -> list[Option]:
    """What the findings ask for; of the people that one warning names the first that is open, none if one is seen."""
    wanted = [(o, o.asked.group) for o in options if o.asked is not None]
    taken = {group for option, group in wanted if option.in_record and group}
    found: list[Option] = []
    for option, group in wanted:
        if option.open and group not in taken:
            found.append(option)
            taken |= {group} - {""}
    return found


def _rank(option: Option) -> int:
    return option.main.rank


def _leads(options: list[Option], found: list[Option]) -> list[Option]:
    """The tests and referrals that causes lead to; of a group only the first that is open, none if one is under way."""
    taken = {p.group for o in options if o.in_record for p in o.proposals if p.outcome == "met" and p.group}
    open_leads = [(o, o.lead) for o in options if o.open and o.lead is not None and o not in found]
    leads: list[Option] = []
    for option, lead in sorted(open_leads, key=lambda pair: pair[1].rank):
        if lead.last_resort or (lead.group and lead.group in taken):
            continue
        leads.append(option)
        taken.add(lead.group)
    if not any(_SETTLING & o.slots() for o in leads):
        leads += [o for o, lead in open_leads if lead.last_resort][:1]
    return leads


def _rungs(options: list[Option], found: list[Option]) -> list[Option]:
    taken = frozenset().union(*(o.slots() for o in found)) if found else frozenset[str]()
    rungs: list[Option] = []
    for slot, settled_by in (
        ("conservative", frozenset({"conservative"})),
        ("diagnostic", _SETTLING),
        ("upward", frozenset[str]()),
    ):
        if taken.isdisjoint(settled_by):
            rungs += [o for o in _on(options, slot) if o not in found and o not in rungs][:1]
    return rungs


def _on(options: Iterable[Option], slot: str) -> list[Option]:
    """The open rungs of a slot, the lowest first."""
    return [o for o in options if o.open and any(p.rung and p.slot == slot and p.outcome == "met" for p in o.proposals)]
