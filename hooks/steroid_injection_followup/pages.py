"""The pages that the whole pipeline reads, as types: regions, words, doses, and the reasons for failure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from cds_service.knowledge import (
    Page,
    Status,
)

Patterns: TypeAlias = tuple[
    re.Pattern[str], re.Pattern[str], list[tuple[str, re.Pattern[str]]], list[tuple[str, re.Pattern[str]]]
]


class Region(Page, frozen=True):
    """One region of the contract: what it is called, what it is, and which tags name it.

    `depth` is deep, spinal, intermediate or superficial (clinical model C2/C4); `family` joint, tendon, nerve, spine
    or muscle, which picks the ladder; `dose_class` a row of doses.toml or "" (dose not rated); `sites` the tags that
    name it; `near` further tags under which a score, condition or test still concerns it; `not_for` reasons that
    another structure nearby answers to (S65); `limb` upper, lower or "";
    `spine` lumbar, cervical, thoracic or "".
    """

    label: str
    structure: str
    family: str
    depth: str
    sites: tuple[str, ...]
    dose_class: str = ""
    near: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    limb: str = ""
    spine: str = ""
    midline: bool = False
    joint: bool = False


class Rule(Page, frozen=True):
    """How a region is told from the tags of a procedure: all that is given must match; the first that does wins."""

    region: str
    sites: tuple[str, ...] = ()
    injections: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    structure: str = ""
    inferred: bool = False


class RegionsPage(Page, frozen=True):
    """regions.toml."""

    regions: dict[str, Region]
    rules: tuple[Rule, ...]


class TextPage(Page, frozen=True):
    """text.toml: the words by which a procedure without known codes may be told to be an injection, and where."""

    steroid: tuple[str, ...]
    excluded: tuple[str, ...]
    sides: dict[str, tuple[str, ...]]
    sites: dict[str, tuple[str, ...]]


class DoseClass(Page, frozen=True):
    """Bounds that flag, never advise: milligrams in triamcinolone equivalents, total millilitres (table 4.1)."""

    label: str
    lower: float
    usual: float
    upper: float
    volume_lower: float
    volume_upper: float
    provenance: str
    cites: tuple[str, ...]


class Agent(Page, frozen=True):
    """One corticosteroid: its factor to triamcinolone equivalents (0: not converted), particulate or not."""

    label: str
    factor: float
    particulate: bool
    cites: tuple[str, ...]


class DosesPage(Page, frozen=True):
    """doses.toml."""

    limit: str
    classes: dict[str, DoseClass]
    agents: dict[str, Agent]


class EvidenceRow(Page, frozen=True):
    """One row of a cause page.

    `says` holds {placeholders} named after facts (their words) or `site`; `when` compares facts; `weight` argues for
    (positive) or against; `corroborating` rows count only beside another positive one; `settles` says what would
    answer it when unknown. `argues_only_against` limits a negative row to the named positive rows (model 2.1).
    """

    id: str
    says: str
    weight: int
    when: dict[str, dict[str, Any]]
    cites: tuple[str, ...]
    provenance: str
    status: Status = "active"
    corroborating: bool = False
    argues_only_against: tuple[str, ...] = ()
    settles: str = ""
    note: str = ""


class CausePage(Page, frozen=True):
    """One reason for failure: the questions, what must be readable, and the rows of evidence.

    `reads` are the FHIR types of which a negative conclusion needs the whole list; `requires` are facts of which at
    least one must be known for it; `after` names causes that are weighed first because a row rests on them; `tie_rank`
    orders causes of equal weight (model 2.5).
    """

    id: str
    title: str
    question: str
    tie_rank: int
    version: str
    reviewed: str
    status: Status
    seeds: tuple[str, ...]
    requires: tuple[str, ...]
    cannot_judge: str
    reads: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    section: str = ""
    because: str = ""
    after: tuple[str, ...] = ()
    workup: tuple[str, ...] = ()


def compile_words(page: TextPage) -> Patterns:
    """Compile the words of text.toml once, for casefolded text: to ignore case in each search takes twice the time."""
    return (
        _any_of(page.steroid),
        _any_of(page.excluded),
        [(side, _any_of(words)) for side, words in page.sides.items()],
        [(region, _any_of(words)) for region, words in page.sites.items()],
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    parts = (_pattern(word) for word in words)
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)")


def _pattern(word: str) -> str:
    """Return a word of text.toml as a pattern: "*" any ending, "#" a digit, "..." any words between."""
    between = re.escape(word.casefold()).replace(r"\ \.\.\.\ ", r"\W(?:.*\W)?")
    return between.replace(r"\*", r"\w*").replace(r"\#", r"\d").replace(r"\ ", r"\s+")
