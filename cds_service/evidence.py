"""Three-valued evidence: a named fact, compared with a threshold, is met, not met, or unknown. Unknown is not false.

A `Fact` whose value is `None` says only that the chart does not tell; `missing` then says what would settle it.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec

Value = bool | int | float | str | None
Outcome = Literal["met", "not-met", "unknown"]


class Fact(msgspec.Struct, frozen=True, gc=False):
    """A measurement of the chart: its value, what it rests on, and how a card says it.

    `value` `None` means that the chart does not say; then `missing` names what would settle it.
    `references` are `Type/id`; `said` is a short phrase with value and date ("C6 radiculopathy, right (2026-01-30)").
    """

    value: Value
    references: tuple[str, ...] = ()
    said: str = ""
    missing: str = ""


def known(value: Value, references: Iterable[str] = (), said: str = "") -> Fact:
    """Return a fact that the chart tells."""
    return Fact(value, tuple(references), said)


def unknown(missing: str) -> Fact:
    """Return a fact that the chart does not tell, with what would settle it."""
    return Fact(None, missing=missing)


def _among(value: Any, bound: Any) -> bool:
    return value in bound


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": op.eq,
    "is_not": op.ne,
    "in": _among,
    "below": op.lt,
    "at_most": op.le,
    "above": op.gt,
    "at_least": op.ge,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a page: a fact's name, one of `OPERATORS`, and the bound. An unknown value is not compared."""

    fact: str
    compare: Callable[[Any, Any], bool]
    bound: Any

    def outcome(self, fact: Fact) -> Outcome:
        """Compare; an unknown fact gives an unknown outcome, never "not met"."""
        if fact.value is None:
            return "unknown"
        return "met" if self.compare(fact.value, self.bound) else "not-met"


class Known(Protocol):
    """What a comparison may be asked about: facts by name."""

    def __getitem__(self, name: str, /) -> Fact: ...


def outcome_of(tests: Iterable[Comparison], facts: Known) -> Outcome:
    """Return "met" when all comparisons are met, "not-met" when any is not, else "unknown" (Kleene's and)."""
    found: Outcome = "met"
    for test in tests:
        value = facts[test.fact].value
        if value is None:
            found = "unknown"
        elif not test.compare(value, test.bound):
            return "not-met"
    return found
