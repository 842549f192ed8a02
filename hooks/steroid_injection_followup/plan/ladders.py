"""The pages of the plan ready to run, and laid out by region: a chart looks only at what exists for its own site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cds_service.errors import KnowledgeError
from cds_service.evidence import Comparison, known
from cds_service.knowledge import comparisons, convert
from cds_service.terminology import Code, Terminology

from ..facts.registry import FACTS
from ..library import Library
from ..model import State
from ..pages import Region
from .pages import LadderPage, LeadPage, RungPage, StepPage, WorkupPage
from .picture import GATES
from .words import Text, text

_ENOUGH: Mapping[str, tuple[State, ...]] = {"possible": ("possible", "supported"), "supported": ("supported",)}
_NAMED_ONLY = ("first", "weighed", "advanced")
_NOTHING = Text("")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step comes into question: a rung of the ladder, a lead of a cause, or what a finding asks for.

    A `silent` one asks for nothing: it has the record searched for a test, which is listed where it was done.
    `otherwise` says why the step is not open, `title` what it is called for this reason where that is its own; `slot`,
    `group`, `mention`, `last_resort` and `priority` are as on the pages.
    """

    step: str
    slot: str
    rank: int
    says: Text = _NOTHING
    caveat: Text = _NOTHING
    otherwise: Text = _NOTHING
    tests: tuple[Comparison, ...] = ()
    rung: str = ""
    group: str = ""
    mention: bool = False
    last_resort: bool = False
    silent: bool = False
    title: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung ready to run."""

    page: RungPage
    reason: Reason


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead ready to run.

    `enough` are the states of its cause that let it come into question, none where the cause does not matter;
    `unasked` stands in for it where it does not come into question and its step is a test, if the structure `fits`.
    """

    page: LeadPage
    reason: Reason
    enough: tuple[State, ...]
    fits: tuple[Comparison, ...]
    unasked: Reason | None


@dataclass(frozen=True, slots=True)
class Here:
    """What exists for one region."""

    rungs: tuple[Rung, ...]
    leads: tuple[Lead, ...]


class Coded(NamedTuple):
    """A code as FHIR writes it, with every value set that holds it, and whether any of them is a place."""

    coding: dict[str, str]
    tags: frozenset[str]
    placed: bool


@dataclass(frozen=True, slots=True)
class Ladders:
    """All pages of the plan: rungs by the family that climbs them, and `at` each region what exists there.

    `codes` are those that a draft order may take, by value set, the preferred one first; `sites` the value sets that
    name a place of the body.
    """

    steps: Mapping[str, StepPage]
    rungs: Mapping[str, tuple[Rung, ...]]
    leads: tuple[Lead, ...]
    at: Mapping[str, Here]
    codes: Mapping[str, tuple[Coded, ...]]
    sites: frozenset[str]


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
        rungs |= dict.fromkeys(page.families, tuple(_rungs(page, stem, library, steps)))
    leads = tuple(_leads(convert(library.page("workup"), WorkupPage, "workup.toml"), library, steps))
    at = {
        name: Here(tuple(_climbed(name, region, rungs.get(region.family, ()))), tuple(_led(name, region, leads)))
        for name, region in library.regions.items()
    }
    sites = frozenset(tag for tag in library.terms.ids if tag.startswith("site-"))
    return Ladders(steps, rungs, leads, at, dict(_codes(steps, sites, library)), sites)


def _rungs(page: LadderPage, stem: str, library: Library, steps: Mapping[str, StepPage]) -> Iterator[Rung]:
    parts = {region.spine for region in library.regions.values() if region.spine}
    for rung in page.rungs:
        where = f"{stem}.toml, rung {rung.id}"
        apart = (name for name in rung.caveat_at if name not in parts)
        _known(rung.step, (*rung.only, *rung.not_at, *apart), steps, library, where)
        reason = Reason(
            rung.step, rung.slot, rung.rank, text(rung.says), text(rung.caveat), text(rung.otherwise),
            _compiled(rung.when, library, where), rung.rung, mention=rung.slot in _NAMED_ONLY,
        )  # fmt: skip
        if page.status == rung.status == "active":
            yield Rung(rung, reason)


def _leads(page: WorkupPage, library: Library, steps: Mapping[str, StepPage]) -> Iterator[Lead]:
    for lead in page.leads:
        where = f"workup.toml, lead {lead.id}"
        _known(lead.step, lead.only, steps, library, where)
        tests = _compiled(lead.when, library, where)
        reason = Reason(
            lead.step, lead.slot, lead.rank, text(lead.says), text(lead.caveat), tests=tests,
            group=lead.group, mention=lead.mention, last_resort=lead.last_resort,
        )  # fmt: skip
        unasked = Reason(lead.step, lead.slot, lead.rank, silent=True) if steps[lead.step].kind == "test" else None
        if page.status == lead.status == "active":
            fits = tuple(test for test in tests if test.fact == "structure")
            yield Lead(lead, reason, _ENOUGH.get(lead.at_least, ()), fits, unasked)


def _climbed(name: str, region: Region, rungs: Iterable[Rung]) -> Iterator[Rung]:
    """The rungs that exist at this region, each with the caveat that holds there."""
    for rung in rungs:
        page, own = rung.page, rung.page.caveat_at
        if name not in page.not_at and (not page.only or name in page.only):
            caveat = own.get(name, own.get(region.spine, page.caveat))
            yield rung if caveat == page.caveat else replace(rung, reason=replace(rung.reason, caveat=text(caveat)))


def _led(name: str, region: Region, leads: Iterable[Lead]) -> Iterator[Lead]:
    """The leads that are for this region: elsewhere not even their tests are looked for."""
    about = {"region": known(name), "family": known(region.family), "limb": known(region.limb)}
    for lead in leads:
        meant = not lead.page.only or name in lead.page.only
        if meant and all(t.outcome(about[t.fact]) == "met" for t in lead.reason.tests if t.fact in about):
            yield lead


def _codes(
    steps: Mapping[str, StepPage], sites: Iterable[str], library: Library
) -> Iterator[tuple[str, tuple[Coded, ...]]]:
    """The codes of the orders, and those of the places and sides that an order may name."""
    terms = library.terms
    for name, page in steps.items():
        for order in page.orders:
            if order not in terms.ids:
                raise KnowledgeError(f"steps.toml, {name}: no value set '{order}'; add it or correct the name")
    orders = (order for page in steps.values() for order in page.orders)
    for value_set in (*orders, *sites, "side-left", "side-right"):
        yield value_set, tuple(_coded(member, terms) for member in terms.members(value_set))


def _coded(member: Code, terms: Terminology) -> Coded:
    tags = terms.coding_tags(member.system, member.code)
    coding = {"system": member.system, "code": member.code, "display": member.display}
    return Coded(coding, tags, placed=any(tag.startswith("site-") for tag in tags))


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
