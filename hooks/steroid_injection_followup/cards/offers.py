"""The options on a card: what is suggested, what is for discussion with its caveat, and what the record holds."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Step
from ..plan.therapies import BOOKED, OPERATED
from .summary import capitalised

_PRESCRIBED = ("MedicationRequest/", "MedicationStatement/", "MedicationAdministration/")


def options(steps: tuple[Step, ...], place: str) -> Iterator[str]:
    """Write the options: what is suggested, what may be discussed, and what is done or ordered already.

    Where several are listed the place that they share is not said again.
    """
    shared, plain, guarded = f", {place}", [], []
    for step in steps:
        if step.status == "suggested":
            yield f"**{step.title}**: {capitalised(step.says)} {step.caveat}".strip()
        elif step.status == "mentioned":
            title, caveat = step.title.removesuffix(shared), step.caveat
            if caveat:
                guarded.append(f"For discussion, **{title}**. {caveat}")
            else:
                plain.append(title)
    if plain:
        yield "For discussion: " + "; ".join(plain) + "."
    yield from guarded
    yield from _in_record(steps, shared)


def _in_record(steps: tuple[Step, ...], shared: str) -> Iterator[str]:
    """Tell what was done from what is only asked for."""
    for status, words in (("already-done", "record"), ("already-ordered", "record, ordered or booked")):
        there = [step for step in steps if step.status == status]
        if held := dict.fromkeys(_held(step, shared) for step in there if not _named_before(step, there)):
            yield f"Already in the {words}: {'; '.join(held)}."


def _named_before(step: Step, there: list[Step]) -> bool:
    """Whether an earlier step rests on the very same orders, as a booked operation and its opinion do."""
    before = there[: there.index(step)]
    return bool(step.references) and any(set(step.references) <= set(other.references) for other in before)


def _held(step: Step, shared: str) -> str:
    """Name a step that is in the record, or what stands there in its place: a prescription is no review of one."""
    references = step.references
    prescribed = bool(references) and all(r.startswith(_PRESCRIBED) for r in references)
    other = prescribed or step.says.startswith((BOOKED, OPERATED))
    what = step.says.partition(": ")[2].rstrip(".") if other else ""
    return (what or step.title.removesuffix(shared)) + named(references)


def named(references: tuple[str, ...]) -> str:
    """Name the first resources that a thing rests on, in brackets."""
    return f" [{', '.join(references[:3])}]" if references else ""
