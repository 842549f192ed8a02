"""Which pain scores and outcome measures belong to an injected site, brought to one scale each.

A score of another side or site is never used. A score without a site counts only where one site alone was injected
and no score names it. A goal, a worst-ever score, a cancelled or a valueless result is no score (model 3.1, 5.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec.structs import replace

from cds_service import fhir_types as fhir
from cds_service.chart import Chart
from cds_service.knowledge import Page, Status

from .library import Library
from .model import Episode, Score, Side, Unused
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
    unused: tuple[Unused, ...] = ()


class _Site(msgspec.Struct, frozen=True, gc=False):
    """The injected site that scores are sought for; `injections` are the references of what was injected there."""

    episode: Episode
    region: Region
    chart: Chart
    injections: frozenset[str]
    alone: bool
    one_side: bool


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
    here = _site(episode, episodes, chart, library)
    sited: list[Score] = []
    unsited: list[Score] = []
    unused: list[Unused] = []
    for record in records.having(*page.pain.scales, kind="Observation"):
        value = _on_ten(record, page.pain) if _usable(record, chart, page) else None
        if value is None:
            unused += _unread(record, here, page)
        elif (found := _belongs(record, value, here)) is not None:
            (sited if found.site_specific else unsited).append(found)
        elif record.side == "unknown" and not here.one_side and record.has(*here.region.sites):
            unused += _unused(record, "no side recorded")
    pain = sited or (unsited if here.alone else [])
    if not pain:
        unused += (Unused(s.day, s.reference, "no site recorded") for s in unsited)
    return Scores(_in_order(pain), _measures(here, records, page), tuple(unused))


def _unused(record: Record, why: str) -> list[Unused]:
    return [Unused(record.day, record.reference, why)] if record.day else []


def _unread(record: Record, here: _Site, page: ResponsePage) -> list[Unused]:
    """Say why a score of this site was not read; a goal, a worst pain and an empty entry are none."""
    by_proxy = record.state == "by-proxy"
    if not (by_proxy or record.state == "done") or not _said_of_a_day(record, here.chart, page):
        return []
    if _belongs(record, 0, here) is None:
        return []
    if by_proxy:
        return _unused(record, "given by a related person")
    number = "exact number" if record.comparator else "number" if record.value is None else ""
    return _unused(record, f"no {number} recorded" if number else "its scale cannot be told")


def _site(episode: Episode, episodes: tuple[Episode, ...], chart: Chart, library: Library) -> _Site:
    return _Site(
        episode,
        library.regions[episode.region],
        chart,
        injections=frozenset(reference for i in (episode.index, *episode.history) for reference in i.references),
        alone=all(other.key == episode.key for other in episodes),
        one_side=len({other.side for other in episodes if other.region == episode.region}) == 1,
    )


def _usable(record: Record, chart: Chart, page: ResponsePage) -> bool:
    return record.state == "done" and _said_of_a_day(record, chart, page)


def _said_of_a_day(record: Record, chart: Chart, page: ResponsePage) -> bool:
    """Whether an entry tells of a day up to now, and not of a goal or of the worst pain."""
    if record.day is None or record.day > chart.as_of or record.has(*page.excluded):
        return False
    return set(_WORD.findall(record.label.lower())).isdisjoint(page.excluded_words)


def _on_ten(record: Record, pain: Pain) -> float | None:
    """Bring a pain score to 0-10; a visual scale must say its unit or its range, or show it by its size."""
    if record.value is None or record.comparator:
        return None
    unit, upper, visual = record.unit.strip().lower(), _upper(record), pain.visual in record.tags
    millimetres = unit in ("mm", "millimeter", "millimetre") or upper == 100
    if millimetres or (visual and unit != "cm" and record.value > pain.highest):
        value = record.value / 10
    elif visual and unit not in ("cm", "{score}", "score", "1", "/10") and upper != pain.highest:
        return None
    else:
        value = record.value
    return value if pain.lowest <= value <= pain.highest else None


def _upper(record: Record) -> float | None:
    ranges: tuple[fhir.Range, ...] = record.resource.reference_range
    for each in ranges:
        if each.high and each.high.value is not None:
            return each.high.value
    return None


def _belongs(record: Record, value: float, here: _Site) -> Score | None:
    """Return the score as one of this site, sure or assumed, or `None` when it is another's."""
    score = Score(value, record.day or here.chart.as_of, record.reference, _time(record))
    about = {here.chart.key(r) for r in (*record.resource.focus, *record.resource.part_of)} - {None}
    if not about.isdisjoint(here.injections):
        return score
    if any(key.startswith("Procedure/") for key in about if key):  # taken around a block or another procedure
        return None
    sites = [tag for tag in record.tags if tag.startswith("site-")]
    if not sites:
        other_side = {record.side, here.episode.side} == {"left", "right"}
        return None if about or other_side else replace(score, site_specific=False)
    if not any(tag in here.region.sites or tag in here.region.near for tag in sites):
        return None
    return _on_this_side(score, record.side, here)


def _on_this_side(score: Score, side: Side, here: _Site) -> Score | None:
    episode = here.episode
    if side in (episode.side, "bilateral") or episode.side == "midline":
        return score
    if side != "unknown":
        return replace(score, site_specific=False) if episode.side == "unknown" else None
    if here.region.spine:
        return score
    return replace(score, site_specific=episode.side == "unknown") if here.one_side else None


def _time(record: Record) -> str:
    text = record.resource.effective_date_time or record.resource.effective_instant or ""
    return text if "T" in text else ""


def _measures(here: _Site, records: Records, page: ResponsePage) -> dict[str, tuple[Score, ...]]:
    """Outcome measures name their joint themselves; the side must be stated, or only one side injected."""
    found: dict[str, tuple[Score, ...]] = {}
    for measure in page.measures:
        if measure.status != "active" or not _tells_of(measure, here):
            continue
        scores = []
        for record in records.having(measure.tag, kind="Observation"):
            if not _usable(record, here.chart, page) or record.value is None or record.comparator:
                continue
            score = Score(record.value, record.day or here.chart.as_of, record.reference, _time(record), measure.tag)
            placed = _on_this_side(score, record.side, here)
            if placed is not None:
                scores.append(replace(placed, worse_is_higher=measure.higher_is_worse, measure=measure.label))
        if scores:
            found[measure.tag] = _in_order(scores)
    return found


def _tells_of(measure: Measure, here: _Site) -> bool:
    return here.episode.region in measure.regions if measure.regions else here.alone


def _in_order(scores: list[Score]) -> tuple[Score, ...]:
    return tuple(sorted(scores, key=lambda s: (s.day, s.when, s.reference)))
