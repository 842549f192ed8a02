"""Every row of evidence has a twin: it holds where it should, and the near miss leaves it out."""

from __future__ import annotations

import json
from datetime import date

import pytest

from cds_service.playground import assess, chart_of
from hooks import SERVICES
from hooks.steroid_injection_followup.library import load
from tests.cases.twins import twins
from tests.charts import Chart

TWINS = twins()
ROWS = sorted(row.page.id for rules in load().causes for row in rules.rows)


def evidence(chart: Chart) -> set[str]:
    """Return the evidence that the service finds for the left side, or the midline, of a chart."""
    read = chart_of(json.dumps(chart.bundle()).encode(), as_of=date(2026, 3, 2))
    episodes = assess(SERVICES[0], read).explanation["episodes"]
    asked = max((e for e in episodes if e["side"] in ("left", "midline")), key=lambda e: e["injections"][-1]["date"])
    return {item["id"] for cause in asked["causes"] for item in cause["evidence"]}


def filled(row: str, *, fires: bool) -> Chart:
    """Return the chart in which a row holds, or its near miss."""
    chart = Chart("F62")
    TWINS[row](chart, fires=fires)
    return chart


def test_every_row_has_its_twin() -> None:
    assert sorted(TWINS) == ROWS


@pytest.mark.parametrize("row", sorted(TWINS))
def test_row_holds(row: str) -> None:
    assert row in evidence(filled(row, fires=True))


@pytest.mark.parametrize("row", sorted(TWINS))
def test_near_miss_does_not(row: str) -> None:
    assert row not in evidence(filled(row, fires=False))
