"""The latest answer to what a card says, by this user or for this patient: what repeat-card control asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Select, select

from ..tables import feedback, issued_card
from .origin import Origin


@dataclass(frozen=True, slots=True)
class Shown:
    """The question: which of these contents were answered for this patient, and by this user where one is named."""

    origin: Origin
    patient_hash: str
    user_hash: str | None
    content_keys: Collection[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The latest answer to one content: accepted or overridden, when, and why."""

    outcome: str
    at: datetime
    reason_code: str


def latest_answers(engine: Engine, shown: Shown) -> Mapping[str, Answer]:
    """Return the latest answer to each content key that has one."""
    with engine.connect() as connection:
        rows = connection.execute(_question(shown)).all()
    # A moment ahead of its receipt is a client's clock; it must not hold a card back for longer.
    answers = [(row.content_key, Answer(row.outcome, min(row.outcome_at, row.received_at), row.code)) for row in rows]
    return dict(sorted(answers, key=lambda found: found[1].at))


def _question(shown: Shown) -> Select[str, str, datetime, datetime, str]:
    card, report = issued_card.c, feedback.c
    question = (
        select(
            card.content_key, report.outcome, report.outcome_at, report.received_at, report.reason_code.label("code")
        )
        .join(feedback, report.card == card.card)
        .where(
            card.patient_hash == shown.patient_hash,
            card.content_key.in_(sorted(shown.content_keys)),
            card.issuer == shown.origin.issuer,
            card.tenant == shown.origin.tenant,
            card.service == shown.origin.service,
        )
    )
    return question if shown.user_hash is None else question.where(card.user_hash == shown.user_hash)
