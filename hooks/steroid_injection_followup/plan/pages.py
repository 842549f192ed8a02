"""The pages of the ladder as types: `steps.toml` (what each step is), `ladders/*.toml` (rungs), `workup.toml` (leads).

A step is described once; a rung or a lead says when it comes into question, for whom, and with which caveat.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import msgspec

from cds_service.knowledge import Page, Status

Limit = Literal["suggestible", "mention-only", "never"]
Slot = Literal["first", "diagnostic", "conservative", "advanced", "upward", "weighed", "specialist", "support"]
Match = Literal["site", "limb", "loose", "any"]


class StepPage(Page, frozen=True, dict=True):
    """What a step is, how far it may go, which order it becomes, and what in the record makes it redundant.

    `order` is the value set that the draft order takes its code from; `coded_by_site` whether that code names the
    site; with `of_limb` the step is of the whole limb and not of the injected site alone. `counts` are the sets whose
    orders and results make it redundant, `visits` those of its specialty; `match` says how closely such a record must
    name the place: "site" (it must), "limb" (the same limb will do), "loose" (it must not name another), "any".
    `within` is the threshold for how long a result lasts, `within_spine` the one for the spine; `unless_deficit` lets
    a new deficit set it aside; `course` asks for weeks or visits; `panel` lists groups of results each of which must
    be recent, as [threshold, set, set, …]; `acute_panel` and `acute_order` stand for the panel and the order while an
    infection has not been put aside. `surgical` marks an opinion that a booked operation makes needless, `radiation`
    a test that names a recorded pregnancy.
    """

    title: str
    kind: str
    limit: Limit
    redundant: str
    provenance: str
    status: Status
    seeds: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    order: str = ""
    coded_by_site: bool = False
    body_site: bool = True
    of_limb: bool = False
    counts: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    match: Match = "site"
    within: str = ""
    within_spine: str = ""
    unless_deficit: bool = False
    course: bool = False
    surgical: bool = False
    radiation: bool = False
    panel: tuple[tuple[str, ...], ...] = ()
    acute_panel: tuple[tuple[str, ...], ...] = ()
    acute_order: str = ""
    note: str = ""

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """Every value set that can move the step from where it stands: a record with none of them leaves it open."""
        panel = (tag for _, *sets in (*self.panel, *self.acute_panel) for tag in sets)
        return (*self.counts, *self.visits, *panel, *(("surgery-any",) if self.surgical else ()))

    @property
    def orders(self) -> tuple[str, ...]:
        """The value sets that a draft order may take its code from."""
        return tuple(filter(None, (self.order, self.acute_order)))


class RungPage(Page, frozen=True):
    """One option of a ladder: the rung that it stands on, when it is open to this patient, and what guidance says.

    `only` and `not_at` name regions: elsewhere the option does not exist. `otherwise` says why it is not open.
    `slot` is its part in the choice of at most three rungs (clinical model 2.4); "weighed" rungs are mentioned only.
    `caveat_at` takes the place of `caveat` at a region, or at a part of the spine, that guidance speaks of by itself.
    """

    id: str
    rung: str
    step: str
    slot: Slot
    says: str
    seeds: tuple[str, ...]
    provenance: str
    cites: tuple[str, ...] = ()
    caveat: str = ""
    caveat_at: dict[str, str] = msgspec.field(default_factory=dict)
    guideline: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    not_at: tuple[str, ...] = ()
    when: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    otherwise: str = ""
    rank: int = 50
    status: Status = "active"


class LadderPage(Page, frozen=True):
    """One ladder: its rungs from the lowest up, and the families of regions that climb it."""

    id: str
    title: str
    families: tuple[str, ...]
    version: str
    reviewed: str
    status: Status
    rungs: tuple[RungPage, ...]


class LeadPage(Page, frozen=True):
    """What a cause leads to: a test that would settle it, or the people to ask.

    It comes into question when the cause stands at `at_least` ("" leaves it to `when`), when any of the `evidence`
    rows holds (none named: any), and when all comparisons are met. Of one `group` only the first open one is offered.
    `at` "referred-spine" moves the step from the injected site to the part of the spine that may be the source.
    """

    id: str
    step: str
    slot: Slot
    says: str
    provenance: str
    cause: str = ""
    at_least: Literal["possible", "supported", ""] = ""
    evidence: tuple[str, ...] = ()
    when: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    only: tuple[str, ...] = ()
    group: str = ""
    at: Literal["", "referred-spine"] = ""
    mention: bool = False
    last_resort: bool = False
    caveat: str = ""
    seeds: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    rank: int = 30
    status: Status = "active"


class WorkupPage(Page, frozen=True):
    """workup.toml."""

    version: str
    reviewed: str
    status: Status
    leads: tuple[LeadPage, ...]
