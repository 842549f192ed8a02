"""Named facts: each a small function of a case, measured once a case, found by name from the knowledge pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cds_service.evidence import Fact

from ..case import Case
from ..model import Cause

Measurement = Callable[["Facts"], Fact]

FACTS: dict[str, Measurement] = {}


def fact(measure: Measurement) -> Measurement:
    """Make a function a fact under its own name; its docstring is what a clinician reads of it."""
    if not measure.__doc__ or measure.__name__ in FACTS:
        raise TypeError(f"the fact {measure.__name__} needs a docstring and a name of its own")
    FACTS[measure.__name__] = measure
    return measure


class Facts:
    """The facts of one case, measured when first asked for. `settled` holds the causes weighed so far (E1.6)."""

    __slots__ = ("_known", "case", "settled")

    def __init__(self, case: Case, settled: Mapping[str, Cause] | None = None) -> None:
        """Ask about one case."""
        self.case = case
        self.settled = dict(settled or {})
        self._known: dict[str, Fact] = {}

    def __getitem__(self, name: str) -> Fact:
        """Return the fact of that name; a name that no fact has is a mistake of a page and raises `KeyError`."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = FACTS[name](self)
        return found
