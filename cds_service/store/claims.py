"""Feedback that came before its card was written: moved over to the counted feedback once the card is there.

Cards are written in the background and feedback at once, by any process, so either may be first. Whoever commits
second looks for the other's row after its own commit, so that none is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ..tables import feedback, issued_card, unknown_feedback
from .engine import writing

CARDS_AT_A_TIME = 500
_COLUMNS = [column.name for column in unknown_feedback.c if column.name != "id"]


def insert_for(connection: Connection, table: Table) -> Any:
    """Return the dialect's INSERT, which alone knows ON CONFLICT."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def shown_to() -> ColumnElement[bool]:
    """Return the condition that a row of unknown feedback speaks of a card that we showed to the same client."""
    rows = unknown_feedback.c
    return and_(
        issued_card.c.card == rows.card,
        issued_card.c.issuer == rows.issuer,
        issued_card.c.tenant == rows.tenant,
        issued_card.c.service == rows.service,
        issued_card.c.withheld == "",
    )


def claim(engine: Engine, cards: Sequence[str]) -> None:
    """Move the feedback of these cards to the counted feedback, where we did show the card."""
    with engine.connect() as connection:
        waiting = sorted({card for some in _some(cards) for card in connection.scalars(_waiting(some))})
        shown = [card for some in _some(waiting) for card in connection.scalars(_waiting(some).where(shown_to()))]
    for some in _some(shown):
        with writing(engine).begin() as connection:
            _move(connection, unknown_feedback.c.card.in_(some))


def claim_all(connection: Connection) -> None:
    """Move all feedback whose card has been written since; retention calls it before it deletes."""
    _move(connection, unknown_feedback.c.card.is_not(None))


def _some(cards: Sequence[str]) -> Iterator[Sequence[str]]:
    return (cards[start : start + CARDS_AT_A_TIME] for start in range(0, len(cards), CARDS_AT_A_TIME))


def _waiting(cards: Sequence[str]) -> Select[str]:
    """Ask for the few cards that have unknown feedback, without a join: nearly always there is none."""
    return select(unknown_feedback.c.card).where(unknown_feedback.c.card.in_(cards))


def _move(connection: Connection, which: ColumnElement[bool]) -> None:
    known = select(*(unknown_feedback.c[name] for name in _COLUMNS), issued_card.c.patient_hash)
    moved = insert_for(connection, feedback).from_select([*_COLUMNS, "patient_hash"], known.where(which, shown_to()))
    connection.execute(moved.on_conflict_do_nothing())
    counted = select(feedback.c.id).where(feedback.c.digest == unknown_feedback.c.digest)
    connection.execute(delete(unknown_feedback).where(which, counted.exists()))
