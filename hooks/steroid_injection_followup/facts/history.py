"""Facts of earlier injections, at this site and at others (causes 1, 5, 6 and 7e)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from cds_service.evidence import Fact, known, unknown

from ..case import Case, once
from ..model import Injection, Response
from .registry import Facts, fact

_YEAR = timedelta(days=365)
_HELPED = {"responder": "relief", "waned-after-benefit": "lasting relief that waned", "transient": "relief lost again"}


def _said(injection: Injection, response: Response) -> str:
    return f"{injection.day.isoformat()}, {_HELPED[response.kind]}"


@once
def _earlier_here(case: Case) -> list[tuple[Injection, Response]]:
    first = case.since("history_days")
    return [(i, case.responses[i]) for i in case.episode.history if i.day >= first and i in case.responses]


@fact
def earlier_injection_helped(facts: Facts) -> Fact:
    """Whether an earlier steroid injection of this site and side, within 24 months, gave a meaningful response."""
    earlier = _earlier_here(facts.case)
    helped = [(i, r) for i, r in earlier if r.kind in _HELPED]
    if helped:
        references = [ref for i, r in helped for ref in (*i.references[:1], *([r.best.reference] if r.best else []))]
        return known(True, references, "; ".join(_said(i, r) for i, r in helped[:3]))
    judged = [r for _, r in earlier if r.kind == "non-response"]
    return known(False) if judged else unknown("the response to an earlier injection of this site")


@fact
def benefit_is_shrinking(facts: Facts) -> Fact:
    """Whether an earlier injection here helped and this one did not, or the relief lasted ever less long."""
    case = facts.case
    helped = [(i, r) for i, r in _earlier_here(case) if r.kind in _HELPED]
    if not helped:
        return unknown("the response to an earlier injection of this site")
    references = [ref for i, r in helped for ref in (*i.references[:1], *([r.best.reference] if r.best else []))]
    lasted = [(i.day, (r.lost.day - i.day).days) for i, r in helped if r.lost is not None]
    if case.response.lost is not None:
        lasted.append((case.injected, (case.response.lost.day - case.injected).days))
    lasted.sort()
    shorter = len(lasted) > 1 and all(later < earlier for (_, earlier), (_, later) in pairwise(lasted))
    said = "earlier injections helped (" + "; ".join(_said(i, r) for i, r in helped[:3]) + ")"
    if shorter:
        said += f", relief from {lasted[0][1] // 7} to {lasted[-1][1] // 7} weeks"
    return known(case.response.kind == "non-response" or shorter, references, said)


@fact
def injections_in_year(facts: Facts) -> Fact:
    """Steroid injections of this site and side in the 365 days that end today, the index injection included."""
    case = facts.case
    first = case.as_of - _YEAR
    found = [i for i in (case.episode.index, *case.episode.history) if i.steroid and i.day > first]
    days = ", ".join(i.day.isoformat() for i in reversed(found))
    return known(len(found), [i.references[0] for i in found], f"{len(found)} injections in 365 days ({days})")


@fact
def repeated_injection(facts: Facts) -> Fact:
    """Whether this site was injected more than once; unknown with a single injection, for the causes that compare."""
    case = facts.case
    if case.episode.history:
        return known(True, [i.references[0] for i in case.episode.history])
    return unknown("an earlier injection to compare with")


@once
def _index_responses(case: Case) -> list[tuple[str, Injection, Response]]:
    """All judged steroid injections of all sites within 24 months, this site's included."""
    first = case.since("history_days")
    return [
        (f"{e.region} {e.side}", i, case.responses[i])
        for e in case.episodes
        for i in (e.index, *e.history)
        if i.steroid and i in case.responses and i.day >= first
    ]


@fact
def non_response_sites(facts: Facts) -> Fact:
    """Different sites with a documented non-response in 24 months."""
    found = [(site, i) for site, i, r in _index_responses(facts.case) if r.kind == "non-response"]
    sites = {site for site, _ in found}
    return known(len(sites), [i.references[0] for _, i in found], f"{len(sites)} sites")


@fact
def steroid_helped_before(facts: Facts) -> Fact:
    """Whether a steroid injection of this or another site, within 24 months, worked (responder or waned)."""
    index = facts.case.episode.index
    judged = [(i, r) for _, i, r in _index_responses(facts.case) if i is not index]
    helped = [(i, r) for i, r in judged if r.kind in ("responder", "waned-after-benefit")]
    if helped:
        return known(True, [i.references[0] for i, _ in helped], "; ".join(_said(i, r) for i, r in helped[:3]))
    return known(False) if any(r.kind == "non-response" for _, r in judged) else unknown("another injection's response")


@fact
def joints_injected_in_year(facts: Facts) -> Fact:
    """Different joints with a steroid injection in 365 days; bursae and tendons do not count."""
    case = facts.case
    first = case.as_of - _YEAR
    found = {
        e.key: i
        for e in case.episodes
        for i in (e.index, *e.history)
        if i.steroid and i.day > first and i.structure == "joint" and case.library.regions[e.region].joint
    }
    sites = ", ".join(f"{side} {region}" for region, side in found)
    return known(len(found), [i.references[0] for i in found.values()], f"{len(found)} joints ({sites})")
