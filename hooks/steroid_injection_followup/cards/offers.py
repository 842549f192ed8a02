"""The options on a card: what is suggested, what is for discussion with its caveat, and what the record holds."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Step
from .summary import capitalised


def options(steps: tuple[Step, ...], place: str) -> Iterator[str]:
    """Write the options: what is suggested, what may be discussed, and what the record holds already.

    Where several are listed the place that they share is not said again.
    """
    shared, plain, guarded, held = f", {place}", [], [], []
    for step in steps:
        if step.status == "suggested":
            yield f"**{step.title}**: {capitalised(step.says)} {step.caveat}".strip()
        elif step.status == "mentioned":
            title, caveat = step.title.removesuffix(shared), step.caveat
            if caveat:
                guarded.append(f"For discussion, **{title}**. {caveat}")
            else:
                plain.append(title)
        elif step.status != "not-eligible":
            held.append(step.title.removesuffix(shared) + named(step.references))
    if plain:
        yield "For discussion: " + "; ".join(plain) + "."
    yield from guarded
    if held:
        yield "Already in the record: " + "; ".join(held) + "."


def named(references: tuple[str, ...]) -> str:
    """Name the first resources that a thing rests on, in brackets."""
    return f" [{', '.join(references[:3])}]" if references else ""
