"""What of an assessment reaches the user: shadow mode, repeat-card control, and the record of both.

An answer never waits for the store: it asks what was overridden within a small time, shows every card when there is
no answer, and hands its record over to be written behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .errors import Finding
from .feedback import reports_of
from .parts import Caller
from .protocol import Feedback, RequestBody
from .repeat import RepeatRules, held_back, may_repeat
from .service import Assessment, Service
from .store import IssuedExchange, Origin, Shown, Store, card_rows

LOOKUP_SECONDS = 0.15
SHADOW = "shadow"
REPEAT = "repeat"
_IN_SHADOW = "this client is in shadow mode: everything is evaluated and recorded, nothing is shown"


class StoredRecord:
    """The record that a store keeps."""

    def __init__(self, store: Store, rules: RepeatRules, *, clock: Callable[[], datetime] | None = None) -> None:
        self._store = store
        self._rules = rules
        self._now = clock or (lambda: datetime.now(UTC))

    def shown(self, service: Service, body: RequestBody, assessment: Assessment, *, caller: Caller) -> Assessment:
        """Return what the user is to see, and keep what was issued and what was held back."""
        now, whose = self._now(), origin(caller, service.id)
        patient = self._hash("patient", whose, body.context.patient_id)
        user = self._hash("user", whose, body.context.user_id)
        why = (
            self._held_back(assessment, whose, patient, user, now) if not caller.shadow else _all_in_shadow(assessment)
        )
        self._store.record_issued(
            IssuedExchange(
                origin=whose,
                issued_at=now,
                knowledge_version=assessment.knowledge_version,
                patient_hash=patient,
                user_hash=user,
                cards=card_rows(assessment.cards, dict.fromkeys(why, SHADOW if caller.shadow else REPEAT)),
            )
        )
        return without(assessment, why)

    def issued(self, service: Service, assessment: Assessment, *, caller: Caller) -> None:
        """Keep which cards were shown, of nobody in particular and none held back."""
        self._store.record_issued(
            IssuedExchange(
                origin=origin(caller, service.id),
                issued_at=self._now(),
                knowledge_version=assessment.knowledge_version,
                patient_hash="",
                user_hash="",
                cards=card_rows(assessment.cards, {}),
            )
        )

    def feedback(self, service_id: str, items: Sequence[Feedback], *, caller: Caller) -> None:
        """Keep feedback, all of a call or nothing; when this returns, it is committed."""
        now = self._now()
        self._store.record_feedback(origin(caller, service_id), reports_of(items, now=now), received_at=now)

    def ready(self) -> Finding | None:
        """Return why nothing can be kept at the moment, or `None`."""
        return next(iter(self._store.ready()), None)

    def _held_back(
        self, assessment: Assessment, whose: Origin, patient: str, user: str, now: datetime
    ) -> Mapping[str, str]:
        asked = may_repeat(assessment.cards, self._rules)
        if not asked:
            return {}
        shown = Shown(
            origin=whose,
            patient_hash=patient,
            user_hash=user if self._rules.per == "user" else None,
            content_keys={card.content_key for card in asked},
        )
        answers = self._store.answers_to(shown, seconds=LOOKUP_SECONDS)
        return held_back(asked, answers, now=now, rules=self._rules)

    def _hash(self, kind: str, whose: Origin, identifier: str | None) -> str:
        return self._store.secrecy.hashed(kind, whose.issuer, whose.tenant, identifier)


def origin(caller: Caller, service_id: str) -> Origin:
    """Return whose cards and feedback these are."""
    return Origin(issuer=caller.issuer, tenant=caller.tenant, client=caller.name, service=service_id)


def without(assessment: Assessment, why: Mapping[str, str]) -> Assessment:
    """Return the assessment without the cards held back; its reasoning still lists them, each with the reason."""
    if not why:
        return assessment
    cards = tuple(issued for issued in assessment.cards if issued.card.uuid not in why)
    return replace(assessment, cards=cards, explain=partial(_reasoning, assessment.explain, why))


def _reasoning(explain: Callable[[], Mapping[str, Any]], why: Mapping[str, str]) -> Mapping[str, Any]:
    reasoning = explain()
    episodes = [
        {**episode, "cards": [_marked(card, why) for card in episode.get("cards", [])]}
        for episode in reasoning.get("episodes", [])
    ]
    return {**reasoning, "episodes": episodes}


def _marked(card: Mapping[str, object], why: Mapping[str, str]) -> Mapping[str, object]:
    reason = why.get(str(card.get("uuid")))
    return {**card, "heldBack": reason} if reason else card


def _all_in_shadow(assessment: Assessment) -> Mapping[str, str]:
    return {issued.card.uuid: _IN_SHADOW for issued in assessment.cards if issued.card.uuid}
