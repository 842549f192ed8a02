"""The patient's time as data for a picture: what happened at each injected site, and what the rules compare it with.

It decides nothing and no card is made of it; only a page that draws asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec

from cds_service.knowledge import Page

from .case import Case
from .library import Library
from .model import Appraisal, Finding, Injection, Score
from .records import Record
from .scores import page_of as response_page
from .scores import scores_of

Event = dict[str, Any]
_STATES = {"ordered": "ordered", "booked": "booked", "taking": "taking", "ended": "ended", "stopped": "stopped"}


class Window(Page, frozen=True):
    """A time around an injection, with the thresholds that bound it."""

    id: str
    label: str
    says: str
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class Lane(Page, frozen=True):
    """A row of the picture, and the beginnings of the value sets that go there."""

    label: str
    tags: tuple[str, ...]


class TimelinePage(Page, frozen=True):
    """timeline.toml."""

    windows: tuple[Window, ...]
    lanes: tuple[Lane, ...]


def page_of(library: Library) -> TimelinePage:
    """Return timeline.toml, typed once."""
    return library.typed("timeline", TimelinePage)


def timeline(case: Case, appraisal: Appraisal) -> dict[str, Any]:
    """Return the time of one episode: events in lanes, the windows around the injection, the levels of pain."""
    page = page_of(case.library)
    return {
        "region": case.episode.region,
        "side": case.episode.side,
        "title": case.site,
        "asOf": case.as_of.isoformat(),
        "scale": {"label": "Pain, 0 to 10", "low": 0, "high": 10},
        "events": sorted(_events(case, appraisal, page), key=lambda event: (event["date"], event["label"])),
        "lanes": ["Alerts", *(lane.label for lane in page.lanes)],
        "windows": [_window(w, case) for w in page.windows] if case.episode.index.steroid else [],
        "levels": list(_levels(case)),
    }


def names(library: Library) -> dict[str, str]:
    """Return what ids are called in words: reasons, steps and regions."""
    reasons = {rules.page.id: rules.page.title for rules in library.causes}
    steps = {name: _title(step["title"]) for name, step in library.page("steps").items()}
    return {**{name: region.label for name, region in library.regions.items()}, **steps, **reasons}


def _title(template: str) -> str:
    return template.replace(": {place}", "").replace("{place}", "the site")


def _events(case: Case, appraisal: Appraisal, page: TimelinePage) -> Iterator[Event]:
    episode = case.episode
    for injection in dict.fromkeys((episode.index, *episode.history, *episode.others)):
        yield _injection(injection, is_index=injection is episode.index)
    scores = scores_of(episode, case.episodes, case.chart, case.records, case.library, response_page(case.library))
    yield from (_score(score, score.scale) for score in scores.pain)
    for tag, measured in scores.measures.items():
        label = next(m.label for m in response_page(case.library).measures if m.tag == tag)
        yield from (_score(score, label) for score in measured)
    yield from (event for found in appraisal.findings for event in _finding(found, case))
    yield from (event for record in case.records.all for event in _record(record, case, page))


def _injection(injection: Injection, *, is_index: bool) -> Event:
    dose = f"{injection.dose.milligrams:g} mg" if injection.dose.milligrams is not None else "dose not recorded"
    what = (injection.agent or injection.other_agent or "agent not recorded").replace("-", " ")
    guidance = {"guided": "image-guided", "explicit-unguided": "without image guidance"}.get(injection.guidance, "")
    return {
        "kind": "injection",
        "date": injection.day.isoformat(),
        "label": ", ".join(filter(None, (what, dose if injection.agent else "", guidance))),
        "index": is_index,
        "references": list(injection.references),
    }


def _score(score: Score, scale: str) -> Event:
    found: Event = {
        "kind": "score" if scale == "nrs" else "measure",
        "date": score.day.isoformat(),
        "label": "Pain" if scale == "nrs" else scale,
        "value": score.value,
        "references": [score.reference],
    }
    if not score.site_specific:
        found["assumed"] = True
    return found


def _finding(found: Finding, case: Case) -> Iterator[Event]:
    """Yield a finding on the day of the latest record that it rests on."""
    by_reference = {record.reference: record.day for record in case.records.all}
    days = [day for reference in found.references if (day := by_reference.get(reference)) is not None]
    yield {
        "kind": "finding",
        "lane": "Alerts",
        "date": (max(days) if days else case.injected).isoformat(),
        "label": _kind(found.kind),
        "indicator": found.indicator,
        "references": list(found.references),
    }


def _kind(kind: str) -> str:
    for prefix, said in (("redflag-", "red flag: "), ("safety-", "warning: ")):
        kind = kind.replace(prefix, said)
    return kind.replace("-", " ")


def _record(record: Record, case: Case, page: TimelinePage) -> Iterator[Event]:
    lane = next((lane.label for lane in page.lanes if _in_lane(record, lane)), None)
    if lane is None or record.day is None or not _near(record.day, case) or _elsewhere(record, case):
        return
    if record.day > case.as_of and record.state != "booked":
        return
    value = f" {record.comparator}{record.value:g} {record.unit}".rstrip() if record.value is not None else ""
    found: Event = {
        "kind": "record",
        "lane": lane,
        "date": record.day.isoformat(),
        "label": (record.label or record.kind) + value,
        "references": [record.reference],
    }
    if record.state in _STATES:
        found["state"] = _STATES[record.state]
    if record.until is not None and record.until > record.day:
        found["until"] = record.until.isoformat()
    yield found


def _in_lane(record: Record, lane: Lane) -> bool:
    return any(tag.startswith(lane.tags) for tag in record.tags)


def _near(day: date, case: Case) -> bool:
    return day >= case.injected - timedelta(days=case.number("index_lookback_days"))


def _elsewhere(record: Record, case: Case) -> bool:
    """Whether a record names a site, and it is not this one."""
    return any(tag.startswith("site-") for tag in record.tags) and not case.at_site(record)


def _window(window: Window, case: Case) -> dict[str, Any]:
    start, end = (_day(bound, case) for bound in (window.start, window.end))
    bounds = (bound.removeprefix("-") for bound in (window.start, window.end) if bound != "0")
    return {
        "id": window.id,
        "label": window.label,
        "says": window.says,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "thresholds": list(bounds),
    }


def _day(bound: str, case: Case) -> date:
    if bound == "0":
        return case.injected
    days = timedelta(days=case.number(bound.removeprefix("-")))
    return case.injected - days if bound.startswith("-") else case.injected + days


def _levels(case: Case) -> Iterator[dict[str, Any]]:
    """Yield the levels of pain that the rules compare with, where there is a baseline on that scale."""
    baseline = case.response.baseline
    if baseline is None or baseline.scale != "nrs":
        return
    numbers = case.library.numbers
    share = numbers["meaningful_percent"] / 100
    needed = max(numbers["meaningful_points"], share * baseline.value)
    if baseline.value >= needed:
        yield {
            "value": round(baseline.value - needed, 2),
            "label": "meaningful relief",
            "side": "below",
            "thresholds": ["meaningful_points", "meaningful_percent"],
        }
    yield {
        "value": baseline.value + numbers["worse_points"],
        "label": "worse than before",
        "side": "above",
        "thresholds": ["worse_points"],
    }
