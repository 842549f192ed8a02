"""The seed trace: whole, and each carrier exists and cites what it is said to carry."""

from __future__ import annotations

from collections.abc import Iterator

from ..library import Library
from ..trace import SEEDS, Statement, carriers, page_of
from .code import constants
from .found import texts


def wrong(library: Library) -> Iterator[str]:
    """Yield statements that nothing carries, and carriers that do not."""
    page, known = page_of(library), carriers(library)
    for key in (*SEEDS, *page.statements):
        if key not in page.statements:
            yield f"seed-trace.toml: {key} is missing; say what carries it, or why nothing can"
        elif key not in SEEDS:
            yield f"seed-trace.toml, {key}: there is no such statement; S1 to S213 are all"
    # A site that gives a number or a row a source of its own may take ours away.
    cites = {name: None if library.overlay else carrier.cites for name, carrier in known.items()}
    for key, statement in page.statements.items():
        yield from _statement(key, statement, cites)
    pages = (table for stem, table in library.raw.items() if stem != "seed-trace")
    said = constants() | {text for table in pages for text in texts(table)}
    for name, sentence in page.sentences.items():
        if not any(sentence.holds in text for text in said):
            yield f"seed-trace.toml, sentence {name}: nothing says '{sentence.holds}'; quote it as it stands"


def _statement(key: str, statement: Statement, known: dict[str, frozenset[str] | None]) -> Iterator[str]:
    where = f"seed-trace.toml, {key}"
    if not statement.carried_by and not statement.why_not:
        yield f"{where}: nothing carries it; add `carried_by`, or `why_not`"
    for name in statement.carried_by:
        if name not in known:
            yield f"{where}: nothing is called '{name}'; write kind and id (row E1.1, step hba1c)"
            continue
        cites = known[name]
        if cites is not None and key not in cites:
            yield f"{where}: {name} does not cite it; add {key} there, or take it off here"
