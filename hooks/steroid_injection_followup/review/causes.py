"""The review's chapter on the reasons for failure: every page, every row, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..anatomy import anatomy
from ..library import Library
from ..pages import CausePage, EvidenceRow
from .page import page_of, prose
from .words import comparisons, meaning, provenance, sentence, sources, strength, table, weight

CHAPTER = "Reasons why an injection may have failed"
_HEAD = ("Row", "Holds when", "The card then says", "Weighs", "Basis", "Sources")


def causes(library: Library) -> Iterator[str]:
    """Yield the chapter in parts."""
    yield f"## {CHAPTER}\n"
    for rules in library.causes:
        yield from _cause(rules.page, library)


def _cause(page: CausePage, library: Library) -> Iterator[str]:
    yield f"### {page.title}\n"
    yield f"*{page.question}* Listed in answers as `{page.id}`.\n"
    yield f"{page.status.capitalize()}; {page.reviewed}; version {page.version}.\n"
    yield table(_HEAD, (_row(row, library) for row in page.evidence))
    needed = "".join(f"\n- {meaning(fact)}" for fact in page.requires)
    yield f"At least one of these must be known before it is called not supported:\n{needed}\n"
    yield f"Could not be judged when {page.cannot_judge}.\n"
    if page.workup:
        yield f"Work-up: {'; '.join(page.workup)}.\n"
    yield f"Source statements: {', '.join(page.seeds)}.\n"
    cited = dict.fromkeys(c for row in page.evidence for c in row.cites if c in library.citations)
    if cited:
        yield "Literature behind these rows:\n"
        yield "\n".join(_source(key, library) for key in cited) + "\n"


def _row(row: EvidenceRow, library: Library) -> tuple[str, ...]:
    weighs = weight(row.weight)
    if row.corroborating:
        weighs += "; only beside another row"
    if row.argues_only_against:
        weighs += f"; only against {', '.join(row.argues_only_against)}"
    if row.status != "active":
        weighs += f"; **{row.status}: not used**"
    basis = provenance(row.provenance) + (f". {row.note}" if row.note else "")
    return row.id, comparisons(row.when, library), sentence(row.says, library), weighs, basis, sources(row.cites)


def _source(key: str, library: Library) -> str:
    citation = library.citations[key]
    certainty = f", certainty {citation.certainty}" if citation.certainty else ""
    return f"- {key}: {citation.title} ({strength(citation)}{certainty})"


def referred_pain(library: Library) -> Iterator[str]:
    """Yield the referred-pain table."""
    yield "## Pain felt away from its source\n"
    yield prose(page_of(library).referred, library)
    names = {name: region.label for name, region in library.regions.items()}
    page = anatomy(library)
    rows = (
        (
            row.says.capitalize() + ("" if row.status == "active" else f" (**{row.status}: not used**)"),
            _conditions(row.specific), _conditions(row.nonspecific), _conditions(row.vague),
            ", ".join(names[region] for region in row.felt),
            provenance(row.provenance), sources(row.cites),
        )
        for row in page.referred
    )  # fmt: skip
    head = ("Rule", "Counts strongly", "Counts less", "Less, where one code says both", "Felt at", "Basis", "Sources")
    yield table(head, rows)
    yield "Diseases of one family are not different diseases (rows E1.2 and E1.6):\n"
    yield table(("Family", "Diseases"), ((family.id, _conditions(family.tags)) for family in page.families))
    yield f"Always a disease of its own: {_conditions(page.apart)}.\n"


def _conditions(tags: Iterable[str]) -> str:
    return ", ".join(map(_condition, tags)) or "none"


def _condition(tag: str) -> str:
    return tag.removeprefix("condition-").replace("-", " ")
