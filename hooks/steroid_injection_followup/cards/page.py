"""cards.toml as types: the words that every card shares."""

from __future__ import annotations

from cds_service.knowledge import Page

from ..library import Library


class Reason(Page, frozen=True):
    """One reason for setting a card aside (CDS Hooks 3.0, non-adherence reason codes)."""

    code: str
    display: str


class System(Page, frozen=True):
    """The code system of those reasons."""

    uri: str


class Shown(Page, frozen=True):
    """A threshold that every card states, in words with {value}."""

    name: str
    words: str


class CardsPage(Page, frozen=True):
    """cards.toml."""

    off: tuple[str, ...]
    source_label: str
    topic_system: str
    intended: str
    limits: str
    genetic: str
    judged_by: str
    thresholds: tuple[Shown, ...]
    override_reasons: tuple[Reason, ...]
    override_system: System


def page_of(library: Library) -> CardsPage:
    """Return cards.toml, typed once."""
    return library.typed("cards", CardsPage)
