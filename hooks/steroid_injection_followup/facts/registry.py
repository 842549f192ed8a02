"""Named facts: each a small function of a case, measured once a case, found by name from the knowledge pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from cds_service.evidence import Fact, unknown

from ..case import Case, once
from ..model import Cause

Measurement = Callable[["Facts"], Fact]

FACTS: dict[str, Measurement] = {}
_UNTOLD: list[tuple[str, frozenset[str], Fact]] = []


def fact(measure: Measurement) -> Measurement:
    """Make a function a fact under its own name; its docstring is what a clinician reads of it."""
    if not measure.__doc__ or measure.__name__ in FACTS:
        raise TypeError(f"the fact {measure.__name__} needs a docstring and a name of its own")
    FACTS[measure.__name__] = measure
    return measure


def fact_from(*tags: str, missing: str) -> Callable[[Callable[[Facts], Fact | None]], Measurement]:
    """Make a function a fact that nothing but a record with one of these tags can tell.

    Without such a record, or where the function returns `None`, it is unknown; `missing` says what would settle it.
    """
    untold = unknown(missing)

    def named(measure: Callable[[Facts], Fact | None]) -> Measurement:
        @wraps(measure)
        def told(facts: Facts) -> Fact:
            return measure(facts) or untold

        _UNTOLD.append((measure.__name__, frozenset(tags), untold))
        return fact(told)

    return named


class Facts(dict[str, Fact]):
    """The facts of one case, measured when first asked for. `supported` holds causes weighed so far (E1.6).

    Ask for them with `facts_of`, so that the causes and the plan share what was measured.
    """

    __slots__ = ("case", "supported")

    def __init__(self, case: Case) -> None:
        """Ask about one case."""
        super().__init__()
        self.case = case
        self.supported: list[Cause] = []
        for name, tags, untold in _UNTOLD:  # most facts of most charts
            if case.tags.isdisjoint(tags):
                self[name] = untold

    def __missing__(self, name: str) -> Fact:
        """Measure the fact of that name; a name that no fact has is a mistake of a page and raises `KeyError`."""
        found = self[name] = FACTS[name](self)
        return found


@once
def facts_of(case: Case) -> Facts:
    """Return the facts of a case, the same ones each time."""
    return Facts(case)
