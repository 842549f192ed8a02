"""What a change on a scale means: meaningful, substantial, worse (clinical model 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .library import Library
from .model import Score
from .scores import Measure, page_of


@dataclass(frozen=True, slots=True)
class Scale:
    """What a change on a scale means: meaningful, substantial, worse; and the least baseline that can be judged."""

    meaningful: Callable[[float, float], bool]
    substantial: Callable[[float, float], bool]
    worse: Callable[[float, float], bool]
    floor: float | None
    worse_is_higher: bool = True


def pain_scale(numbers: Mapping[str, float]) -> Scale:
    """Return the 0-10 scale: relief needs both a share of the baseline and points."""

    def relieved(percent: str) -> Callable[[float, float], bool]:
        def test(before: float, after: float) -> bool:
            change = before - after
            return change >= numbers["meaningful_points"] and change * 100 >= numbers[percent] * before

        return test

    return Scale(
        relieved("meaningful_percent"),
        relieved("substantial_percent"),
        lambda before, after: after >= before + numbers["worse_points"],
        numbers["minimum_baseline"],
    )


def measure_scale(measure: Measure, numbers: Mapping[str, float]) -> Scale:
    """Return the scale of an outcome measure: a change that matters, by points or by share."""
    bound = numbers[measure.threshold]

    def better(before: float, after: float) -> float:
        return before - after if measure.higher_is_worse else after - before

    def enough(before: float, change: float) -> bool:
        return before > 0 and change * 100 >= bound * before if measure.percent else change >= bound

    return Scale(
        lambda before, after: enough(before, better(before, after)),
        lambda before, after: enough(before, better(before, after) / 2),
        lambda before, after: enough(before, -better(before, after)),
        None,
        measure.higher_is_worse,
    )


def scale_of(score: Score, library: Library) -> Scale:
    """Return the scale that a score of a judged response is on."""
    measure = next((m for m in page_of(library).measures if m.tag == score.scale), None)
    return measure_scale(measure, library.numbers) if measure else pain_scale(library.numbers)
