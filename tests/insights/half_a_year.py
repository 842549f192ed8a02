"""Half a year at two sites, made up but the same each time: steady kinds, one that falls silent, one that surges."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from cds_service.feedback import Report
from cds_service.service import IssuedCard
from cds_service.store import Origin, Store
from tests.store.words import exchange, issued, report, uuid_of

FIRST = date(2026, 3, 2)  # a Monday
WEEKS = 26
LAST = FIRST + timedelta(days=7 * WEEKS - 1)
SITES = [Origin("https://a.example", "a", "clinic-a", "svc"), Origin("https://b.example", "b", "clinic-b", "svc")]
CALLS_A_WEEK = 120
RATES = {"failure-review": 0.20, "too-early": 0.10, "data-gap": 0.06, "redflag-septic-joint": 0.02}
REASONS = ["patient-declined", "already-done", "other", ""]
REGIONS = ["knee", "hip", "glenohumeral"]
SILENT_FROM = 23  # at clinic-b the record's codes change, and failure-review stops
SURGE_IN = 25


def rate(kind: str, site: Origin, week: int) -> float:
    """Return how often a kind fires there in that week."""
    if kind == "failure-review" and site.client == "clinic-b" and week >= SILENT_FROM:
        return 0.0
    if kind == "data-gap" and week == SURGE_IN:
        return 0.3
    return RATES[kind]


def live(store: Store) -> None:
    """Fill a store with that half year."""
    chance = random.Random(7)
    said: dict[Origin, list[Report]] = {site: [] for site in SITES}
    for week in range(WEEKS):
        for site in SITES:
            for _ in range(CALLS_A_WEEK):
                at = datetime(FIRST.year, FIRST.month, FIRST.day, 9, tzinfo=UTC)
                at += timedelta(days=7 * week + chance.randrange(7))
                cards = list(_cards(chance, site, week))
                store.record_issued(exchange(*cards, origin=site, at=at, version="1.0.0" if week < 13 else "1.1.0"))
                said[site] += _answers(chance, cards, at)
    assert store.flush(60)
    for site, reports in said.items():
        store.record_feedback(site, reports, received_at=datetime(2026, 9, 1, tzinfo=UTC))


def _cards(chance: random.Random, site: Origin, week: int) -> Iterator[IssuedCard]:
    for kind in RATES:
        if chance.random() < rate(kind, site, week):
            region = chance.choice(REGIONS)
            yield issued(kind, region=region, indicator="critical" if kind.startswith("redflag") else "warning")


def _answers(chance: random.Random, cards: list[IssuedCard], at: datetime) -> Iterator[Report]:
    for card in cards:
        drawn = chance.random()
        accepts = 0.5 if card.kind == "failure-review" else 0.25
        if drawn < accepts:
            yield report(uuid_of(card), "accepted", at=at, suggestions=("s",))
        elif drawn < 0.8:
            yield report(uuid_of(card), at=at, code=chance.choice(REASONS))
