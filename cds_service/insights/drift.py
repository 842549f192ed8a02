"""Does each kind of card still fire as it used to? A control chart a kind and client, falling silent included.

A u-chart with exact Poisson limits, widened by Laney's sigma where weeks differ by more than chance. Silence is the
failure that nobody notices (Wright 2016, doi:10.1093/jamia/ocw005): it is found over several weeks of a rare card too.
Control charts of alerts cry wolf (29 % right, Kassakian 2017), so a signal is shown and never sent to anyone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from ..tables import exchange_count, issued_card
from .counts import Window, monday
from .statistics import TAIL, overdispersion, poisson_at_least, poisson_at_most, poisson_limits

BASELINE_WEEKS = 26
FEWEST_WEEKS = 4
SHIFT_WEEKS = 8
EVERYONE = "all clients"
CALLS = "(calls)"


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one series: what happened, what was to be expected, and what stands out.

    `exchanges` are the calls in which a card could fire; for the series of the calls themselves, the days.
    """

    week: date
    exchanges: int
    fired: int
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    signal: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of card at one client, or at all of them, week by week."""

    kind: str
    client: str
    weeks: tuple[Week, ...]

    @property
    def now(self) -> str:
        """The signal of the last week."""
        return self.weeks[-1].signal if self.weeks else ""

    @property
    def fired(self) -> int:
        """How often it fired in all weeks."""
        return sum(week.fired for week in self.weeks)


def firing(connection: Connection, window: Window) -> list[Series]:
    """Return the series of each kind, at all clients together and at each, those that stand out now first."""
    calls, fired = _calls(connection, window), _fired(connection, window)
    weeks = _weeks(window, calls)
    found = [_series(kind, client, weeks, calls.get(client, {}), counts) for (kind, client), counts in fired.items()]
    days = {week: _days_within(window, week) for week in weeks}
    found += [_series(CALLS, client, weeks, days, counts) for client, counts in calls.items()]
    return sorted(found, key=lambda s: (not s.now, s.client != EVERYONE, s.kind == CALLS, -s.fired, s.kind, s.client))


def judged(weeks: Sequence[Week]) -> Iterator[Week]:
    """Yield each week with what the weeks before it let one expect."""
    for place, week in enumerate(weeks):
        before = weeks[max(0, place - BASELINE_WEEKS) : place]
        yield _judged(week, before) if len(before) >= FEWEST_WEEKS else week


def _judged(week: Week, before: Sequence[Week]) -> Week:
    exchanges, fired = sum(w.exchanges for w in before), sum(w.fired for w in before)
    if not exchanges or not week.exchanges:
        return week
    rate = fired / exchanges
    spread = overdispersion([w.fired for w in before], [rate * w.exchanges for w in before]) ** 2
    expected = rate * week.exchanges
    low, high = poisson_limits(expected / spread)
    return Week(
        week=week.week,
        exchanges=week.exchanges,
        fired=week.fired,
        expected=expected,
        low=low * spread,
        high=high * spread,
        signal=_signal(week, before, rate=rate, spread=spread),
    )


def _signal(week: Week, before: Sequence[Week], *, rate: float, spread: float) -> str:
    expected = rate * week.exchanges
    if week.fired == 0 and (since := _silent_since(week, before, spread)):
        return f"silent since {since}"
    if poisson_at_most(week.fired / spread, expected / spread) < TAIL:
        return "below"
    if poisson_at_least(week.fired / spread, expected / spread) < TAIL:
        return "above"
    run = [w for w in (*before, week) if w.exchanges][-SHIFT_WEEKS:]
    if len(run) == SHIFT_WEEKS and len(before) - SHIFT_WEEKS + 1 >= FEWEST_WEEKS:
        return _shift(run, before)
    return ""


def _silent_since(week: Week, before: Sequence[Week], spread: float) -> date | None:
    """Return the first week of a silence that chance does not explain, judged by the weeks before the silence."""
    silent = [week]
    for earlier in reversed(before):
        if earlier.fired:
            break
        silent.append(earlier)
    sounding = before[: len(before) - len(silent) + 1]
    exchanges = sum(w.exchanges for w in sounding)
    if len(sounding) < FEWEST_WEEKS or not exchanges:
        return None
    rate = sum(w.fired for w in sounding) / exchanges
    missed = rate * sum(w.exchanges for w in silent)
    return silent[-1].week if math.exp(-missed / spread) < TAIL else None


def _shift(run: Sequence[Week], before: Sequence[Week]) -> str:
    """Name a run of weeks on one side of the rate that held before the run (Western Electric, eight in a row)."""
    earlier = before[: len(before) - SHIFT_WEEKS + 1]
    exchanges = sum(w.exchanges for w in earlier)
    rate = sum(w.fired for w in earlier) / exchanges if exchanges else 0.0
    if all(w.fired > rate * w.exchanges for w in run):
        return "higher for weeks"
    if all(w.fired < rate * w.exchanges for w in run):
        return "lower for weeks"
    return ""


def _series(
    kind: str, client: str, weeks: Sequence[date], calls: Mapping[date, int], fired: Mapping[date, int]
) -> Series:
    raw = [Week(week, calls.get(week, 0), fired.get(week, 0)) for week in weeks]
    return Series(kind, client, tuple(judged(raw)))


def _days_within(window: Window, week: date) -> int:
    """Return how many days of a week are looked at: the first and the last week may be cut."""
    return (min(window.until, week + timedelta(days=6)) - max(window.since, week)).days + 1


def _calls(connection: Connection, window: Window) -> dict[str, dict[date, int]]:
    question = (
        select(exchange_count.c.client, exchange_count.c.day, func.sum(exchange_count.c.exchanges))
        .where(window.of(exchange_count))
        .group_by(exchange_count.c.client, exchange_count.c.day)
    )
    found: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for client, day, number in connection.execute(question):
        for whose in (client, EVERYONE):
            found[whose][monday(day)] += int(number)
    return {client: dict(weeks) for client, weeks in found.items()}


def _fired(connection: Connection, window: Window) -> dict[tuple[str, str], dict[date, int]]:
    card = issued_card.c
    question = (
        select(card.kind, card.client, card.day, func.count())
        .where(window.of(issued_card))
        .group_by(card.kind, card.client, card.day)
    )
    found: defaultdict[tuple[str, str], defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for kind, client, day, number in connection.execute(question):
        for whose in (client, EVERYONE):
            found[kind, whose][monday(day)] += int(number)
    return {key: dict(weeks) for key, weeks in found.items()}


def _weeks(window: Window, calls: Mapping[str, Mapping[date, int]]) -> list[date]:
    """Return each whole week from the first call to the end of the window, quiet ones included."""
    known = [week for weeks in calls.values() for week in weeks]
    if not known:
        return []
    first, last = min(known), monday(window.until)
    return [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
