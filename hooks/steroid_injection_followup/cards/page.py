"""cards.toml as types, and what every card shares: written once, since only the day and the patient differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_service import protocol
from cds_service.knowledge import Page

from ..basis import basis
from ..facts.words import number
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


@dataclass(frozen=True, slots=True)
class Shared:
    """What cards share: the page, the reasons to set one aside, and the parts of their basis.

    `sources` are the titles that a card may cite, by the id of the citation, each with its place among them; `ranks`
    and `sections` say by cause which comes first among equals, and under which heading it is shown.
    """

    page: CardsPage
    label: str
    reasons: list[protocol.OverrideReason]
    use: str
    knowledge: str
    judged_by: str
    sources: Mapping[str, tuple[int, str]]
    ranks: Mapping[str, int]
    sections: Mapping[str, str]


def page_of(library: Library) -> CardsPage:
    """Return cards.toml, typed once."""
    return library.typed("cards", CardsPage)


def shared_of(library: Library) -> Shared:
    """Return what the cards of this knowledge share, written once and kept on the library."""
    kept: dict[str, Any] = vars(library)
    if "cards" not in kept:
        kept["cards"] = _written(page_of(library), library)
    found: Shared = kept["cards"]
    return found


def _written(page: CardsPage, library: Library) -> Shared:
    system = page.override_system.uri
    return Shared(
        page=page,
        label=f"{page.source_label}, knowledge {library.version}",
        reasons=[protocol.OverrideReason(system=system, code=r.code, display=r.display) for r in page.override_reasons],
        use=f"{page.intended} {page.limits} {page.genetic}",
        knowledge=f"Knowledge {library.version}" + (f" with {library.overlay}" if library.overlay else ""),
        judged_by=f"{page.judged_by}: {'; '.join(_judged_by(shown, library) for shown in page.thresholds)}",
        sources={key: (n, c.title) for n, (key, c) in enumerate(library.citations.items()) if c.citable_on_card},
        ranks={rules.page.id: rules.page.tie_rank for rules in library.causes},
        sections={rules.page.id: rules.page.section for rules in library.causes},
    )


def _judged_by(shown: Shown, library: Library) -> str:
    threshold = library.thresholds[shown.name]
    return f"{shown.words.format(value=number(threshold.value))} ({basis(threshold.provenance)})"
