"""Feedback written at once, in one transaction a call: when `record` returns, it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Table, select

from ..feedback import Report
from ..tables import feedback, issued_card, unknown_feedback
from .claims import insert_for
from .engine import allow, writing
from .origin import Origin
from .secrecy import Secrecy

WRITE_SECONDS = 5
CARD_LENGTH = 128  # a longer id is stored cut: it cannot be one of ours, which have 36


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the reports of one call; `unknown` ones are stored apart and not counted."""

    recorded: int = 0
    repeated: int = 0
    unknown: int = 0


def record(
    engine: Engine, origin: Origin, reports: Sequence[Report], *, received_at: datetime, secrecy: Secrecy | None
) -> Receipt:
    """Commit the reports; one that is there already stays as it is. Without `secrecy` comments are not kept."""
    rows = _rows(origin, reports, received_at, secrecy)
    if not rows:
        return Receipt()
    with writing(engine).begin() as connection:
        allow(connection, seconds=WRITE_SECONDS)
        shown = _shown(connection, origin, {row["card"] for row in rows})
        known = [row | {"patient_hash": shown[row["card"]]} for row in rows if row["card"] in shown]
        unknown = [row for row in rows if row["card"] not in shown]
        new = _insert(connection, feedback, known) + _insert(connection, unknown_feedback, unknown)
    return Receipt(recorded=new, repeated=len(reports) - new, unknown=len(unknown))


def _rows(
    origin: Origin, reports: Sequence[Report], received_at: datetime, secrecy: Secrecy | None
) -> list[dict[str, Any]]:
    """Return one row a digest, in the order of the digests, so that two calls never wait for each other in a ring."""
    rows = {}
    for report in reports:
        digest = report.digest(origin.issuer, origin.tenant, origin.service)
        rows[digest] = origin.columns() | {
            "digest": digest,
            "received_at": received_at,
            "card": report.card[:CARD_LENGTH],
            "outcome": report.outcome,
            "outcome_at": report.outcome_at,
            "suggestions": msgspec.json.encode(report.suggestions).decode(),
            "reason_system": report.reason_system,
            "reason_code": report.reason_code,
            "reason_display": report.reason_display,
            "comment": secrecy.sealed(report.comment) if secrecy else "",
        }
    return [rows[digest] for digest in sorted(rows)]


def _shown(connection: Connection, origin: Origin, cards: set[str]) -> dict[str, str]:
    """Return whom each card is about that we did show to this client, as a keyed hash."""
    columns = issued_card.c
    ours = select(columns.card, columns.patient_hash).where(
        columns.card.in_(sorted(cards)),
        columns.issuer == origin.issuer,
        columns.tenant == origin.tenant,
        columns.service == origin.service,
        columns.withheld == "",
    )
    return {row.card: row.patient_hash for row in connection.execute(ours)}


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert what is not there yet and count it by what comes back: PostgreSQL's driver gives no row count here."""
    if not rows:
        return 0
    once = insert_for(connection, table).on_conflict_do_nothing(index_elements=["digest"]).returning(table.c.id)
    return len(connection.execute(once, rows).all())
