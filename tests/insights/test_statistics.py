"""The statistics against figures known from elsewhere."""

from __future__ import annotations

import math

import pytest

from cds_service.insights.statistics import (
    TAIL,
    overdispersion,
    poisson_at_least,
    poisson_at_most,
    poisson_limits,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),
        (1, 1, 0.2065, 1.0),
    ],
    ids=["none of ten", "all of ten", "half of ten", "Newcombe 1998, table I", "one of one"],
)
def test_wilson_s_interval(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_no_trials_have_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("count", "mean", "chance"), [(0, 5.0, 0.006738), (2, 3.0, 0.423190), (10, 10.0, 0.583040)])
def test_poisson_s_distribution(count: int, mean: float, chance: float) -> None:
    assert poisson_at_most(count, mean) == pytest.approx(chance, abs=1e-6)
    assert poisson_at_least(count + 1, mean) == pytest.approx(1 - chance, abs=1e-6)


@pytest.mark.parametrize("mean", [0.0, 0.3, 2.0, 6.6, 25.0, 400.0])
def test_the_limits_hold_all_but_the_tails(mean: float) -> None:
    low, high = poisson_limits(mean)
    assert low == 0 or poisson_at_most(low - 1, mean) < TAIL <= poisson_at_most(low, mean)
    assert poisson_at_least(high + 1, mean) <= TAIL + 1e-9
    if mean >= 25:
        assert low == pytest.approx(mean - 3 * math.sqrt(mean), abs=2)


def test_weeks_that_differ_by_more_than_chance_widen_the_limits() -> None:
    assert overdispersion([10, 10, 10, 10], [10.0] * 4) == 1.0
    assert overdispersion([2, 20, 1, 25], [12.0] * 4) > 4
    assert overdispersion([], []) == 1.0
