"""The knowledge as it runs: every page read, checked and laid over by the site's own, once at the start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from cds_service.errors import KnowledgeError
from cds_service.evidence import Comparison
from cds_service.knowledge import (
    Citation,
    Page,
    Status,
    Threshold,
    changed_names,
    comparisons,
    convert,
    laid_over,
    read_toml,
)
from cds_service.terminology import Terminology

T = TypeVar("T")
HOME = Path(__file__).parent / "knowledge"
# What a site may add to; elsewhere it changes and retires what is there.
_OPEN_TO_SITES = frozenset({"citations", "doses.agents", "cards.override_reasons"})
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

    `requires` are facts of which at least one must be known for the cause to be `not-supported`; `after` names causes
    that are weighed first because a row rests on them; `tie_rank` orders causes of equal weight (model 2.5).
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
    evidence: tuple[EvidenceRow, ...]
    section: str = ""
    because: str = ""
    after: tuple[str, ...] = ()
    workup: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """An evidence row ready to run: its comparisons compiled."""

    page: EvidenceRow
    tests: tuple[Comparison, ...]


@dataclass(frozen=True)
class CauseRules:
    """A cause page ready to run."""

    page: CausePage
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Library:
    """All knowledge of the service. `raw` keeps the tables of the pages that other steps read with their own types."""

    version: str
    terms: Terminology
    thresholds: Mapping[str, Threshold]
    citations: Mapping[str, Citation]
    regions: Mapping[str, Region]
    rules: tuple[Rule, ...]
    doses: DosesPage
    text: TextPage
    causes: tuple[CauseRules, ...]
    raw: Mapping[str, Mapping[str, Any]]
    overlay: str = ""

    @cached_property
    def words(self) -> Patterns:
        """The words of text.toml, compiled once."""
        return compile_words(self.text)

    @cached_property
    def injection_tags(self) -> tuple[str, ...]:
        """The value sets whose codes are injections, aspirations or blocks."""
        return tuple(sorted(tag for tag in self.terms.ids if tag.startswith("injection-") or tag == "aspiration-only"))

    def number(self, name: str) -> float:
        """Return the value of a threshold by name; a name that no page has is a mistake of ours and raises."""
        return self.thresholds[name].value

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """All thresholds as plain numbers."""
        return {name: threshold.value for name, threshold in self.thresholds.items()}

    def typed(self, stem: str, kind: type[T]) -> T:
        """Return a page as the type that a step reads it with, converted once."""
        found = self._typed.get(stem)
        if not isinstance(found, kind):
            found = self._typed[stem] = convert(self.raw[stem], kind, f"{stem}.toml")
        return found

    @cached_property
    def _typed(self) -> dict[str, Any]:
        return {}

    def page(self, stem: str) -> Mapping[str, Any]:
        """Return a page's table by its path without `.toml` ("safety", "ladders/joint")."""
        return self.raw[stem]


def compile_words(page: TextPage) -> Patterns:
    """Compile the words of text.toml; done once, when the library is loaded."""
    return (
        _any_of(page.steroid),
        _any_of(page.excluded),
        [(side, _any_of(words)) for side, words in page.sides.items()],
        [(region, _any_of(words)) for region, words in page.sites.items()],
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    parts = (re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in words)
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)", re.IGNORECASE)


def load(overlay: Path | None = None, home: Path = HOME) -> Library:
    """Read all pages, with the site's laid over ours where there are any. Raises `KnowledgeError`."""
    raw = {str(p.relative_to(home).with_suffix("")): read_toml(p) for p in sorted(home.rglob("*.toml"))}
    site = _site_pages(overlay, raw)
    pages = {stem: laid_over(table, site.get(stem, {}), stem, open_to=_OPEN_TO_SITES) for stem, table in raw.items()}
    thresholds = convert(pages["thresholds"], dict[str, Threshold], "thresholds.toml")
    regions = convert(pages["regions"], RegionsPage, "regions.toml")
    return Library(
        version=str(pages["knowledge"]["version"]),
        terms=Terminology.load(home, *((overlay,) if overlay else ())),
        thresholds=thresholds,
        citations=convert(pages["citations"], dict[str, Citation], "citations.toml"),
        regions=regions.regions,
        rules=regions.rules,
        doses=convert(pages["doses"], DosesPage, "doses.toml"),
        text=convert(pages["text"], TextPage, "text.toml"),
        causes=tuple(_cause(stem, pages[stem], thresholds) for stem in sorted(pages) if stem.startswith("causes/")),
        raw=pages,
        overlay=_overlay_words(overlay, site, raw),
    )


def _site_pages(overlay: Path | None, ours: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read a site's pages; each must bear the name of one of ours."""
    if overlay is None:
        return {}
    if not overlay.is_dir():
        raise KnowledgeError(f"{overlay}: no such folder; point CDS_KNOWLEDGE_OVERLAY at a folder of pages")
    site = {str(p.relative_to(overlay).with_suffix("")): read_toml(p) for p in sorted(overlay.rglob("*.toml"))}
    strangers = sorted(set(site) - set(ours))
    if strangers:
        raise KnowledgeError(
            f"overlay: no page of ours is named {strangers[0]}.toml; use the name of the page to change"
        )
    return site


def _overlay_words(overlay: Path | None, site: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Say on every answer what a site changed: by name, the first few of each page."""
    if overlay is None:
        return ""
    sets = sorted(p.stem for p in overlay.glob("valuesets/*.json"))
    changed = {stem: list(changed_names(ours[stem], table)) for stem, table in sorted(site.items())}
    said = [f"{what} ({_few(names)})" for what, names in (*changed.items(), ("value sets", sets)) if names]
    return "site pages laid over: " + ("; ".join(said) or "nothing changed")


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _cause(stem: str, table: Mapping[str, Any], thresholds: Mapping[str, Threshold]) -> CauseRules:
    where = f"{stem}.toml"
    page = convert(table, CausePage, where)
    rows = tuple(
        Row(row, comparisons(row.when, thresholds, f"{where}, row {row.id}"))
        for row in page.evidence
        if row.status == "active"
    )
    return CauseRules(page, rows)
