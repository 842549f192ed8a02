"""The review's chapter on red flags and safety warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..library import Library
from ..safety.page import Kind, Line, RulePage, SafetyPage
from .page import page_of, prose
from .words import cell, comparisons, number, plain, provenance, sentence, sources, table

CHAPTER = "Red flags and safety warnings"
_RULES = ("Rule", "Holds when", "The card then says", "Compared with", "Basis", "Sources")
_LINES = ("Line", "Holds when", "Says", "Basis", "Sources")


def safety(library: Library) -> Iterator[str]:
    """Yield the chapter in parts: the cards of each kind with their rules, then the lines inside a review."""
    page = library.typed("safety", SafetyPage)
    yield f"## {CHAPTER}\n"
    yield prose(page_of(library).safety, library)
    for title, indicator in (("Red flags (critical)", "critical"), ("Warnings", "warning"), ("Information", "info")):
        kinds = [name for name, kind in page.kinds.items() if kind.indicator == indicator]
        if kinds:
            yield f"### {title}\n"
        for name in kinds:
            yield from _kind(name, page, library)
    yield "### Lines inside a review of a failed injection\n"
    yield table(_LINES, _lines(page.notes, library))
    yield "### Why a further corticosteroid is not even to be discussed, besides the rules above\n"
    yield "A line of the review names these and the rules above; what only time lifts is not said alone.\n"
    yield table(_LINES, _lines(page.bars, library))
    yield "Known limits of these rules:\n"
    yield "\n".join(f"- {limit}" for limit in page.known_limits) + "\n"


def _kind(name: str, page: SafetyPage, library: Library) -> Iterator[str]:
    kind = page.kinds[name]
    off = "" if kind.status == "active" else f" **{kind.status}: not shown.**"
    yield f"#### {kind.title}\n"
    yield f"Card `{name}`.{off} Summary: “{sentence(kind.summary, library)}”\n"
    yield f"Asks: {sentence(kind.asks, library)}\n"
    named = "; ".join(_step(step, kind, library) for step in kind.steps)
    yield f"Next steps: {named or 'none'}.{_drafts(kind)}\n"
    own = {rule: line for rule, line in page.rules.items() if line.kind == name}
    yield table(_RULES, (_rule(rule, line, library) for rule, line in own.items()))


def _step(step: str, kind: Kind, library: Library) -> str:
    """A step as this card names it, with what it says of it alone."""
    title = str(kind.titles.get(step) or library.raw["steps"][step]["title"])
    said = f" (“{kind.says[step]}”)" if step in kind.says else ""
    return title.replace(": {place}", "").replace("{place}", "site") + said


def _drafts(kind: Kind) -> str:
    """How the drafts of these steps are marked, and what other cards leave out meanwhile."""
    said = [f"priority {kind.priority}"] if kind.priority else []
    said += ["of the whole body, with no place named"] if kind.whole_body else []
    first = " While it stands no other card looks at nerves and spine." if kind.of_the_spine else ""
    return (f" Drafts: {', '.join(said)}." if said else "") + first


def _rule(name: str, rule: RulePage, library: Library) -> tuple[str, ...]:
    used = cell(_bound(name, library) for name in _used(rule))
    bars = " A further corticosteroid is not to be discussed." if rule.bars_repeat else ""
    basis = provenance(rule.provenance) + (f". {rule.note}" if rule.note else "")
    holds = sentence(rule.holds, library) + bars + ("" if rule.status == "active" else f" **{rule.status}: not used.**")
    return name, holds, sentence(rule.says, library), used or "nothing", basis, sources((*rule.seeds, *rule.cites))


def _bound(name: str, library: Library) -> str:
    threshold = library.thresholds[name]
    return f"{plain(name)}: {number(threshold.value)} {threshold.unit} ({threshold.provenance})"


def _used(line: Line) -> tuple[str, ...]:
    bounds = [
        bound
        for tests in line.when.values()
        for operator, bound in tests.items()
        if isinstance(bound, str) and operator not in ("is", "is_not", "in")
    ]
    return tuple(dict.fromkeys((*bounds, *line.uses)))


def _lines(lines: Mapping[str, Line], library: Library) -> Iterator[tuple[str, ...]]:
    for name, line in lines.items():
        off = "" if line.status == "active" else f" **{line.status}: not used.**"
        holds = comparisons(line.when, library, safety=True)
        basis = provenance(line.provenance) + (f". {line.note}" if line.note else "")
        yield name, holds + off, sentence(line.says, library), basis, sources((*line.seeds, *line.cites))
