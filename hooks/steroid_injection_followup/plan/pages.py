"""The pages of the ladder as types: `steps.toml` (what each step is), `ladders/*.toml` (rungs), `workup.toml` (leads).

A step is described once; a rung or a lead says when it comes into question, for whom, and with which caveat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cds_service.errors import KnowledgeError
from cds_service.evidence import Comparison
from cds_service.knowledge import Page, Status, comparisons, convert

from ..facts.registry import FACTS
from ..library import Library
from .picture import GATES

Limit = Literal["suggestible", "mention-only", "never"]
Slot = Literal["first", "diagnostic", "conservative", "advanced", "upward", "weighed", "specialist", "support"]
Match = Literal["site", "limb", "loose", "any"]


class StepPage(Page, frozen=True):
    """What a step is, how far it may go, which order it becomes, and what in the record makes it redundant.

    `order` is the value set that the draft order takes its code from; `coded_by_site` whether that code names the
    site. `counts` are the sets whose orders and results make it redundant, `visits` those of its specialty;
    `match` says how closely such a record must name the place: "site" (it must), "limb" (the same limb will do),
    "loose" (it must not name another), "any". `within` is the threshold for how long a result lasts, `within_spine`
    the one for the spine; `unless_deficit` lets a new deficit set it aside; `course` asks for weeks or visits;
    `panel` lists groups of results each of which must be recent, as [threshold, set, set, …], and `acute` the
    thresholds that replace those while an infection has not been put aside. `surgical` marks an opinion that a booked
    operation makes needless, `radiation` a test that names a recorded pregnancy.
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
    acute: dict[str, str] = msgspec.field(default_factory=dict)
    note: str = ""


class RungPage(Page, frozen=True):
    """One option of a ladder: the rung that it stands on, when it is open to this patient, and what guidance says.

    `only` and `not_at` name regions: elsewhere the option does not exist. `otherwise` says why it is not open.
    `slot` is its part in the choice of at most three rungs (clinical model 2.4); "weighed" rungs are mentioned only.
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


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung ready to run."""

    page: RungPage
    tests: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead ready to run."""

    page: LeadPage
    tests: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Ladders:
    """All pages of the plan, ready to run."""

    steps: Mapping[str, StepPage]
    rungs: Mapping[str, tuple[Rung, ...]]
    leads: tuple[Lead, ...]


def ladders_of(library: Library) -> Ladders:
    """Return the plan's pages, read once and kept on the library, as its own cached properties are.

    Called at the start too, so that a mistake on a page stops the start and never a call.
    """
    kept: dict[str, Any] = vars(library)
    if "ladders" not in kept:
        kept["ladders"] = read(library)
    found: Ladders = kept["ladders"]
    return found


def read(library: Library) -> Ladders:
    """Read and check the pages. Raises `KnowledgeError` for a step or a region that no page has."""
    steps = convert(library.page("steps"), dict[str, StepPage], "steps.toml")
    rungs: dict[str, tuple[Rung, ...]] = {}
    for stem in sorted(s for s in library.raw if s.startswith("ladders/")):
        page = convert(library.page(stem), LadderPage, f"{stem}.toml")
        ready = tuple(_rungs(page, stem, library, steps))
        rungs |= dict.fromkeys(page.families, ready)
    workup = convert(library.page("workup"), WorkupPage, "workup.toml")
    return Ladders(steps, rungs, tuple(_leads(workup, library, steps)))


def _rungs(page: LadderPage, stem: str, library: Library, steps: Mapping[str, StepPage]) -> Iterator[Rung]:
    for rung in page.rungs:
        where = f"{stem}.toml, rung {rung.id}"
        _known(rung.step, (*rung.only, *rung.not_at), steps, library, where)
        if page.status == rung.status == "active":
            yield Rung(rung, _compiled(rung.when, library, where))


def _leads(page: WorkupPage, library: Library, steps: Mapping[str, StepPage]) -> Iterator[Lead]:
    for lead in page.leads:
        where = f"workup.toml, lead {lead.id}"
        _known(lead.step, lead.only, steps, library, where)
        if page.status == lead.status == "active":
            yield Lead(lead, _compiled(lead.when, library, where))


def _known(step: str, regions: tuple[str, ...], steps: Mapping[str, StepPage], library: Library, where: str) -> None:
    if step not in steps:
        raise KnowledgeError(f"{where}: no step '{step}'; add it to steps.toml or correct the name")
    for region in regions:
        if region not in library.regions:
            raise KnowledgeError(f"{where}: no region '{region}'; use one of regions.toml")


def _compiled(when: Mapping[str, Mapping[str, Any]], library: Library, where: str) -> tuple[Comparison, ...]:
    for fact in when:
        if fact not in GATES and fact not in FACTS:
            raise KnowledgeError(f"{where}: no fact '{fact}'; use one of {', '.join(sorted({*GATES, *FACTS}))}")
    return comparisons(when, library.thresholds, where)
