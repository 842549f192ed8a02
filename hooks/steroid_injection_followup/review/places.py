"""Where the review document speaks of what cards and explanations name: by chapter, and by heading or first cell."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.service import Place

from ..library import Library
from ..plan.pages import StepPage
from ..safety.page import SafetyPage
from . import causes, injection, options, safety
from .words import plain


def places(library: Library) -> dict[str, Place]:
    """Return the place of each name; rows whose first cell is their id need none."""
    return dict(_all(library))


def _all(library: Library) -> Iterator[tuple[str, Place]]:
    for kind in ("failure-review", "too-early", "data-gap"):
        yield kind, Place(injection.RESPONSE)
    for kind, rule in library.typed("safety", SafetyPage).kinds.items():
        yield kind, Place(safety.CHAPTER, rule.title)
    for rules in library.causes:
        yield rules.page.id, Place(causes.CHAPTER, rules.page.title)
    for name, step in library.typed_rows("steps", StepPage).items():
        yield name, Place(options.STEPS, step.title.format(place="site"))
    for name in library.thresholds:
        yield name, Place(injection.NUMBERS, plain(name))
    for name, region in library.regions.items():
        yield name, Place(injection.SITES, region.label)
