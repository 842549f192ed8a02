"""Cards and what was answered to them, counted by kind, region, cause, rule version, client or week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from ..tables import exchange_count, feedback, issued_card, issued_cause, issued_rule, unknown_feedback
from .statistics import wilson


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are looked at, both included, and whose cards: all clients, or one."""

    since: date
    until: date
    client: str = ""

    def of(self, table: Any) -> ColumnElement[bool]:
        """Return the condition on a table with a day and a client."""
        days = table.c.day.between(self.since, self.until)
        return and_(days, table.c.client == self.client) if self.client else days


@dataclass(frozen=True, slots=True)
class Tally:
    """How often cards fired, what became of them, and what users answered."""

    fired: int = 0
    shown: int = 0
    held_back: int = 0
    shadow: int = 0
    accepted: int = 0
    overridden: int = 0

    @property
    def unanswered(self) -> int:
        """Cards that were shown and never answered: CDS Hooks reports no ignored card."""
        return self.shown - self.accepted - self.overridden

    @property
    def acceptance(self) -> float | None:
        """The share accepted of those answered."""
        answered = self.accepted + self.overridden
        return self.accepted / answered if answered else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the acceptance."""
        return wilson(self.accepted, self.accepted + self.overridden)

    def __add__(self, other: Tally) -> Tally:
        """Add two tallies."""
        return Tally(*(a + b for a, b in zip(_numbers(self), _numbers(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of overriding one kind of card, and how often it was given; empty where none was."""

    kind: str
    system: str
    code: str
    display: str
    reports: int


_BY_CARD = (
    select(
        feedback.c.card,
        func.max(case((feedback.c.outcome == "accepted", 1), else_=0)).label("accepted"),
    )
    .group_by(feedback.c.card)
    .subquery()
)
_DIMENSIONS: dict[str, Sequence[ColumnElement[Any]]] = {
    "kind": (issued_card.c.kind,),
    "indicator": (issued_card.c.indicator,),
    "region": (issued_card.c.region,),
    "cause": (issued_cause.c.cause,),
    "rule version": (issued_rule.c.rule, issued_card.c.knowledge_version),
    "client": (issued_card.c.client,),
    "week": (issued_card.c.day,),
}


def by_dimension(connection: Connection, window: Window) -> dict[str, dict[str, Tally]]:
    """Return the tallies of each dimension by its value; a card with two causes counts under both."""
    return {name: _by(connection, window, name) for name in _DIMENSIONS}


def exchanges(connection: Connection, window: Window) -> int:
    """Return how many calls were answered."""
    total = select(func.sum(exchange_count.c.exchanges)).where(window.of(exchange_count))
    return int(connection.scalar(total) or 0)  # PostgreSQL sums to a decimal


def reasons(connection: Connection, window: Window) -> list[Reason]:
    """Return why cards were overridden, the commonest first."""
    given = (issued_card.c.kind, feedback.c.reason_system, feedback.c.reason_code)
    question = (
        select(*given, func.max(feedback.c.reason_display), func.count().label("reports"))
        .join(issued_card, issued_card.c.card == feedback.c.card)
        .where(window.of(issued_card), feedback.c.outcome == "overridden")
        .group_by(*given)
        .order_by(func.count().desc(), *given)
    )
    return [Reason(kind, system, code, shown, n) for kind, system, code, shown, n in connection.execute(question)]


def unknown_reports(connection: Connection) -> int:
    """Return how many reports wait apart, of cards that we did not show."""
    return connection.scalar(select(func.count()).select_from(unknown_feedback)) or 0


def monday(day: date) -> date:
    """Return the first day of the week."""
    return day - timedelta(days=day.weekday())


def _by(connection: Connection, window: Window, name: str) -> dict[str, Tally]:
    columns = _DIMENSIONS[name]
    question = _joined(select(*columns, *_counted()), name).where(window.of(issued_card)).group_by(*columns)
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for row in connection.execute(question):
        found[_value(name, row[: len(columns)])] += Tally(*(int(n or 0) for n in row[len(columns) :]))
    return dict(sorted(found.items()))


def _joined(question: Select[Any], name: str) -> Select[Any]:
    question = question.select_from(issued_card).outerjoin(_BY_CARD, _BY_CARD.c.card == issued_card.c.card)
    if name == "cause":
        return question.join(issued_cause, issued_cause.c.card == issued_card.c.card)
    if name == "rule version":
        return question.join(issued_rule, issued_rule.c.card == issued_card.c.card)
    return question


def _counted() -> Iterable[ColumnElement[Any]]:
    yield func.count()
    for withheld in ("", "repeat", "shadow"):
        yield func.sum(case((issued_card.c.withheld == withheld, 1), else_=0))
    for accepted in (1, 0):
        yield func.sum(case((_BY_CARD.c.accepted == accepted, 1), else_=0))


def _value(name: str, parts: Sequence[Any]) -> str:
    if name == "week":
        return monday(parts[0]).isoformat()
    return " @ ".join(map(str, parts))


def _numbers(tally: Tally) -> tuple[int, ...]:
    return (tally.fired, tally.shown, tally.held_back, tally.shadow, tally.accepted, tally.overridden)
