"""The options on a card: what is suggested, what is for discussion with its caveat, and what the record holds."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Step
from .summary import capitalised


def options(steps: tuple[Step, ...], place: str) -> Iterator[str]:
    """Write the options: what is suggested, what may be discussed, and what the record holds already.

    Where several are listed the place that they share is not said again.
    """
    for step in steps:
        if step.status == "suggested":
            yield f"**{step.title}**: {capitalised(step.says)} {step.caveat}".strip()
    mentioned = [s for s in steps if s.status == "mentioned"]
    plain = [_unplaced(s, place) for s in mentioned if not s.caveat]
    if plain:
        yield "For discussion: " + "; ".join(plain) + "."
    for step in mentioned:
        if step.caveat:
            yield f"For discussion, **{_unplaced(step, place)}**. {step.caveat}"
    held = [s for s in steps if s.status in ("already-done", "already-ordered")]
    if held:
        yield "Already in the record: " + "; ".join(_unplaced(s, place) + named(s.references) for s in held) + "."


def _unplaced(step: Step, place: str) -> str:
    return step.title.removesuffix(f", {place}")


def named(references: tuple[str, ...]) -> str:
    """Name the first resources that a thing rests on, in brackets."""
    return f" [{', '.join(references[:3])}]" if references else ""
