"""What happens after an injection besides scores: events that end the watch, and signals of failure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from cds_service.chart import Chart

from .library import Library
from .model import Episode, Injection, Surrogate
from .pages import Region
from .records import Record, Records
from .scores import ResponsePage

# What was injected later, named so that it is not read as a further steroid.
_INJECTED = {"hyaluronate": "hyaluronate", "prp": "platelet-rich plasma", "anaesthetic": "a local anaesthetic"}


class Censor(msgspec.Struct, frozen=True, gc=False):
    """The event that ends the watch over an injection."""

    day: date
    says: str
    when: str = ""


def censor_of(
    injection: Injection, episode: Episode, chart: Chart, records: Records, library: Library, page: ResponsePage
) -> Censor | None:
    """Return the first event at the site after the injection that hides its effect (model 3.4, C)."""
    events = [
        Censor(i.day, f"{_INJECTED.get(i.other_agent or '', 'a further injection')} at the site", i.when)
        for i in (episode.index, *episode.history, *episode.others)
        if i.day > injection.day and i.other_agent not in ("aspiration",)
    ]
    region = library.regions[episode.region]
    for record in records.having(*page.censoring.procedures, *page.censoring.trauma):
        if record.day is None or not injection.day < record.day <= chart.as_of or record.kind == "ServiceRequest":
            continue
        if record.state not in ("done", "present", "past", "stopped") or not _here(record, episode, region):
            continue
        what = "an injury at the site" if record.kind == "Condition" else "an operation or procedure at the site"
        events.append(Censor(record.day, what, getattr(record.resource, "performed_date_time", None) or ""))
    return min(events, key=lambda e: e.day, default=None)


def _here(record: Record, episode: Episode, region: Region) -> bool:
    sites = (*region.sites, *region.near)
    side = record.side in (episode.side, "bilateral", "unknown") or episode.side in ("midline", "unknown")
    return record.has(*sites) and side


def surrogates(
    injection: Injection, episode: Episode, chart: Chart, records: Records, library: Library, page: ResponsePage
) -> Iterator[Surrogate]:
    """Yield the signals of failure that lie two to twelve weeks after the injection (model 3.1)."""
    first = injection.day + timedelta(days=library.number("too_early_days"))
    last = min(chart.as_of, injection.day + timedelta(days=library.number("durability_end_days")))
    region = library.regions[episode.region]
    for signal in page.surrogates:
        if signal.status != "active":
            continue
        found = [
            record.reference
            for record in records.having(*signal.tags)
            if record.kind in signal.kinds
            and record.day is not None
            and first <= record.day <= last
            and record.state != "past"
            and (signal.anywhere or _here(record, episode, region))
        ]
        if found:
            yield Surrogate(signal.says, signal.weight, tuple(found))
