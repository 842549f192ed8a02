"""A fact that only certain records can tell is not measured without them: measured there, it would not tell either."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from hooks.steroid_injection_followup.case import Case
from hooks.steroid_injection_followup.facts import FACTS, Facts
from hooks.steroid_injection_followup.safety.facts import FACTS as SIGNS
from hooks.steroid_injection_followup.safety.facts import Measured
from hooks.steroid_injection_followup.safety.reading import SEARCHED
from tests.cases.pairs_safety import BARS, NOTES, RULES
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
        assert Facts(case)[name].value == (measured.value if measured else None)
        told += measured is not None
    assert 0 < told < len(every_case())


@cache
def cases_of_safety() -> tuple[Case, ...]:
    """Return the cases of the charts in which a line of the safety page holds, and of their near misses."""
    pairs = [*RULES.values(), *NOTES.values(), *BARS.values()]
    return tuple(case for pair in pairs for build in pair for case in cases(build()))


@pytest.mark.parametrize("name", [name for name, _ in SEARCHED])
def test_searching_every_chart_for_a_sign_finds_the_same(name: str) -> None:
    find: Any = SIGNS[name]
    while hasattr(find, "__wrapped__"):
        find = find.__wrapped__
    found = 0
    for case in cases_of_safety():
        signs = [*find(case)]
        assert Measured(case)[name].value == len(signs)
        found += bool(signs)
    assert 0 < found < len(cases_of_safety())
