"""Appraisals -> cards: few, in order of urgency, each with its basis; drafts for what is suggested.

Critical cards first and always; then at most three others (model 5.1, Precedence). A site has one failure review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import uuid4

from cds_service import protocol
from cds_service.service import Call, IssuedCard

from .. import safety
from ..case import Case
from ..library import Library
from ..model import Appraisal, Finding, Indicator, Step
from ..orders import draft
from . import detail, summary
from .explanation import explanation
from .page import CardsPage, page_of

__all__ = ["cards_of", "explanation"]

Judged = tuple[Case, Appraisal]


def cards_of(judged: tuple[Judged, ...], call: Call, library: Library) -> tuple[IssuedCard, ...]:
    """Return the cards of one patient in the order shown."""
    page = page_of(library)
    made = [card for case, appraisal in judged for card in _of_episode(case, appraisal, judged, call, page)]
    wanted = [card for card in made if card.kind not in page.off]
    critical = [card for card in wanted if card.indicator == "critical"]
    others = sorted((card for card in wanted if card.indicator != "critical"), key=_urgency)
    return (*critical, *others[: int(library.number("max_noncritical"))])


def _urgency(card: IssuedCard) -> tuple[bool, bool, bool]:
    return card.indicator != "warning", card.kind != "failure-review", not card.kind.startswith("safety")


def _of_episode(
    case: Case, appraisal: Appraisal, judged: tuple[Judged, ...], call: Call, page: CardsPage
) -> Iterable[IssuedCard]:
    critical = [f for f in appraisal.findings if f.indicator == "critical"]
    for found in critical or appraisal.findings:
        yield _finding_card(case, appraisal, found, call, page)
    if critical:
        return
    if appraisal.response.failed:
        yield _failure_review(case, appraisal, judged, call, page)
    elif appraisal.response.kind == "too-early" and _worth_saying(case):
        yield _card(
            case,
            appraisal,
            "too-early",
            "info",
            summary.too_early(case),
            detail.too_early(case, page),
            call,
            page,
        )
    elif appraisal.response.kind == "indeterminate" and _gap_worth_saying(case, judged):
        yield _card(
            case,
            appraisal,
            "data-gap",
            "info",
            summary.data_gap(case),
            detail.data_gap(case, page),
            call,
            page,
        )


def _failure_review(
    case: Case, appraisal: Appraisal, judged: tuple[Judged, ...], call: Call, page: CardsPage
) -> IssuedCard:
    developing = any(c.id == "delayed-effect" and c.state == "supported" for c in appraisal.causes)
    notes = [*(note.says for note in safety.notes(case)), *_other_sites(case, judged)]
    text = detail.failure_review(case, appraisal, page, notes)
    line = summary.failure_review(case, still_developing=developing)
    return _card(case, appraisal, "failure-review", indicator_of(case, developing=developing), line, text, call, page)


def indicator_of(case: Case, *, developing: bool) -> Indicator:
    """Warn only of a clear failure, sure enough, recent enough, and not one that may still turn (model 3.5)."""
    response, index = case.response, case.episode.index
    clear = response.kind in ("non-response", "transient") and response.confidence != "low" and not index.text_only
    recent = case.days <= case.number("warn_max_days")
    return "warning" if clear and recent and not developing else "info"


def _worth_saying(case: Case) -> bool:
    """Too early is said only to one who may act too early: pain is high, or a repeat or an operation is ordered."""
    response = case.response
    latest, base = response.latest, response.baseline
    high = latest is not None and latest.scale == "nrs" and latest.value >= case.number("too_early_pain")
    better = (
        high
        and base is not None
        and latest is not None
        and base.value - latest.value >= case.number("meaningful_points")
        and (base.value - latest.value) * 100 >= case.number("meaningful_percent") * base.value
    )
    return (high and not better) or _escalation_ordered(case)


def _escalation_ordered(case: Case) -> bool:
    kinds = (
        "surgery-any",
        "injection-joint",
        "injection-joint-small",
        "injection-joint-intermediate",
        "injection-joint-major",
        "injection-epidural-interlaminar",
        "injection-epidural-transforaminal",
        "injection-facet",
        "injection-sacroiliac",
        "injection-tendon-sheath",
        "injection-tendon-origin",
        "injection-bursa",
    )
    found = case.find(*kinds, kind="ServiceRequest", at_site=True, since=case.injected, states=frozenset({"ordered"}))
    return any(True for _ in found)


def _gap_worth_saying(case: Case, judged: tuple[Judged, ...]) -> bool:
    """A gap is worth a card only where the site still troubles the patient, and no review of another site is shown.

    Beside a failure review the gap is a line of that card instead (one ask at a time; model 3.5).
    """
    if any(a.response.failed and not a.suppressed for _, a in judged):
        return False
    return _still_troubles(case)


def _still_troubles(case: Case) -> bool:
    present = any(
        r.kind in ("Condition", "Encounter")
        and r.state in ("present", "done")
        and case.at_site(r)
        and (r.kind == "Condition" or (r.day is not None and r.day >= case.injected))
        for r in case.records.all
    )
    return present or any(
        c.clinical_status is None
        or any(k.code in ("active", "recurrence", "relapse") for k in c.clinical_status.coding)
        for c in case.episode.index.reason_conditions
    )


def _other_sites(case: Case, judged: tuple[Judged, ...]) -> Iterable[str]:
    for other, appraisal in judged:
        if other is not case and appraisal.response.kind == "indeterminate" and not appraisal.response.failed:
            yield f"Also injected, response not recorded: {other.site} ({other.injected.isoformat()})"


def _finding_card(case: Case, appraisal: Appraisal, found: Finding, call: Call, page: CardsPage) -> IssuedCard:
    steps = tuple(s for s in appraisal.steps if s.id in found.steps)
    text = detail.finding(case, found, steps, page)
    shown = steps if found.indicator == "critical" or not appraisal.response.failed else ()
    return _card(
        case,
        appraisal,
        found.kind,
        found.indicator,
        summary.fitted(found.summary),
        text,
        call,
        page,
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
    page: CardsPage,
    *,
    steps: tuple[Step, ...] | None = None,
    rules: tuple[str, ...] = (),
    facts: tuple[str, ...] = (),
) -> IssuedCard:
    offered = [s for s in (appraisal.steps if steps is None else steps) if s.status == "suggested"]
    if kind == "data-gap":
        offered = []
    suggestions = [_suggestion(step, case, call, facts) for step in offered]
    fired = rules or tuple(e.id for c in appraisal.causes if c.state in ("supported", "possible") for e in c.evidence)
    supported = tuple(c.id for c in appraisal.causes if c.state == "supported") if not rules else ()
    card = protocol.Card(
        summary=line,
        indicator=indicator,
        detail=text,
        uuid=str(uuid4()),
        source=_source(kind, case, call, page),
        suggestions=suggestions,
        selection_behavior="any" if suggestions else None,
        override_reasons=[
            protocol.OverrideReason(system=page.override_system.uri, code=r.code, display=r.display)
            for r in page.override_reasons
        ],
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


def _source(kind: str, case: Case, call: Call, page: CardsPage) -> protocol.Source:
    url = f"{call.links_base}/knowledge#{kind}" if call.links_base else None
    topic = protocol.Coding(system=page.topic_system, code=kind, display=kind.replace("-", " "))
    return protocol.Source(label=f"{page.source_label}, knowledge {case.library.version}", url=url, topic=topic)


def _links(kind: str, call: Call) -> list[protocol.Link]:
    if not call.links_base:
        return []
    return [
        protocol.Link(label="The rules behind this card", url=f"{call.links_base}/knowledge#{kind}", type="absolute")
    ]


def _suggestion(step: Step, case: Case, call: Call, facts: tuple[str, ...]) -> protocol.Suggestion:
    action = protocol.Action(type="create", description=step.title, resource=draft(step, case, call, facts))
    return protocol.Suggestion(
        label=step.title, uuid=str(uuid4()), is_recommended=step.recommended or None, actions=[action]
    )
