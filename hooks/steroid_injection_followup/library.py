"""The knowledge as it runs: every page read, checked and laid over by the site's own, once at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from cds_service.errors import KnowledgeError
from cds_service.evidence import Comparison
from cds_service.knowledge import (
    Citation,
    Threshold,
    changed_names,
    comparisons,
    convert,
    laid_over,
    read_toml,
)
from cds_service.terminology import Terminology

from .pages import CausePage, DosesPage, EvidenceRow, Patterns, Region, RegionsPage, Rule, TextPage, compile_words

T = TypeVar("T")

HOME = Path(__file__).parent / "knowledge"
WITHIN = Path("hooks") / "steroid_injection_followup" / "knowledge"  # where a checkout has it
# What a site may add to; elsewhere it changes and retires what is there.
DAYS_A_MONTH = 30.44
_OPEN_TO_SITES = frozenset({"citations", "doses.agents", "cards.override_reasons"})


class Number(float):
    """A number of thresholds.toml as a sentence fills it in: plain, or days as `{radiograph_days:months}`."""

    def __format__(self, form: str) -> str:
        """Write it, in whole months where the sentence asks for that."""
        return f"{self / DAYS_A_MONTH:.0f} months" if form == "months" else super().__format__(form or "g")


@dataclass(frozen=True)
class Row:
    """An evidence row ready to run: its comparisons compiled, and what its words have the chart `fill_in`."""

    page: EvidenceRow
    tests: tuple[Comparison, ...]
    fill_in: frozenset[str]


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
    def numbers(self) -> Mapping[str, Number]:
        """All thresholds as plain numbers, which sentences fill in by their names."""
        return {name: Number(threshold.value) for name, threshold in self.thresholds.items()}

    @cached_property
    def spans(self) -> Mapping[str, timedelta]:
        """The thresholds that count days, as times."""
        return {n: timedelta(days=t.value) for n, t in self.thresholds.items() if t.unit == "days"}

    @cached_property
    def weighing_order(self) -> tuple[CauseRules, ...]:
        """The causes, those first that others rest on."""
        return tuple(sorted(self.causes, key=lambda rules: bool(rules.page.after)))

    def typed(self, stem: str, kind: type[T]) -> T:
        """Return a page as the type that a step reads it with, converted once."""
        found = self._typed.get(stem)
        if not isinstance(found, kind):
            found = self._typed[stem] = convert(self.raw[stem], kind, f"{stem}.toml")
        return found

    def typed_rows(self, stem: str, kind: type[T]) -> Mapping[str, T]:
        """Return a page that is nothing but named rows, each row as its type, converted once."""
        rows: Mapping[str, T] | None = self._typed.get(f"{stem} rows")
        if rows is None:
            table = dict[str, kind]  # type: ignore[valid-type]
            rows = self._typed[f"{stem} rows"] = convert(self.raw[stem], table, f"{stem}.toml")
        return rows

    @cached_property
    def _typed(self) -> dict[str, Any]:
        return {}

    def page(self, stem: str) -> Mapping[str, Any]:
        """Return a page's table by its path without `.toml` ("safety", "ladders/joint")."""
        return self.raw[stem]


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
    lost = sorted(p.name for p in overlay.rglob("*.json") if p.parent != overlay / "valuesets")
    if lost:
        raise KnowledgeError(f"overlay: {lost[0]} is read by nothing; put value sets into {overlay.name}/valuesets/")
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
    rows = tuple(_row(row, thresholds, f"{where}, row {row.id}") for row in page.evidence if row.status == "active")
    return CauseRules(page, rows)


def _row(row: EvidenceRow, thresholds: Mapping[str, Threshold], where: str) -> Row:
    try:
        return Row(row, comparisons(row.when, thresholds, where), placeholders(row.says))
    except ValueError as problem:
        raise KnowledgeError(f"{where}: its words cannot be filled in ({problem}); mend the braces") from problem


def placeholders(says: str) -> frozenset[str]:
    """Return the names that a row's words rest on: `site`, facts, or numbers of thresholds.toml."""
    return frozenset(name for _, name, _, _ in Formatter().parse(says) if name)
