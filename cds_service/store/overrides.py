"""The latest answer to what a card says, by this user or for this patient: what repeat-card control asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from ..tables import feedback, issued_card
from .origin import Origin

_CARD, _REPORT = issued_card.c, feedback.c
# Made once: making the question costs more than asking it.
_BY_ANYONE: Select[str, str, datetime, datetime, str] = (
    select(
        _CARD.content_key, _REPORT.outcome, _REPORT.outcome_at, _REPORT.received_at, _REPORT.reason_code.label("code")
    )
    .join(feedback, _REPORT.card == _CARD.card)
    .where(
        _CARD.patient_hash == bindparam("patient"),
        _CARD.content_key.in_(bindparam("contents", expanding=True)),
        _CARD.issuer == bindparam("by_issuer"),
        _CARD.tenant == bindparam("of_tenant"),
        _CARD.service == bindparam("to_service"),
    )
)
_BY_USER = _BY_ANYONE.where(_CARD.user_hash == bindparam("by_user"))
_ANY = "SELECT 1 FROM feedback WHERE patient_hash = {} LIMIT 1"


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
    """Return the latest answer to each content key that has one; most patients have none, and that is asked first."""
    if not _any_answer(engine, shown.patient_hash):
        return {}
    asked: dict[str, Any] = {
        "patient": shown.patient_hash,
        "contents": sorted(shown.content_keys),
        "by_issuer": shown.origin.issuer,
        "of_tenant": shown.origin.tenant,
        "to_service": shown.origin.service,
    }
    question = _BY_ANYONE if shown.user_hash is None else _BY_USER
    with engine.connect() as connection:
        rows = connection.execute(question, asked | {"by_user": shown.user_hash}).all()
    # A moment ahead of its receipt is a client's clock; it must not hold a card back for longer.
    answers = [(row.content_key, Answer(row.outcome, min(row.outcome_at, row.received_at), row.code)) for row in rows]
    return dict(sorted(answers, key=lambda found: found[1].at))


def _any_answer(engine: Engine, patient_hash: str) -> bool:
    """Ask the driver itself: this runs in every call, and a statement that is made anew costs ten times as much."""
    asked = _ANY.format("?" if engine.dialect.paramstyle == "qmark" else "%s")
    try:
        with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(asked, (patient_hash,))
            return cursor.fetchone() is not None
    except engine.dialect.loaded_dbapi.Error as failure:
        raise SQLAlchemyError(type(failure).__name__) from failure
