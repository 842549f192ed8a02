"""REVIEW.md: all that the service knows, as a document that a clinician reads and signs. No code is shown."""

from __future__ import annotations

from collections.abc import Iterator

from ..library import Library
from . import causes, framing, injection, lists, options, safety
from .places import places

__all__ = ["document", "places"]


def document(library: Library) -> str:
    """Write the document; the same knowledge gives the same text."""
    return "\n".join(_chapters(library))


def _chapters(library: Library) -> Iterator[str]:
    yield from framing.head(library)
    yield from injection.found(library)
    yield from injection.response(library)
    yield from framing.weighing(library)
    yield from causes.causes(library)
    yield from causes.referred_pain(library)
    yield from safety.safety(library)
    yield from options.workup(library)
    yield from options.all_ladders(library)
    yield from options.conflicts(library)
    yield from options.steps(library)
    yield from injection.doses(library)
    yield from injection.regions(library)
    yield from lists.cards(library)
    yield from injection.thresholds(library)
    yield from lists.value_sets(library)
    yield from lists.sources(library)
    yield from lists.seed_trace(library)
    yield from framing.history(library)
    yield from framing.signing(library)
