"""review.toml as types: the prose between the tables."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.knowledge import Page

from ..library import Library


class ResponseClass(Page, frozen=True):
    """One class of the response: when it is given, and which card it leads to."""

    id: str
    when: str
    card: str


class StateOf(Page, frozen=True):
    """One state of a reason."""

    id: str
    when: str


class ReviewPage(Page, frozen=True):
    """review.toml."""

    reader: str
    reading: str
    response: str
    measures: str
    surrogates: str
    weighing: str
    unknown: str
    referred: str
    safety: str
    workup: str
    ladders: str
    conflicts: str
    steps: str
    doses: str
    numbers: str
    value_sets: str
    unverified: str
    sources: str
    trace: str
    found: tuple[str, ...]
    cards: tuple[str, ...]
    never: tuple[str, ...]
    sign_off: tuple[str, ...]
    classes: tuple[ResponseClass, ...]
    states: tuple[StateOf, ...]


def page_of(library: Library) -> ReviewPage:
    """Return review.toml, typed once."""
    return library.typed("review", ReviewPage)


def prose(text: str, library: Library) -> str:
    """Fill the numbers into a paragraph."""
    return text.format_map(library.numbers) + "\n"


def bullets(lines: Iterable[str], library: Library) -> str:
    """Write paragraphs as a list."""
    return "".join(f"- {prose(line, library)}" for line in lines)
