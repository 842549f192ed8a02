"""Twins: for each row of evidence one chart in which it holds and one near miss in which it must not.

A twin fills the chart twice, with `fires` true and false; the difference between the two is the point of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from tests.charts import Chart
from tests.codes import Json

FIRST, LATER = "2026-01-12", "2026-02-09"  # the injection, and the score four weeks later


class Fill(Protocol):
    """What fills a chart so that a row holds, or just does not."""

    def __call__(self, chart: Chart, *, fires: bool) -> None: ...


_entered: dict[str, Fill] = {}


def twin(*rows: str) -> Callable[[Fill], Fill]:
    """Enter a twin for one row, or for rows that hold under the same condition."""

    def enter(fill: Fill) -> Fill:
        for row in rows:
            assert row not in _entered, f"two twins for {row}"
            _entered[row] = fill
        return fill

    return enter


@cache
def twins() -> Mapping[str, Fill]:
    """Return every twin, from every `twins_*.py` beside this file."""
    for path in sorted(Path(__file__).parent.glob("twins_*.py")):
        import_module(f"tests.cases.{path.stem}")
    return _entered


def given(
    chart: Chart, region: str = "knee", side: str | None = "left", *, reason: Json | None = None, day: str = FIRST,
    guidance: str = "unknown", before: float = 7, after: float = 7, on: str = LATER, mg: float | None = 40,
    la_ml: float | None = None, drug: str = "triamcinolone",
) -> Json:  # fmt: skip
    """An injection with a score on its day and one later: by default a left knee that did not improve."""
    injected = chart.injection(
        day, region=region, side=side, reason=reason, guidance=guidance, mg=mg, la_ml=la_ml, drug=drug
    )
    chart.pain(day, before, region=region, side=side)
    chart.pain(on, after, region=region, side=side)
    return injected


def knee_arthritis(chart: Chart) -> Json:
    """The usual reason."""
    return chart.condition("knee OA", side="left")


def lost(chart: Chart, *, fires: bool) -> None:
    """Relief that was lost within twelve weeks, or none."""
    given(chart, reason=knee_arthritis(chart), day="2025-12-01", on="2025-12-29", after=3 if fires else 6)
    chart.pain("2026-02-09", 7, region="knee", side="left")


def numbed(chart: Chart, after: float, *, guidance: str) -> None:
    """A hip injected with anaesthetic: pain 8 before, `after` an hour later, 8 after four weeks."""
    reason = chart.condition("hip OA", side="left")
    chart.injection(
        f"{FIRST}T10:00:00-05:00", region="hip", side="left", la_ml=4, guidance=guidance, reason=reason
    )  # fmt: skip
    for moment, score in [(f"{FIRST}T09:30:00-05:00", 8), (f"{FIRST}T11:00:00-05:00", after), (LATER, 8)]:
        chart.pain(moment, score, region="hip", side="left")
