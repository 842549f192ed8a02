"""Appraisals -> cards: few, in order of urgency, each with its basis; drafts for what is suggested.

Critical cards first and always; then at most three others (model 5.1, Precedence). A site has one failure review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from cds_service import protocol
from cds_service.service import Call, IssuedCard

from .. import safety
from ..case import Case
from ..library import Library
from ..model import Appraisal, Finding, Indicator, Step
from ..orders import draft
from . import detail, summary
from .explanation import explanation
from .ids import uuids
from .page import Shared, shared_of
from .worth import Judged, gap_worth_saying, indicator_of, worth_saying

__all__ = ["cards_of", "explanation"]


def cards_of(judged: tuple[Judged, ...], call: Call, library: Library) -> tuple[IssuedCard, ...]:
    """Return the cards of one patient in the order shown."""
    shared = shared_of(library)
    made = [card for case, appraisal in judged for card in _of_episode(case, appraisal, judged, call, shared)]
    wanted = [card for card in made if card.kind not in shared.page.off]
    critical = [card for card in wanted if card.indicator == "critical"]
    others = sorted((card for card in wanted if card.indicator != "critical"), key=_urgency)
    return (*critical, *others[: int(library.number("max_noncritical"))])


def _urgency(card: IssuedCard) -> tuple[bool, bool, bool]:
    return card.indicator != "warning", card.kind != "failure-review", not card.kind.startswith("safety")


def _of_episode(
    case: Case, appraisal: Appraisal, judged: tuple[Judged, ...], call: Call, shared: Shared
) -> Iterable[IssuedCard]:
    critical = [f for f in appraisal.findings if f.indicator == "critical"]
    for found in critical or appraisal.findings:
        yield _finding_card(case, appraisal, found, call, shared)
    if critical:
        return
    if appraisal.response.failed:
        yield _failure_review(case, appraisal, judged, call, shared)
    elif appraisal.response.kind == "too-early" and worth_saying(case):
        yield _card(
            case,
            appraisal,
            "too-early",
            "info",
            summary.too_early(case),
            detail.too_early(case, shared, safety.on_every_card(case)),
            call,
            shared,
        )
    elif appraisal.response.kind == "indeterminate" and gap_worth_saying(case, judged):
        yield _card(
            case,
            appraisal,
            "data-gap",
            "info",
            summary.data_gap(case),
            detail.data_gap(case, shared, safety.on_every_card(case)),
            call,
            shared,
        )


def _failure_review(
    case: Case, appraisal: Appraisal, judged: tuple[Judged, ...], call: Call, shared: Shared
) -> IssuedCard:
    developing = any(c.id == "delayed-effect" and c.state == "supported" for c in appraisal.causes)
    barred = safety.against_a_repeat(case, appraisal.findings)
    noted = (note.says for note in safety.notes(case))
    notes = [*_red_flags(case, judged), *noted, barred, *_other_sites(case, judged)]
    text = detail.failure_review(case, appraisal, shared, notes)
    line = summary.failure_review(case, still_developing=developing)
    return _card(case, appraisal, "failure-review", indicator_of(case, developing=developing), line, text, call, shared)


def _red_flags(case: Case, judged: tuple[Judged, ...]) -> Iterable[str]:
    for other, appraisal in judged:
        if other is not case and appraisal.suppressed:
            yield f"Facts recorded for the {other.site} match published red flags: see that card first"


def _other_sites(case: Case, judged: tuple[Judged, ...]) -> Iterable[str]:
    for other, appraisal in judged:
        if other is not case and appraisal.response.kind == "indeterminate" and not appraisal.response.failed:
            yield f"Also injected, response not recorded: {other.site} ({other.injected.isoformat()})"


def _finding_card(case: Case, appraisal: Appraisal, found: Finding, call: Call, shared: Shared) -> IssuedCard:
    steps = tuple(s for s in appraisal.steps if s.id in found.steps)
    text = detail.finding(case, found, steps, shared)
    shown = steps if found.indicator == "critical" or not appraisal.response.failed else ()
    return _card(
        case,
        appraisal,
        found.kind,
        found.indicator,
        summary.fitted(found.summary),
        text,
        call,
        shared,
        steps=shown,
        rules=(found.rule,),
        facts=found.references,
    )


def _card(
    case: Case,
    appraisal: Appraisal,
    kind: str,
    indicator: Indicator,
    line: str,
    text: str,
    call: Call,
    shared: Shared,
    *,
    steps: tuple[Step, ...] | None = None,
    rules: tuple[str, ...] = (),
    facts: tuple[str, ...] = (),
) -> IssuedCard:
    offered = [s for s in (appraisal.steps if steps is None else steps) if s.status == "suggested"]
    if kind == "data-gap":
        offered = []
    own_id, *ids = uuids(1 + len(offered))
    suggestions = [
        _suggestion(step, uuid, draft(step, case, call, facts)) for step, uuid in zip(offered, ids, strict=True)
    ]
    fired = rules or tuple(e.id for c in appraisal.causes if c.state in ("supported", "possible") for e in c.evidence)
    supported = tuple(c.id for c in appraisal.causes if c.state == "supported") if not rules else ()
    card = protocol.Card(
        summary=line,
        indicator=indicator,
        detail=text,
        uuid=own_id,
        source=_source(kind, call, shared),
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=shared.reasons,
        links=_links(kind, call),
    )
    content = _content(kind, indicator, case, appraisal, offered, fired)
    return IssuedCard(card, kind, case.episode.region, case.episode.side, indicator, fired, content, supported)


def _content(
    kind: str, indicator: str, case: Case, appraisal: Appraisal, offered: list[Step], fired: tuple[str, ...]
) -> str:
    """Hash what the card says clinically; a new day or a new uuid alone leaves it equal (repeat-card control)."""
    states = ((c.id, c.state) for c in appraisal.causes)
    said = (
        kind,
        indicator,
        case.episode.key,
        case.injected.isoformat(),
        case.response.kind,
        *states,
        *(s.id for s in offered),
        fired,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _source(kind: str, call: Call, shared: Shared) -> protocol.Source:
    url = f"{call.links_base}/knowledge#{kind}" if call.links_base else None
    topic = protocol.Coding(system=shared.page.topic_system, code=kind, display=kind.replace("-", " "))
    return protocol.Source(label=shared.label, url=url, topic=topic)


def _links(kind: str, call: Call) -> list[protocol.Link]:
    if not call.links_base:
        return []
    return [
        protocol.Link(label="The rules behind this card", url=f"{call.links_base}/knowledge#{kind}", type="absolute")
    ]


def _suggestion(step: Step, uuid: str, order: dict[str, Any]) -> protocol.Suggestion:
    title = step.title
    action = protocol.Action(type="create", description=title, resource=order)
    return protocol.Suggestion(label=title, uuid=uuid, is_recommended=step.recommended or None, actions=[action])
