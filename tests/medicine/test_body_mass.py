"""Body mass index: as recorded, else from a weight of the last year and a height; never from one of them alone."""

from __future__ import annotations

import pytest

from hooks.steroid_injection_followup.facts import Facts
from tests.charts import Chart

from .asking import cases

MEASURED: dict[str, tuple[list[tuple[str, str, float]], float | None, int]] = {
    "recorded": ([("BMI", "2025-06-01", 36)], 36, 1),
    "recorded goes before weight and height": (
        [("BMI", "2025-06-01", 36), ("weight", "2026-01-01", 70), ("height", "2026-01-01", 175)],
        36,
        1,
    ),
    "weight and height": ([("weight", "2026-01-01", 100), ("height", "2019-01-01", 200)], 25.0, 2),
    "the latest weight": (
        [("weight", "2025-06-01", 90), ("weight", "2026-01-01", 100), ("height", "2019-01-01", 200)],
        25.0,
        2,
    ),
    "a weight of more than a year ago": ([("weight", "2024-12-01", 100), ("height", "2019-01-01", 200)], None, 0),
    "a weight alone": ([("weight", "2026-01-01", 100)], None, 0),
    "a height alone": ([("height", "2026-01-01", 180)], None, 0),
    "a height of nothing": ([("weight", "2026-01-01", 100), ("height", "2019-01-01", 0)], None, 0),
}


@pytest.mark.parametrize(("measures", "expected", "rests_on"), MEASURED.values(), ids=MEASURED)
def test_body_mass_index(measures: list[tuple[str, str, float]], expected: float | None, rests_on: int) -> None:
    chart = Chart("F62")
    chart.injection("2026-01-12", region="knee", side="right")
    for name, day, number in measures:
        chart.measure(name, day, number)
    [case] = cases(chart)
    fact = Facts(case)["body_mass_index"]
    assert (fact.value, len(fact.references)) == (expected, rests_on)
    assert fact.missing == ("" if expected is not None else "body mass index")
