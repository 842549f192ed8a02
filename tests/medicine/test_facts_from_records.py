"""A fact that only certain records can tell is not measured without them: measured there, it would not tell either."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from hooks.steroid_injection_followup.case import Case
from hooks.steroid_injection_followup.facts import FACTS, Facts
from tests.cases.twins import twins
from tests.charts import Chart
from tests.medicine.asking import cases

FROM_RECORDS: dict[str, Any] = {name: told.__wrapped__ for name, told in FACTS.items() if hasattr(told, "__wrapped__")}


@cache
def every_case() -> tuple[Case, ...]:
    """Return the case of every episode of the charts in which a row of evidence holds, and of their near misses."""
    found: list[Case] = []
    for fill in twins().values():
        for fires in (True, False):
            chart = Chart()
            fill(chart, fires=fires)
            found += cases(chart)
    return tuple(found)


@pytest.mark.parametrize("name", FROM_RECORDS)
def test_measuring_it_in_every_chart_tells_the_same(name: str) -> None:
    told = 0
    for case in every_case():
        measured = FROM_RECORDS[name](Facts(case))
        assert FACTS[name](Facts(case)).value == (measured.value if measured else None)
        told += measured is not None
    assert 0 < told < len(every_case())
