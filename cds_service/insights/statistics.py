"""The few statistics that the insights rest on, each with its source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

CONFIDENCE_Z = 1.959964  # 95 %, two-sided
TAIL = 0.00135  # each side of three standard deviations


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """Return the 95 % score interval of a proportion (Wilson 1927), which holds for small numbers too."""
    if trials == 0:
        return None
    share, z2 = successes / trials, CONFIDENCE_Z**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = CONFIDENCE_Z / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def poisson_at_most(count: float, mean: float) -> float:
    """Return the chance of `count` or fewer events where `mean` are expected."""
    if mean <= 0:
        return 1.0
    return min(1.0, math.fsum(_poisson(k, mean) for k in range(math.floor(count) + 1)))


def poisson_at_least(count: float, mean: float) -> float:
    """Return the chance of `count` or more events where `mean` are expected."""
    return max(0.0, 1.0 - poisson_at_most(math.ceil(count) - 1, mean)) if count > 0 else 1.0


def poisson_limits(mean: float) -> tuple[int, int]:
    """Return the fewest and the most events that are no surprise (TAIL on each side) where `mean` are expected."""
    low = high = 0
    below = 0.0
    for k in range(math.ceil(mean + 12 * math.sqrt(mean) + 12)):
        below += _poisson(k, mean) if mean > 0 else float(k == 0)
        if below < TAIL:
            low = k + 1
        high = k
        if below > 1 - TAIL:
            break
    return low, high


def overdispersion(counts: Sequence[int], means: Sequence[float]) -> float:
    """Return by how much counts vary beyond chance, 1 or more: the sigma of Laney's u'-chart (Laney 2002).

    From moving ranges of the standardised counts, so that a single step does not widen the limits that should find it.
    """
    standardised = [(c - m) / math.sqrt(m) for c, m in zip(counts, means, strict=True) if m > 0]
    ranges = [abs(b - a) for a, b in pairwise(standardised)]
    return max(1.0, math.fsum(ranges) / len(ranges) / 1.128) if ranges else 1.0


def _poisson(k: int, mean: float) -> float:
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
