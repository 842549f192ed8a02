"""What was shown, or held back: written in batches, each once however often it has to be tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete

from ..service import IssuedCard
from ..tables import exchange_count, issued_card, issued_cause, issued_rule, written_batch
from .claims import claim, insert_for
from .engine import writing
from .origin import Origin


@dataclass(frozen=True, slots=True)
class IssuedExchange:
    """One answered call: whose, when, about whom (keyed hashes), and its cards with the reason of each held back."""

    origin: Origin
    issued_at: datetime
    knowledge_version: str
    patient_hash: str
    user_hash: str
    cards: tuple[IssuedCard, ...] = ()
    withheld: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Exchanges that are written in one transaction; the id lets a second try see that the first went through."""

    exchanges: tuple[IssuedExchange, ...]
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def cards(self) -> int:
        """How many cards the batch holds."""
        return sum(len(exchange.cards) for exchange in self.exchanges)


def write(engine: Engine, batch: Batch, *, previous: str = "") -> None:
    """Commit a batch; `previous` is the id of the batch that this process wrote before, which need not be kept."""
    with writing(engine).begin() as connection:
        if _is_new(connection, batch.id):
            _insert(connection, batch)
            connection.execute(delete(written_batch).where(written_batch.c.batch == previous))
    claim(engine, [uuid for exchange in batch.exchanges for uuid, _ in _cards(exchange)])


def _is_new(connection: Connection, batch_id: str) -> bool:
    first = insert_for(connection, written_batch).on_conflict_do_nothing().returning(written_batch.c.batch)
    return connection.execute(first, {"batch": batch_id, "written_at": datetime.now(UTC)}).first() is not None


def _insert(connection: Connection, batch: Batch) -> None:
    for table, rows in (
        (issued_card, [row for exchange in batch.exchanges for row in _card_rows(exchange)]),
        (issued_rule, list(_facets(batch, "rule"))),
        (issued_cause, list(_facets(batch, "cause"))),
    ):
        if rows:
            connection.execute(insert_for(connection, table).on_conflict_do_nothing(), rows)
    counted = insert_for(connection, exchange_count)
    added = exchange_count.c.exchanges + counted.excluded.exchanges
    key = [column.name for column in exchange_count.primary_key]
    rows = list(_counts(batch.exchanges))
    connection.execute(counted.on_conflict_do_update(index_elements=key, set_={"exchanges": added}), rows)


def _cards(exchange: IssuedExchange) -> Iterator[tuple[str, IssuedCard]]:
    """Yield each card under its uuid; without one nobody could ever speak of it."""
    for issued in exchange.cards:
        if issued.card.uuid:
            yield issued.card.uuid.lower(), issued


def _card_rows(exchange: IssuedExchange) -> Iterator[dict[str, Any]]:
    for uuid, issued in _cards(exchange):
        yield exchange.origin.columns() | {
            "card": uuid,
            "issued_at": exchange.issued_at,
            "day": exchange.issued_at.astimezone(UTC).date(),
            "knowledge_version": exchange.knowledge_version,
            "kind": issued.kind,
            "region": issued.region,
            "side": issued.side,
            "indicator": issued.indicator,
            "content_key": issued.content_key,
            "patient_hash": exchange.patient_hash,
            "user_hash": exchange.user_hash,
            "withheld": exchange.withheld.get(uuid, ""),
        }


def _facets(batch: Batch, facet: str) -> Iterator[dict[str, str]]:
    for exchange in batch.exchanges:
        for uuid, issued in _cards(exchange):
            for value in dict.fromkeys(issued.rules if facet == "rule" else issued.causes):
                yield {"card": uuid, facet: value}


def _counts(exchanges: Sequence[IssuedExchange]) -> Iterator[dict[str, Any]]:
    """Yield one row a key, in one order for all processes, so that two of them never wait for each other in a ring."""
    counted = Counter((e.issued_at.astimezone(UTC).date(), e.origin, e.knowledge_version) for e in exchanges)
    for (day, origin, version), exchanges_ in sorted(counted.items(), key=lambda item: repr(item[0])):
        yield origin.columns() | {"day": day, "knowledge_version": version, "exchanges": exchanges_}
