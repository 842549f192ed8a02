"""Records of one event joined: same site and side, or one of them less exact, a day apart at most."""

from __future__ import annotations

from dataclasses import replace

from .library import Library
from .model import Injection


def joined(found: list[Injection], library: Library) -> tuple[Injection, ...]:
    """Join records of one event: same site and side, or one of them less exact, a day apart at most."""
    exact_first = sorted(found, key=lambda i: (i.region == "unspecified", i.side == "unknown", i.site_inferred, i.day))
    kept: list[Injection] = []
    for injection in exact_first:
        same = [k for k in range(len(kept)) if _same(kept[k], injection, library)]
        if len(same) == 1:
            kept[same[0]] = _merged(kept[same[0]], injection)
        elif not same or not _vague(injection):
            kept.append(injection)
    return tuple(sorted(kept, key=lambda i: (i.day, i.region, i.side)))


def _vague(injection: Injection) -> bool:
    return injection.region == "unspecified" or injection.side == "unknown"


def _same(one: Injection, other: Injection, library: Library) -> bool:
    if abs((one.day - other.day).days) > library.number("join_days"):
        return False
    if one.other_agent not in (None, "unknown") and one.other_agent != other.other_agent and other.steroid:
        return False
    if other.other_agent not in (None, "unknown") and one.other_agent != other.other_agent and one.steroid:
        return False
    sides = one.side == other.side or "unknown" in (one.side, other.side)
    return sides and _same_region(one, other, library)


def _same_region(one: Injection, other: Injection, library: Library) -> bool:
    if one.region == other.region:
        return True
    if "unspecified" in (one.region, other.region):
        return one.encounter == other.encounter or None in (one.encounter, other.encounter)
    near = set(library.regions[one.region].near) & set(library.regions[other.region].near)
    return (one.site_inferred or other.site_inferred or one.text_only or other.text_only) and bool(near)


def _told_by_words(one: Injection, other: Injection) -> bool:
    """Words alone tell of the event unless a code proves the steroid, and one names the site."""
    coded = [i for i in (one, other) if not i.text_only]
    return not any(i.steroid for i in coded) or all(i.region == "unspecified" for i in coded)


def _merged(one: Injection, other: Injection) -> Injection:
    """Keep the more exact of each thing that either record says; every resource behind it stays named."""
    agent = one.agent if one.agent not in (None, "corticosteroid") else other.agent or one.agent
    dose = one.dose if one.dose.milligrams is not None or other.dose.milligrams is None else other.dose
    guidance = one.guidance if one.guidance == "guided" or other.guidance == "unknown" else other.guidance
    return replace(
        one,
        references=tuple(dict.fromkeys((*one.references, *other.references))),
        agent=agent,
        other_agent=None if agent else one.other_agent if one.other_agent != "unknown" else other.other_agent,
        anaesthetic=one.anaesthetic or other.anaesthetic,
        dose=dose,
        guidance=guidance,
        contrast=one.contrast or other.contrast,
        given=one.given or other.given,
        text_only=_told_by_words(one, other),
        conflict=one.conflict or other.conflict,
        when=one.when if "T" in one.when else other.when if "T" in other.when else one.when,
        encounter=one.encounter or other.encounter,
        code_tags=one.code_tags | other.code_tags,
        reasons=one.reasons or other.reasons,
        reason_conditions=one.reason_conditions or other.reason_conditions,
        procedure=one.procedure or other.procedure,
    )
