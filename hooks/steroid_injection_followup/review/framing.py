"""The review's first and last pages: what the service is, how it weighs, what it never does, and who signs."""

from __future__ import annotations

from collections.abc import Iterator

from .. import declared
from ..library import Library
from .page import page_of, prose
from .words import plain, provenances, table


def head(library: Library) -> Iterator[str]:
    """Yield the title, the state of the knowledge, and how to read the document."""
    page, release = page_of(library), library.page("knowledge")
    yield "# What the service knows, for clinical review\n"
    yield f"{page.reader}\n"
    yield f"Knowledge version {library.version}, released {release['released']}.\n"
    yield f"Status: {release['status']}, {release['signed']}. Next review due: {release['next_review']}.\n"
    if library.overlay:
        yield f"**This document is of one site: {library.overlay}.**\n"
    yield f"Intended users: {release['intended_user']}.\n"
    yield "## What the service does\n"
    yield f"{declared.DESCRIPTION}\n"
    yield "The service does not:\n"
    yield "\n".join(f"- {line}" for line in page.never) + "\n"
    yield "## How to read this document\n"
    yield prose(page.reading, library)
    yield table(("Mark", "Basis"), provenances())


def weighing(library: Library) -> Iterator[str]:
    """Yield how rows of evidence become the state of a reason."""
    page = page_of(library)
    yield "## How evidence is weighed\n"
    yield prose(page.weighing, library)
    yield table(("State", "When"), ((plain(state.id), state.when) for state in page.states))
    yield prose(page.unknown, library)


def history(library: Library) -> Iterator[str]:
    """Yield what changed with each version of the knowledge."""
    yield "## Versions and changes\n"
    rows = ((h["version"], h["date"], h["changed"]) for h in library.page("knowledge")["history"])
    yield table(("Version", "Date", "What changed"), rows)


def signing(library: Library) -> Iterator[str]:
    """Yield the table to sign."""
    yield "## Sign-off\n"
    parts = page_of(library).sign_off
    yield table(("Part", "Name", "Role", "Agreed, or changes asked for", "Date"), ((p, "", "", "", "") for p in parts))
