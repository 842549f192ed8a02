"""Which options are suggested: what the findings ask for, what the causes lead to, and at most three rungs.

The three rungs are the lowest not yet tried, the test that fits best, and one referral upward (clinical model 2.4).
Work-up and referrals that a cause leads to come on top; the whole stays small.
"""

from __future__ import annotations

from .options import Option
from .picture import Picture

_SETTLING = frozenset({"diagnostic", "specialist"})


def chosen(options: list[Option], picture: Picture) -> list[Option]:
    """Return the options to suggest, the best next step first."""
    ready = [o for o in options if o.open]
    asked = _asked(options, ready)
    led = _leads(options, [o for o in ready if o not in asked])
    rungs = sorted(_rungs(ready, [*asked, *led]), key=_rank)[: int(picture.case.number("max_steps"))]
    room = max(int(picture.case.number("max_suggested")) - len(asked), 0)
    return sorted([*asked, *sorted([*led, *rungs], key=_rank)[:room]], key=_rank)


def _asked(options: list[Option], ready: list[Option]) -> list[Option]:
    """What the findings ask for; of the people that one warning names the first that is open, none if one is seen."""
    wanted = [(o, o.asked.reason.group) for o in options if o.asked is not None]
    taken = {group for option, group in wanted if option.standing.in_record and group}
    found: list[Option] = []
    for option, group in wanted:
        if option in ready and group not in taken:
            found.append(option)
            taken |= {group} - {""}
    return found


def _rank(option: Option) -> int:
    return option.main.reason.rank


def _leads(options: list[Option], ready: list[Option]) -> list[Option]:
    """The tests and referrals that causes lead to; of a group only the first that is open, none if one is under way."""
    taken = {p.reason.group for o in options if o.standing.in_record for p in o.met if p.reason.group}
    open_leads = [(o, lead) for o in ready if (lead := o.lead) is not None]
    leads: list[Option] = []
    for option, lead in sorted(open_leads, key=lambda pair: pair[1].rank):
        if not lead.last_resort and lead.group not in taken:
            leads.append(option)
            taken |= {lead.group} - {""}
    if not any(_SETTLING & o.slots() for o in leads):
        leads += [o for o, lead in open_leads if lead.last_resort][:1]
    return leads


def _rungs(ready: list[Option], found: list[Option]) -> list[Option]:
    """The lowest open rung of each slot that is not filled yet."""
    taken = frozenset().union(*(o.slots() for o in found)) if found else frozenset[str]()
    climbing = [(o, o.climbs()) for o in ready if o not in found]
    rungs: list[Option] = []
    for slot, settled_by in (
        ("conservative", frozenset({"conservative"})),
        ("diagnostic", _SETTLING),
        ("upward", frozenset[str]()),
    ):
        if taken.isdisjoint(settled_by):
            rungs += [o for o, slots in climbing if slot in slots and o not in rungs][:1]
    return rungs
