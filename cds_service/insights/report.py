"""The insights of one window of time, read from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

from sqlalchemy import Engine, select

from ..store.engine import allow
from ..store.secrecy import Secrecy
from ..tables import feedback, issued_card
from .counts import Reason, Tally, Window, by_dimension, exchanges, reasons, unknown_reports
from .drift import Series, firing

DEFAULT_DAYS = 182
READING_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Insights:
    """What became of the cards in a window."""

    window: Window
    exchanges: int
    by: Mapping[str, Mapping[str, Tally]]
    reasons: Sequence[Reason]
    firing: Sequence[Series]
    unknown_reports: int

    @property
    def total(self) -> Tally:
        """All cards together."""
        return reduce(Tally.__add__, self.by["kind"].values(), Tally())

    @property
    def signals(self) -> list[Series]:
        """The series that stand out in the last week."""
        return [series for series in self.firing if series.now]


def window_until(today: date, *, since: date | None = None, until: date | None = None, client: str = "") -> Window:
    """Return a window: by default the half year up to today."""
    last = until or today
    return Window(since or last - timedelta(days=DEFAULT_DAYS - 1), last, client)


@dataclass(frozen=True, slots=True)
class Comment:
    """What a user wrote about a card, in clear: it may name a patient."""

    day: date
    kind: str
    outcome: str
    text: str


def comments(engine: Engine, window: Window, secrecy: Secrecy) -> list[Comment]:
    """Read the comments on the cards of a window, the latest first."""
    question = (
        select(issued_card.c.day, issued_card.c.kind, feedback.c.outcome, feedback.c.comment)
        .join(feedback, feedback.c.card == issued_card.c.card)
        .where(window.of(issued_card), feedback.c.comment != "")
        .order_by(feedback.c.received_at.desc())
    )
    with engine.connect() as connection:
        rows = connection.execute(question).all()
    return [Comment(day, kind, outcome, secrecy.opened(sealed)) for day, kind, outcome, sealed in rows]


def insights(engine: Engine, window: Window) -> Insights:
    """Read the insights, all from one state of the store."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        allow(connection, seconds=READING_SECONDS)
        return Insights(
            window=window,
            exchanges=exchanges(connection, window),
            by=by_dimension(connection, window),
            reasons=reasons(connection, window),
            firing=firing(connection, window),
            unknown_reports=unknown_reports(connection),
        )
