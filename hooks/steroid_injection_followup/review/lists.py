"""The review's lists: card words, value sets, codes not verified, sources, and the trace of the source documents."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from ..cards.page import page_of as cards_page
from ..checking.used import named
from ..library import HOME, Library
from ..trace import page_of as trace_page
from .page import bullets, prose
from .page import page_of as review_page
from .words import cell, plain, strength, table

# Sets that the rules ask for by their kind: every drug, every injection, every side and place.
_BY_KIND = ("agent-", "finding-kl-", "injection-", "side-", "site-")
_UNVERIFIED = {
    "unproven": "Not proven by a source that was read",
    "rejected": "Wrong though they look right",
    "gap": "No code found for a meaning",
}


def cards(library: Library) -> Iterator[str]:
    """Yield the words that every card shares."""
    page = cards_page(library)
    yield "## Cards\n"
    yield bullets(review_page(library).cards, library)
    yield "Words on every card:\n"
    yield f"- {page.intended}\n- {page.limits}\n- {page.genetic}\n"
    yield "Reasons that a clinician can give for setting a card aside:\n"
    yield "\n".join(f"- {reason.display}" for reason in page.override_reasons) + "\n"
    yield f"Kinds of card that are switched off here: {', '.join(page.off) or 'none'}.\n"


def value_sets(library: Library) -> Iterator[str]:
    """Yield the value sets with their number of codes and version, then the codes that were left out."""
    yield "## Value sets\n"
    yield prose(review_page(library).value_sets, library)
    files = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((HOME / "valuesets").glob("*.json"))
    }
    rows, names = [], named(library)
    for tag in sorted(library.terms.ids):
        members = library.terms.members(tag)
        systems = Counter(library.terms.system_name(c.system) or c.system for c in members)
        by_system = ", ".join(f"{name} {count}" for name, count in sorted(systems.items()))
        ours = files.get(tag, {})
        title = ours.get("title", plain(tag))
        rows.append((title, len(members), by_system, ours.get("version", "of this site"), _use(tag, names)))
    yield table(("Set", "Codes", "By code system", "Version", "Used"), rows)
    yield "### Codes that are not used because nothing proves them\n"
    yield prose(review_page(library).unverified, library)
    page = library.page("unverified-codes")
    for name, entries in page.items():
        yield f"{_UNVERIFIED.get(name, plain(name).capitalize())}:\n"
        yield table(
            ("System", "Code", "Meaning", "Why it is left out, or what stands in"),
            ((e["system"], e.get("code", "—"), e["meaning"], e.get("reason") or e["instead"]) for e in entries),
        )


def _use(tag: str, names: frozenset[str]) -> str:
    return "by a rule" if tag in names or tag.startswith(_BY_KIND) else "by no rule; kept for what it says"


def sources(library: Library) -> Iterator[str]:
    """Yield every source once."""
    yield "## Sources\n"
    yield prose(review_page(library).sources, library)
    rows = (
        (key, c.title, c.year or "", strength(c), c.certainty, "yes" if c.citable_on_card else "no", c.seen_at, c.note)
        for key, c in library.citations.items()
    )
    yield table(("Key", "Source", "Year", "Strength", "Certainty", "On cards", "Seen at", "Note"), rows)


def seed_trace(library: Library) -> Iterator[str]:
    """Yield the trace: every statement of the source documents, and what carries it."""
    page = trace_page(library)
    yield "## Trace of the source documents\n"
    yield prose(review_page(library).trace, library)
    rows = ((key, s.source, s.says, cell([", ".join(s.carried_by), s.why_not])) for key, s in page.statements.items())
    yield table(("Statement", "Source", "In our words", "Carried by, or why not"), rows)
    yield "Sentences named above:\n"
    yield table(("Sentence", "Where", "Part of it"), ((n, s.where, s.holds) for n, s in page.sentences.items()))
