"""What is deleted, and when: by age, by tenant, by person. In small transactions, so that the service goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, exists, func, select, tuple_, update

from ..tables import (
    exchange_count,
    feedback,
    issued_card,
    journal_position,
    unknown_feedback,
    used_token,
)
from .claims import claim_all
from .engine import allow, writing

ROWS_AT_A_TIME = 1000
DELETE_SECONDS = 60
JOURNALS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose rows: one tenant of one issuer, and there one patient or user by keyed hash, or all of them."""

    issuer: str
    tenant: str
    patient_hash: str = ""
    user_hash: str = ""


def purge(
    engine: Engine, *, now: datetime, keep: timedelta, keep_comments: timedelta, dry: bool = False
) -> dict[str, int]:
    """Delete what is older than `keep` and blank comments older than `keep_comments`; return the rows by table."""
    _claim(engine)
    limit = now - keep
    old: dict[Table, ColumnElement[bool]] = {
        feedback: feedback.c.received_at < limit,
        unknown_feedback: unknown_feedback.c.received_at < limit,
        issued_card: and_(issued_card.c.issued_at < limit, ~exists().where(feedback.c.card == issued_card.c.card)),
        exchange_count: exchange_count.c.day < limit.astimezone(UTC).date(),
        used_token: used_token.c.expires_at < now,
        journal_position: journal_position.c.written_at < now - JOURNALS_KEPT,
    }
    gone = {table.name: _delete(engine, table, which, dry=dry) for table, which in old.items()}
    gone["comments"] = _blank_comments(engine, now - keep_comments, dry=dry)
    if not dry:
        _settle(engine)
    return gone


def forget(engine: Engine, whose: Whose, *, dry: bool = False) -> dict[str, int]:
    """Delete all that is kept of a tenant, or there of one patient or user; return the rows by table."""
    _claim(engine)
    cards = _of_origin(issued_card, whose)
    everyone = not (whose.patient_hash or whose.user_hash)
    if whose.patient_hash:
        cards = and_(cards, issued_card.c.patient_hash == whose.patient_hash)
    if whose.user_hash:
        cards = and_(cards, issued_card.c.user_hash == whose.user_hash)
    theirs: dict[Table, ColumnElement[bool]] = {
        feedback: feedback.c.card.in_(select(issued_card.c.card).where(cards)),
        issued_card: cards,
    }
    if everyone:
        theirs |= {table: _of_origin(table, whose) for table in (feedback, unknown_feedback, exchange_count)}
    gone = {table.name: _delete(engine, table, which, dry=dry) for table, which in theirs.items()}
    if not dry:
        _settle(engine)
    return gone


def _claim(engine: Engine) -> None:
    """Count the feedback whose card came after it, so that it goes with its card; there may be much to look through."""
    with writing(engine).begin() as connection:
        allow(connection, seconds=DELETE_SECONDS)
        claim_all(connection)


def _of_origin(table: Table, whose: Whose) -> ColumnElement[bool]:
    return and_(table.c.issuer == whose.issuer, table.c.tenant == whose.tenant)


def _delete(engine: Engine, table: Table, which: ColumnElement[bool], *, dry: bool) -> int:
    """Delete rows some at a time; rules and causes go with their card."""
    if dry:
        with engine.connect() as connection:
            allow(connection, seconds=DELETE_SECONDS)
            return connection.scalar(select(func.count()).select_from(table).where(which)) or 0
    key = list(table.primary_key)
    total = 0
    while True:
        with writing(engine).begin() as connection:
            allow(connection, seconds=DELETE_SECONDS)
            some = connection.execute(select(*key).where(which).limit(ROWS_AT_A_TIME)).all()
            if some:
                connection.execute(delete(table).where(tuple_(*key).in_(some)))
        total += len(some)
        if len(some) < ROWS_AT_A_TIME:
            return total


def _blank_comments(engine: Engine, limit: datetime, *, dry: bool) -> int:
    total = 0
    for table in (feedback, unknown_feedback):
        which = and_(table.c.comment != "", table.c.received_at < limit)
        with writing(engine).begin() as connection:
            allow(connection, seconds=DELETE_SECONDS)
            total += connection.scalar(select(func.count()).select_from(table).where(which)) or 0
            if not dry:
                connection.execute(update(table).where(which).values(comment=""))
    return total


def _settle(engine: Engine) -> None:
    """Have SQLite take the deleted rows out of its log as well, where their bytes would stay for a while."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
