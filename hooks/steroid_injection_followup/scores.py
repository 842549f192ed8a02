"""Which pain scores and outcome measures belong to an injected site, brought to one scale each.

A score of another side or site is never used. A score without a site counts only where one site alone was injected
and no score names it. A goal, a worst-ever score, a cancelled or a valueless result is no score (model 3.1, 5.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from cds_service.chart import Chart
from cds_service.knowledge import Page, Status

from .library import Library
from .model import Episode, Score, Side
from .pages import Region
from .records import Record, Records


class Pain(Page, frozen=True):
    """The scales of 0 to 10."""

    scales: tuple[str, ...]
    visual: str
    lowest: float
    highest: float


class Measure(Page, frozen=True):
    """One outcome measure: the change that matters, its direction, the regions that it speaks of (all when empty)."""

    tag: str
    label: str
    threshold: str
    regions: tuple[str, ...]
    percent: bool = False
    higher_is_worse: bool = True
    status: Status = "active"


class Signal(Page, frozen=True):
    """One surrogate signal of failure."""

    id: str
    says: str
    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    weight: Literal["weak", "moderate"]
    anywhere: bool = False
    status: Status = "active"


class Censoring(Page, frozen=True):
    """What ends the watch over an injection."""

    procedures: tuple[str, ...]
    trauma: tuple[str, ...]


class ResponsePage(Page, frozen=True):
    """response.toml."""

    excluded: tuple[str, ...]
    excluded_words: tuple[str, ...]
    pain: Pain
    measures: tuple[Measure, ...]
    censoring: Censoring
    surrogates: tuple[Signal, ...]


_WORD = re.compile(r"[a-z]+")


class Scores(msgspec.Struct, frozen=True, gc=False):
    """The scores of one site, oldest first, and why others were left out."""

    pain: tuple[Score, ...]
    measures: Mapping[str, tuple[Score, ...]]
    notes: tuple[str, ...] = ()


def page_of(library: Library) -> ResponsePage:
    """Return response.toml, typed."""
    return library.typed("response", ResponsePage)


def scores_of(
    episode: Episode,
    episodes: tuple[Episode, ...],
    chart: Chart,
    records: Records,
    library: Library,
    page: ResponsePage,
) -> Scores:
    """Return the scores that belong to an episode's site and side."""
    region = library.regions[episode.region]
    notes: list[str] = []
    sited: list[Score] = []
    unsited: list[Score] = []
    for record in records.having(*page.pain.scales, kind="Observation"):
        if not _usable(record, chart, page):
            continue
        value = _on_ten(record, page.pain)
        if value is None:
            notes.append(f"{record.reference}: its scale cannot be told")
            continue
        found = _belongs(record, value, "nrs", episode, episodes, region, chart)
        if found is not None:
            (sited if found.site_specific else unsited).append(found)
    pain = sited or (unsited if _alone(episode, episodes) else [])
    return Scores(tuple(_in_order(pain)), _measures(episode, episodes, chart, records, region, page), tuple(notes))


def _usable(record: Record, chart: Chart, page: ResponsePage) -> bool:
    dated = record.day is not None and record.day <= chart.as_of
    if not dated or record.state != "done" or record.has(*page.excluded):
        return False
    return set(_WORD.findall(record.label.lower())).isdisjoint(page.excluded_words)


def _on_ten(record: Record, pain: Pain) -> float | None:
    """Bring a pain score to 0-10; a visual scale must say its unit or its range, or show it by its size."""
    if record.value is None or record.comparator:
        return None
    unit = record.unit.strip().lower()
    millimetres = unit in ("mm", "millimeter", "millimetre") or _upper(record) == 100
    if millimetres or (record.has(pain.visual) and unit not in ("cm",) and record.value > pain.highest):
        value = record.value / 10
    elif (
        record.has(pain.visual)
        and unit not in ("cm", "{score}", "score", "1", "/10")
        and _upper(record) != pain.highest
    ):
        return None
    else:
        value = record.value
    return value if pain.lowest <= value <= pain.highest else None


def _upper(record: Record) -> float | None:
    ranges: tuple[Any, ...] = record.resource.reference_range
    return next((r.high.value for r in ranges if r.high and r.high.value is not None), None)


def _belongs(
    record: Record,
    value: float,
    scale: str,
    episode: Episode,
    episodes: tuple[Episode, ...],
    region: Region,
    chart: Chart,
) -> Score | None:
    """Return the score as one of this site, sure or assumed, or `None` when it is another's."""
    score = Score(value, record.day or chart.as_of, record.reference, _time(record), scale)
    focus = {chart.key(r) for r in (*record.resource.focus, *record.resource.part_of)} - {None}
    injected = {reference for i in (episode.index, *episode.history) for reference in i.references}
    if focus & injected:
        return score
    if any(key.startswith("Procedure/") for key in focus if key):  # taken around a block or another procedure
        return None
    sites = {t for t in record.tags if t.startswith("site-")}
    if not sites:
        other_side = {record.side, episode.side} == {"left", "right"}
        return None if focus or other_side else replace(score, site_specific=False)
    if sites.isdisjoint((*region.sites, *region.near)):
        return None
    return _on_this_side(score, record.side, episode, episodes, region)


def _on_this_side(
    score: Score, side: Side, episode: Episode, episodes: tuple[Episode, ...], region: Region
) -> Score | None:
    if side in (episode.side, "bilateral") or episode.side == "midline":
        return score
    if side != "unknown":
        return replace(score, site_specific=False) if episode.side == "unknown" else None
    if region.spine:
        return score
    sides = {e.side for e in episodes if e.region == episode.region}
    return replace(score, site_specific=episode.side == "unknown") if len(sides) == 1 else None


def _alone(episode: Episode, episodes: tuple[Episode, ...]) -> bool:
    return all(e.key == episode.key for e in episodes)


def _time(record: Record) -> str:
    text = record.resource.effective_date_time or record.resource.effective_instant or ""
    return text if "T" in text else ""


def _measures(
    episode: Episode, episodes: tuple[Episode, ...], chart: Chart, records: Records, region: Region, page: ResponsePage
) -> dict[str, tuple[Score, ...]]:
    """Outcome measures name their joint themselves; the side must be stated, or only one side injected."""
    found: dict[str, tuple[Score, ...]] = {}
    for measure in page.measures:
        if measure.status != "active" or (measure.regions and episode.region not in measure.regions):
            continue
        if not measure.regions and not _alone(episode, episodes):
            continue
        scores = []
        for record in records.having(measure.tag, kind="Observation"):
            if not _usable(record, chart, page) or record.value is None or record.comparator:
                continue
            score = Score(record.value, record.day or chart.as_of, record.reference, _time(record), measure.tag)
            placed = _on_this_side(score, record.side, episode, episodes, region)
            if placed is not None:
                scores.append(replace(placed, worse_is_higher=measure.higher_is_worse))
        if scores:
            found[measure.tag] = tuple(_in_order(scores))
    return found


def _in_order(scores: list[Score]) -> list[Score]:
    return sorted(scores, key=lambda s: (s.day, s.when, s.reference))
