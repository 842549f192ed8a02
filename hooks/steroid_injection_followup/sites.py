"""Where an injection was given: region, side and structure, from the body site, the code, the reason, in that order.

Sides and sites are never guessed: what the record does not say stays unknown, and what it says twice in different
ways is a conflict that the reader is told of.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cds_service import fhir_types as fhir
from cds_service.terminology import NO_TAGS, Terminology

from .library import Library
from .model import Side
from .pages import Region, Rule
from .records import label_of, side_of


class Place(msgspec.Struct, frozen=True, gc=False):
    """One place: region, side, structure; `inferred` when only a wider region is named; `conflict` in words."""

    region: str
    side: Side
    structure: str
    inferred: bool = False
    conflict: str = ""
    tags: frozenset[str] = frozenset()


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why the injection was given: one coded reason with its tags and words."""

    tags: frozenset[str]
    label: str


def places(
    code_tags: frozenset[str], body_sites: Iterable[fhir.CodeableConcept], reasons: tuple[Reason, ...], library: Library
) -> tuple[Place, ...]:
    """Return the place, or the places, of one procedure: one a body site, two where both sides were injected."""
    bodies = _bodies(body_sites, library.terms)
    found = [place for body in bodies for place in _sides(body, code_tags, reasons, library)]
    return tuple(dict.fromkeys(found))


def _bodies(body_sites: Iterable[fhir.CodeableConcept], terms: Terminology) -> list[frozenset[str]]:
    """Return the tags of each body site; side qualifiers that stand alone belong to the one site named."""
    tagged = [terms.tags(concept) for concept in body_sites]
    if len(tagged) < 2:
        return tagged or [NO_TAGS]
    naming = [tags for tags in tagged if any(t.startswith("site-") for t in tags)]
    loose = frozenset().union(*(tags for tags in tagged if tags not in naming))
    if len(naming) <= 1:
        return [frozenset().union(*tagged)]
    return [tags | loose for tags in naming]


def _sides(
    body: frozenset[str], code_tags: frozenset[str], reasons: tuple[Reason, ...], library: Library
) -> list[Place]:
    reason_tags = frozenset().union(*(r.tags for r in reasons))
    rule = _rule(body, code_tags, reason_tags, library)
    region = library.regions[rule.region]
    side = _side(body, code_tags, reasons, region)
    conflict = _conflict(side, reasons, rule, region)
    structure = rule.structure or region.structure
    tags = body | frozenset(t for t in code_tags if t.startswith("site-"))
    both: tuple[Side, ...] = ("left", "right")
    sides = both if side == "bilateral" and not region.midline else ("midline",) if side == "bilateral" else (side,)
    return [Place(rule.region, s, structure, rule.inferred, conflict, tags) for s in sides]


def _rule(body: frozenset[str], code: frozenset[str], reason: frozenset[str], library: Library) -> Rule:
    for source in (body, code, reason):
        if not any(t.startswith("site-") for t in source) and source is not code:
            continue
        for rule in library.rules:
            if rule.sites and source.isdisjoint(rule.sites):
                continue
            if rule.injections and code.isdisjoint(rule.injections):
                continue
            if not rule.conditions or not reason.isdisjoint(rule.conditions):
                return rule
    return Rule(region="unspecified")


def _side(body: frozenset[str], code: frozenset[str], reasons: tuple[Reason, ...], region: Region) -> Side:
    stated = side_of(body)
    if stated == "unknown":
        stated = side_of(code)
    if stated != "unknown" or region.midline:
        return "midline" if stated == "unknown" else stated
    # A disease of both sides does not say that both were injected.
    sided = {side_of(r.tags) for r in reasons if _concerns(r.tags, region)} - {"unknown", "bilateral"}
    return sided.pop() if len(sided) == 1 else "unknown"


def _concerns(tags: frozenset[str], region: Region) -> bool:
    named = {t for t in tags if t.startswith("site-")}
    return not named or not named.isdisjoint((*region.sites, *region.near))


def _conflict(side: Side, reasons: tuple[Reason, ...], rule: Rule, region: Region) -> str:
    """Say where the documented reason names another side, region or structure than the one injected (E4.1)."""
    if not reasons or rule.region in ("unspecified", "trigger-point"):
        return ""
    label = reasons[0].label or "the documented reason"
    sides = {side_of(r.tags) for r in reasons}
    if side in ("left", "right") and sides <= {"left", "right"} and side not in sides:
        return f"the reason recorded ({label}) names the other side"
    if not any(_concerns(r.tags, region) for r in reasons):
        return f"the reason recorded ({label}) names another site"
    if region.not_for and all(not r.tags.isdisjoint(region.not_for) for r in reasons):
        return f"the reason recorded ({label}) concerns another structure nearby"
    return ""


def place_in_words(text: str, library: Library) -> tuple[Place, ...]:
    """Return the places that the words of a procedure's code name, or none when they do not tell of a steroid."""
    return sites_in_words(text, library) if tells_of_steroid(text, library) else ()


def tells_of_steroid(text: str, library: Library) -> bool:
    """Whether words tell of a steroid, and of nothing that excludes that one was injected."""
    steroid, excluded, _, _ = library.words
    folded = text.casefold()
    return steroid.search(folded) is not None and excluded.search(folded) is None


def sites_in_words(text: str, library: Library) -> tuple[Place, ...]:
    """Return the places that words name: one, or one a side."""
    _, _, sides, sites = library.words
    folded = text.casefold()
    region = next((region for region, pattern in sites if pattern.search(folded)), None)
    if region is None:
        return ()
    page = library.regions[region]
    named = [side for side, pattern in sides if pattern.search(folded)]
    said: list[Side] = ["left", "right"] if "bilateral" in named or len(named) > 1 else [*named] or ["unknown"]  # type: ignore[list-item]
    if page.midline:
        said = ["midline"]
    return tuple(Place(region, side, page.structure, tags=frozenset(page.sites[:1])) for side in said)


def reason_of(concept: fhir.CodeableConcept | None, terms: Terminology) -> Reason | None:
    """Return a coded reason, or `None` where its codes are in no value set."""
    tags = terms.tags(concept)
    return Reason(tags, label_of(concept)) if tags else None
