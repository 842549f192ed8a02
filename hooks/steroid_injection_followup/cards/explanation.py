"""The reasoning as data: every episode, its response, all causes, options and cards (contract, Explanation)."""

from __future__ import annotations

from typing import Any

from cds_service.chart import Chart
from cds_service.service import IssuedCard

from ..library import Library
from ..model import Appraisal, Cause, Injection, Response, Score, Step
from ..records import Records


def explanation(
    chart: Chart,
    records: Records,
    library: Library,
    appraisals: tuple[Appraisal, ...],
    cards: tuple[IssuedCard, ...],
    scope: str,
) -> dict[str, Any]:
    """Return the assessment as JSON-ready data."""
    found: dict[str, Any] = {
        "asOf": chart.as_of.isoformat(),
        "knowledgeVersion": library.version,
        "unreadable": [{"reference": s.reference, "reason": s.reason} for s in chart.unreadable],
        "ignored": [{"reference": s.reference, "reason": s.reason} for s in chart.ignored]
        + [_unused(line) for line in records.unused_status]
        + [{"reference": r, "reason": "it has no usable date"} for r in records.undated],
        "incomplete": [{"type": kind, "reason": why} for kind, why in sorted(chart.gaps.items())],
        "episodes": [_episode(a, cards) for a in appraisals],
    }
    if scope:
        found["outOfScope"] = scope
    if library.overlay:
        found["knowledgeOverlay"] = library.overlay
    return found


def _unused(line: str) -> dict[str, str]:
    reference, reason = line.split(": ", 1)
    return {"reference": reference, "reason": reason}


def _episode(appraisal: Appraisal, cards: tuple[IssuedCard, ...]) -> dict[str, Any]:
    episode = appraisal.episode
    own = [c for c in cards if (c.region, c.side) == episode.key]
    return {
        "region": episode.region,
        "side": episode.side,
        "structure": episode.structure,
        "injections": [_injection(i) for i in (episode.index, *episode.history, *_not_index(appraisal))],
        "response": _response(appraisal.response),
        "causes": [_cause(c) for c in appraisal.causes],
        "nextSteps": [_step(s) for s in appraisal.steps],
        "findings": [
            {"kind": f.kind, "rule": f.rule, "facts": list(f.facts), "references": list(f.references)}
            for f in appraisal.findings
        ],
        "cards": [{"kind": c.kind, "indicator": c.indicator, "uuid": c.card.uuid} for c in own],
        "suppressed": appraisal.suppressed,
    }


def _not_index(appraisal: Appraisal) -> tuple[Injection, ...]:
    return tuple(i for i in appraisal.episode.others if i is not appraisal.episode.index)


def _injection(injection: Injection) -> dict[str, Any]:
    found: dict[str, Any] = {
        "date": injection.day.isoformat(),
        "references": list(injection.references),
        "agent": injection.agent,
        "doseMg": injection.dose.milligrams,
        "guidance": injection.guidance,
    }
    if injection.other_agent:
        found["instead"] = injection.other_agent
    if injection.text_only:
        found["textOnly"] = True
    if injection.conflict:
        found["conflict"] = injection.conflict
    if not injection.given:
        found["given"] = False
    return found


def _response(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = {
        "class": response.kind,
        "reason": response.reason,
        "confidence": response.confidence,
        "worsened": response.worsened,
        "baseline": _score(response.baseline),
        "best": _score(response.best),
        "latest": _score(response.latest),
    }
    if response.censored_on:
        found["censored"] = {"date": response.censored_on.isoformat(), "by": response.censored_by}
    if response.surrogates:
        found["surrogates"] = [
            {"says": s.says, "weight": s.weight, "references": list(s.references)} for s in response.surrogates
        ]
    if response.unused:
        found["notes"] = [f"{score.reference}: {score.why}" for score in response.unused]
    return found


def _score(score: Score | None) -> dict[str, Any] | None:
    if score is None:
        return None
    found: dict[str, Any] = {"value": score.value, "date": score.day.isoformat(), "reference": score.reference}
    if score.scale != "nrs":
        found["scale"] = score.scale
    if not score.site_specific:
        found["siteAssumed"] = True
    return found


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "state": cause.state,
        "strength": cause.strength,
        "missing": list(cause.missing),
        "evidence": [
            {"id": e.id, "weight": e.weight, "says": e.says, "references": list(e.references), "cites": list(e.cites)}
            for e in cause.evidence
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": step.id,
        "status": step.status,
        "says": step.says,
        "references": list(step.references),
    }
    if step.caveat:
        found["caveat"] = step.caveat
    if step.rung:
        found["rung"] = step.rung
    return found
