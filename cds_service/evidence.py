"""Three-valued evidence: a named fact, compared with a threshold, is met, not met, or unknown. Unknown is not false.

A `Fact` whose value is `None` says only that the chart does not tell; `missing` then says what would settle it.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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


class Measured(Protocol):
    """Anything with a value that may be unknown."""

    @property
    def value(self) -> Value:
        """What was measured; `None` when the chart does not say."""


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
    """One comparison of a page: a fact's name, an operator of `OPERATORS`, and the bound."""

    fact: str
    operator: str
    bound: Any
    _compare: Callable[[Any, Any], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look the operator up once, when the page is read; raises `KeyError` for one that does not exist."""
        object.__setattr__(self, "_compare", OPERATORS[self.operator])

    def outcome(self, measured: Measured) -> Outcome:
        """Compare; an unknown value gives an unknown outcome, never "not met"."""
        value = measured.value
        if value is None:
            return "unknown"
        return "met" if self._compare(value, self.bound) else "not-met"


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Return "met" when all are met, "not-met" when any is not met, else "unknown" (Kleene's and)."""
    found: Outcome = "met"
    for outcome in outcomes:
        if outcome == "not-met":
            return outcome
        if outcome == "unknown":
            found = outcome
    return found
