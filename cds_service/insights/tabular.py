"""The insights as plain tables: for the terminal, and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from .counts import Tally
from .drift import Series
from .report import Insights

Table = list[list[Any]]
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COUNTS = "dimension value fired shown held_back shadow accepted overridden unanswered acceptance low high".split()
_REASONS = "kind system code display reports".split()
_FIRING = "kind client week exchanges fired expected low high signal".split()


def tables(found: Insights) -> dict[str, Table]:
    """Return each table by its name, its heading first."""
    return {
        "counts": [_COUNTS, *_count_rows(found)],
        "reasons": [_REASONS, *([r.kind, r.system, r.code, r.display, r.reports] for r in found.reasons)],
        "firing": [_FIRING, *(row for series in found.firing for row in _firing_rows(series))],
    }


def as_csv(table: Table) -> str:
    """Return a table as CSV (RFC 4180) in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_cell(value) for value in row] for row in table)
    return text.getvalue()


def as_text(found: Insights) -> str:
    """Return the insights as a person reads them in a terminal."""
    return "\n".join(_lines(found))


def percent(value: float | None) -> str:
    """Return a share as per cent."""
    return "–" if value is None else f"{value:.0%}"


def range_of(tally: Tally) -> str:
    """Return the confidence interval of an acceptance."""
    return "" if tally.interval is None else f"{tally.interval[0]:.0%} to {tally.interval[1]:.0%}"


def _count_rows(found: Insights) -> Iterator[list[Any]]:
    for dimension, values in found.by.items():
        for value, t in values.items():
            low, high = t.interval or (None, None)
            counts = [t.fired, t.shown, t.held_back, t.shadow, t.accepted, t.overridden, t.unanswered]
            yield [dimension, value, *counts, *map(_rounded, (t.acceptance, low, high))]


def _firing_rows(series: Series) -> Iterator[list[Any]]:
    for w in series.weeks:
        limits = map(_rounded, (w.expected, w.low, w.high))
        yield [series.kind, series.client, w.week.isoformat(), w.exchanges, w.fired, *limits, w.signal]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_STARTS_A_FORMULA) else value
    return value


def _lines(found: Insights) -> Iterator[str]:
    total = found.total
    yield f"{found.window.since} to {found.window.until}: {found.exchanges} calls answered, {total.fired} cards fired"
    if not found.exchanges:
        yield "Nothing is recorded for these days."
        return
    for dimension, values in found.by.items():
        head = [f"by {dimension}", "fired", "shown", "accepted", "overridden", "unanswered", "acceptance", "95 %"]
        yield from _aligned([head, *([v, *_shown(t)] for v, t in values.items())])
    yield from _aligned([["overridden because", "kind", "reports"], *_reason_rows(found)])
    yield from _aligned([["stands out now", "client", "signal"], *([s.kind, s.client, s.now] for s in found.signals)])
    if found.unknown_reports:
        yield f"\n{found.unknown_reports} reports of cards that we did not show are stored apart and not counted."


def _shown(tally: Tally) -> list[Any]:
    counts = [tally.fired, tally.shown, tally.accepted, tally.overridden, tally.unanswered]
    return [*counts, percent(tally.acceptance), range_of(tally)]


def _reason_rows(found: Insights) -> Iterator[Sequence[Any]]:
    for reason in found.reasons[:20]:
        yield [(reason.display or reason.code or "(no reason given)")[:40], reason.kind, reason.reports]


def _aligned(table: Sequence[Sequence[Any]]) -> Iterator[str]:
    if len(table) == 1:
        return
    yield ""
    cells = [[str(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
