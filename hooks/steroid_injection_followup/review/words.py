"""How the review document says things: facts, comparisons and weights in words, sources with their strength."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

from cds_service.knowledge import Citation

from ..basis import BASIS, basis
from ..facts import FACTS
from ..library import Library
from ..plan.picture import GATES
from ..safety.facts import FACTS as SAFETY_FACTS

_SAID = {"site": "site", "place": "place", "ago": "time ago", "days": "days", "injected": "day", "signs": "findings"}
_STRENGTH = {
    3: "guideline, label or systematic review",
    2: "cohort, single trial or policy",
    1: "expert or secondary",
}
_WEIGHT = {1: "weak", 2: "moderate", 3: "strong"}
_OPERATOR = {
    "is_not": "not",
    "in": "one of",
    "below": "below",
    "at_most": "at most",
    "above": "above",
    "at_least": "at least",
}


def meaning(fact: str, *, safety: bool = False) -> str:
    """Return what a named fact means, in the one sentence that its definition gives."""
    measure = SAFETY_FACTS[fact] if safety else GATES.get(fact) or FACTS[fact]
    sentence = " ".join((measure.__doc__ or fact).split())
    return re.sub(r"\s*\((?:count|model [^)]*|S\d[^)]*|T)\)", "", sentence).rstrip(".")


def comparisons(when: Mapping[str, Mapping[str, Any]], library: Library, *, safety: bool = False) -> str:
    """Say all comparisons of a row, each on its own line of a table cell."""
    found = [
        _comparison(meaning(fact, safety=safety), operator, bound, library)
        for fact, tests in when.items()
        for operator, bound in tests.items()
    ]
    return cell(found) or "always"


def _comparison(says: str, operator: str, bound: Any, library: Library) -> str:
    if isinstance(bound, bool):
        return f"{says}: **{'yes' if bound == (operator == 'is') else 'no'}**"
    value = "none" if bound == "" else bound
    if isinstance(bound, list):
        value = ", ".join(map(str, bound))
    elif isinstance(bound, str) and operator not in ("is", "is_not"):
        threshold = library.thresholds[bound]
        value = f"{number(threshold.value)} {threshold.unit} ({plain(bound)}; {threshold.provenance})"
    said = _OPERATOR.get(operator, "")
    return f"{says}: **{said} {value}**" if said else f"{says}: **{value}**"


def sentence(template: str, library: Library) -> str:
    """Write a card's sentence with its numbers, and its open places in words: {referred_pain}: ‹referred pain›."""
    parts = []
    for text, field, form, _ in Formatter().parse(template):
        parts.append(text)
        if field is not None and field in library.numbers:
            parts.append(format(library.numbers[field], form or ""))
        elif field is not None:
            parts.append(f"‹{_SAID.get(field, plain(field))}›")
    return "".join(parts)


def weight(value: int) -> str:
    """Say a weight: strong, moderate or weak, for or against."""
    return f"{_WEIGHT[abs(value)]} {'for' if value > 0 else 'against'}"


def strength(citation: Citation) -> str:
    """Say how strong a source is."""
    return _STRENGTH[citation.strength]


def provenance(text: str) -> str:
    """Say a provenance in words: "ENG weight; direction SEED"."""
    return re.sub(r"SEED|LIT-C|LIT-G|LIT|ENG|SITE", lambda m: basis(m.group()), text)


def provenances() -> Iterator[tuple[str, str]]:
    """Yield each mark of provenance with its meaning."""
    return iter(BASIS.items())


def plain(name: str) -> str:
    """Write an id as words."""
    return name.replace("_", " ").replace("-", " ")


def number(value: float) -> str:
    """Write a number without needless digits."""
    return f"{value:g}"


def sources(cites: Iterable[str]) -> str:
    """Write the keys of sources; S are the source documents, L the literature, both listed at the end."""
    return ", ".join(dict.fromkeys(cites)) or "none"


def cell(lines: Iterable[str]) -> str:
    """Put several lines into one cell of a table."""
    return "<br>".join(line for line in lines if line)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table, or say that there is nothing."""
    body = ["| " + " | ".join(_one_line(str(field)) for field in row) + " |" for row in rows]
    if not body:
        return "None.\n"
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body]) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")
