"""Which of the eight reasons a card names, in what order, and on what each rests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..case import Case
from ..model import Cause, Evidence
from .offers import named
from .page import Shared
from .summary import lowered


def reasons(causes: tuple[Cause, ...], case: Case, shared: Shared) -> Iterator[str]:
    """Yield a line a reason that the record supports, the likeliest first, then the others in a line a state."""
    shown = _ranked(causes, shared)[: int(case.number("max_causes"))]
    for group in _grouped(shown, shared):
        title, strength = _heading(group)
        rows = [row for cause in group for row in cause.evidence]
        line = f"**{title}** (evidence: {strength}): " + _evidence(row for row in rows if row.weight > 0)
        against = _evidence(row for row in rows if row.weight <= 0)
        yield line + (f" Against it: {against}" if against else "")
    if not shown:
        yield "The record supports none of the eight known reasons."
    yield from _rest(causes, shown)


def _evidence(rows: Iterable[Evidence]) -> str:
    """Say each thing once, with the resources that it rests on; words that stand in longer ones are left out."""
    said = {row.says: row.references for row in rows}
    whole = [text for text in said if not any(text != other and text in other for other in said)]
    return " ".join(text + named(said[text]) for text in whole)


def _ranked(causes: tuple[Cause, ...], shared: Shared) -> list[Cause]:
    """Supported before possible; within a state the heavier first; ties by the page's rank (model 2.5)."""
    found = [c for c in causes if c.state in ("supported", "possible")]
    return sorted(found, key=lambda c: (c.state != "supported", -c.score, shared.ranks[c.id]))


def _grouped(causes: list[Cause], shared: Shared) -> list[list[Cause]]:
    """Technique and location rest on the same data and are shown as one section (model, C2 and C4)."""
    groups: dict[str, list[Cause]] = {}
    for cause in causes:
        section = shared.sections[cause.id]
        key = section if section == "Delivery" else cause.id
        groups.setdefault(key, []).append(cause)
    return list(groups.values())


def _heading(group: list[Cause]) -> tuple[str, str]:
    title = "Delivery of the injection" if len(group) > 1 else group[0].title
    return title, group[0].strength or "limited"


def _rest(causes: tuple[Cause, ...], shown: list[Cause]) -> Iterator[str]:
    more, weak, blind = [], [], []
    for cause in causes:
        title = lowered(cause.title)
        if cause.state == "not-supported":
            weak.append(title)
        elif cause.state != "not-assessable":
            more += [title] if cause not in shown else []
        elif missing := next(iter(cause.lacks()), ""):
            blind.append(f"{title} (missing: {missing})")
    if more:
        yield "Also possible: " + ", ".join(more) + "."
    if weak:
        yield "Less supported: " + ", ".join(weak) + "."
    if blind:
        yield "Could not be assessed: " + "; ".join(blind) + "."
