"""The seed trace: each statement of the source documents, and what on our pages carries it, or why nothing can.

A carrier is named by kind and id as it stands on its page: "row E1.1", "rung J2-physical-therapy", "rule RF1-signs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_service.knowledge import Page

from .anatomy import anatomy
from .library import Library
from .plan.pages import LadderPage, StepPage, WorkupPage
from .safety.page import SafetyPage

SEEDS = tuple(f"S{number}" for number in range(1, 214))


class Statement(Page, frozen=True):
    """One statement: where it stands in the sources, what it says in our words, and what carries it.

    `why_not` says why structured data cannot carry it, or cannot carry all of it.
    """

    source: str
    says: str
    carried_by: tuple[str, ...] = ()
    why_not: str = ""


class Sentence(Page, frozen=True):
    """A sentence that every reader sees; `holds` is a part of it as it is written on a card or a page."""

    where: str
    holds: str


class TracePage(Page, frozen=True):
    """seed-trace.toml."""

    version: str
    reviewed: str
    status: str
    sentences: dict[str, Sentence]
    statements: dict[str, Statement]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Something on a page that may carry a statement; `cites` is `None` where a sentence carries without citing."""

    name: str
    page: str
    cites: frozenset[str] | None


def page_of(library: Library) -> TracePage:
    """Return seed-trace.toml, typed once."""
    return library.typed("seed-trace", TracePage)


def carriers(library: Library) -> Mapping[str, Carrier]:
    """Return all that may carry a statement, by kind and id."""
    return {carrier.name: carrier for carrier in _all(library)}


def _all(library: Library) -> Iterator[Carrier]:
    yield from _of_causes(library)
    yield from _of_plan(library)
    yield from _of_safety(library)
    for name, threshold in library.thresholds.items():
        yield Carrier(f"threshold {name}", "thresholds.toml", frozenset(threshold.cites))
    for name, bounds in library.doses.classes.items():
        yield Carrier(f"dose {name}", "doses.toml", frozenset(bounds.cites))
    for referred in anatomy(library).referred:
        yield Carrier(f"referred {referred.id}", "anatomy.toml", frozenset(referred.cites))
    for name in library.regions:
        yield Carrier(f"region {name}", "regions.toml", None)
    for name in page_of(library).sentences:
        yield Carrier(f"sentence {name}", "seed-trace.toml", None)


def _of_causes(library: Library) -> Iterator[Carrier]:
    for rules in library.causes:
        yield Carrier(f"cause {rules.page.id}", f"causes/{rules.page.id}", frozenset(rules.page.seeds))
        for row in rules.page.evidence:
            yield Carrier(f"row {row.id}", f"causes/{rules.page.id}", frozenset(row.cites))


def _of_plan(library: Library) -> Iterator[Carrier]:
    for name, step in library.typed_rows("steps", StepPage).items():
        yield Carrier(f"step {name}", "steps.toml", frozenset((*step.seeds, *step.cites)))
    for stem in ladders(library):
        ladder = library.typed(stem, LadderPage)
        for rung in ladder.rungs:
            yield Carrier(f"rung {rung.id}", f"{stem}.toml", frozenset((*rung.seeds, *rung.cites)))
    for lead in library.typed("workup", WorkupPage).leads:
        yield Carrier(f"lead {lead.id}", "workup.toml", frozenset((*lead.seeds, *lead.cites)))


def ladders(library: Library) -> tuple[str, ...]:
    """Return the names of the ladder pages."""
    return tuple(sorted(stem for stem in library.raw if stem.startswith("ladders/")))


def _of_safety(library: Library) -> Iterator[Carrier]:
    page = library.typed("safety", SafetyPage)
    for kind, lines in (("rule", page.rules), ("note", page.notes), ("bar", page.bars)):
        for name, line in lines.items():
            yield Carrier(f"{kind} {name}", "safety.toml", frozenset((*line.seeds, *line.cites)))
