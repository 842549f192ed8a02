"""What was shown, or held back: written in batches, each line of a journal once however often it has to be tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from ..service import IssuedCard
from ..tables import exchange_count, issued_card, issued_cause, issued_rule, journal_position
from .claims import claim, insert_for
from .engine import allow, writing
from .origin import Origin

WRITE_SECONDS = 30  # nobody waits for it


@dataclass(frozen=True, slots=True)
class CardRow:
    """What is kept of one card: which it was and why, never what it said."""

    card: str
    kind: str
    region: str
    side: str
    indicator: str
    content_key: str
    rules: tuple[str, ...]
    causes: tuple[str, ...]
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class IssuedExchange:
    """One answered call: whose, when, about whom (keyed hashes), and its cards."""

    origin: Origin
    issued_at: datetime
    knowledge_version: str
    patient_hash: str
    user_hash: str
    cards: tuple[CardRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered call as a numbered line of a journal; `kept` when the line is in a file that outlives us."""

    line: int
    exchange: IssuedExchange
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one journal, in their order, that are written in one transaction."""

    journal: str
    entries: tuple[Entry, ...]

    @property
    def cards(self) -> int:
        """How many cards the batch holds."""
        return sum(len(entry.exchange.cards) for entry in self.entries)

    def parts(self, length: int) -> Iterator[Batch]:
        """Yield the batch in parts of at most so many lines."""
        for start in range(0, len(self.entries), length):
            yield Batch(self.journal, self.entries[start : start + length])


def card_rows(cards: Sequence[IssuedCard], withheld: Mapping[str, str]) -> tuple[CardRow, ...]:
    """Return what is kept of these cards; one without a uuid is left out, since nobody could ever speak of it."""
    return tuple(
        CardRow(
            card=issued.card.uuid.lower(),
            kind=issued.kind,
            region=issued.region,
            side=issued.side,
            indicator=issued.indicator,
            content_key=issued.content_key,
            rules=issued.rules,
            causes=issued.causes,
            withheld=withheld.get(issued.card.uuid, ""),
        )
        for issued in cards
        if issued.card.uuid
    )


def write(engine: Engine, batch: Batch) -> None:
    """Commit the lines of a batch that are not committed yet, and count feedback that came before its card."""
    with writing(engine).begin() as connection:
        allow(connection, seconds=WRITE_SECONDS)
        written = _position(connection, batch.journal)
        fresh = [entry.exchange for entry in batch.entries if entry.line > written]
        if fresh:
            _insert(connection, fresh)
            _move_on(connection, batch.journal, batch.entries[-1].line)
    claim(engine, [card.card for entry in batch.entries for card in entry.exchange.cards])


def _position(connection: Connection, journal: str) -> int:
    known = select(journal_position.c.line).where(journal_position.c.journal == journal)
    return connection.scalar(known) or 0


def _move_on(connection: Connection, journal: str, line: int) -> None:
    moved = insert_for(connection, journal_position)
    row = {"journal": journal, "line": line, "written_at": datetime.now(UTC)}
    connection.execute(moved.on_conflict_do_update(index_elements=["journal"], set_=row), row)


def _insert(connection: Connection, exchanges: Sequence[IssuedExchange]) -> None:
    for table, rows in (
        (issued_card, list(_cards(exchanges))),
        (issued_rule, list(_facets(exchanges, "rule"))),
        (issued_cause, list(_facets(exchanges, "cause"))),
    ):
        if rows:
            connection.execute(insert_for(connection, table).on_conflict_do_nothing(), rows)
    counted = insert_for(connection, exchange_count)
    added = exchange_count.c.exchanges + counted.excluded.exchanges
    key = [column.name for column in exchange_count.primary_key]
    counts = list(_counts(exchanges))
    connection.execute(counted.on_conflict_do_update(index_elements=key, set_={"exchanges": added}), counts)


def _cards(exchanges: Sequence[IssuedExchange]) -> Iterator[dict[str, Any]]:
    for exchange in exchanges:
        common = exchange.origin.columns() | {
            "issued_at": exchange.issued_at,
            "day": exchange.issued_at.astimezone(UTC).date(),
            "knowledge_version": exchange.knowledge_version,
            "patient_hash": exchange.patient_hash,
            "user_hash": exchange.user_hash,
        }
        for card in exchange.cards:
            yield common | {
                "card": card.card,
                "kind": card.kind,
                "region": card.region,
                "side": card.side,
                "indicator": card.indicator,
                "content_key": card.content_key,
                "withheld": card.withheld,
            }


def _facets(exchanges: Sequence[IssuedExchange], facet: str) -> Iterator[dict[str, str]]:
    for exchange in exchanges:
        for card in exchange.cards:
            for value in dict.fromkeys(card.rules if facet == "rule" else card.causes):
                yield {"card": card.card, facet: value}


def _counts(exchanges: Sequence[IssuedExchange]) -> Iterator[dict[str, Any]]:
    """Yield one row a key, in one order for all processes, so that two of them never wait for each other in a ring."""
    counted = Counter((e.issued_at.astimezone(UTC).date(), e.origin, e.knowledge_version) for e in exchanges)
    for (day, origin, version), number in sorted(counted.items(), key=lambda item: repr(item[0])):
        yield origin.columns() | {"day": day, "knowledge_version": version, "exchanges": number}
