"""The store's tables, as SQLAlchemy Core sees them; only the migrations in `migrations/` create or change them.

No health data: a patient or user is a keyed hash, a comment is encrypted, no request and no card's text is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

HEAD = "0002"
"""The migration that these definitions describe; a test holds it to the newest file in `migrations/versions`."""


class Utc(TypeDecorator[datetime]):
    """A moment in UTC, always with its zone in Python, on databases with and without a type for zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone; SQLite keeps no zone, so it gets the UTC reading."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_ROW_ID = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER key counts up by itself on SQLite

metadata = MetaData()

issued_card = Table(
    "issued_card",
    metadata,
    Column("card", String(36), primary_key=True, comment="card.uuid, lower case"),
    Column("issued_at", Utc, nullable=False),
    Column("day", Date, nullable=False, comment="issued_at as a UTC day, to count by"),
    Column("service", String(128), nullable=False),
    Column("knowledge_version", String(64), nullable=False),
    Column("issuer", String(512), nullable=False, comment="iss of the token; empty for an unsigned call"),
    Column("tenant", String(512), nullable=False, comment="tenant of the token; empty without one"),
    Column("client", String(128), nullable=False, comment="the client's name in the registry"),
    Column("kind", String(64), nullable=False),
    Column("region", String(64), nullable=False),
    Column("side", String(16), nullable=False),
    Column("indicator", String(16), nullable=False),
    Column("content_key", String(128), nullable=False, comment="equal for cards that say the same"),
    Column("patient_hash", String(32), nullable=False, comment="keyed hash"),
    Column("user_hash", String(32), nullable=False, comment="keyed hash; empty without a user"),
    Column("withheld", String(32), nullable=False, comment="empty when shown; else shadow or repeat"),
    Index("ix_issued_card_repeat", "patient_hash", "content_key"),
    Index("ix_issued_card_day", "day"),
)

issued_rule = Table(
    "issued_rule",
    metadata,
    Column("card", String(36), ForeignKey("issued_card.card", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(128), primary_key=True),
)

issued_cause = Table(
    "issued_cause",
    metadata,
    Column("card", String(36), ForeignKey("issued_card.card", ondelete="CASCADE"), primary_key=True),
    Column("cause", String(128), primary_key=True),
)

exchange_count = Table(
    "exchange_count",
    metadata,
    Column("day", Date, primary_key=True),
    Column("service", String(128), primary_key=True),
    Column("knowledge_version", String(64), primary_key=True),
    Column("issuer", String(512), primary_key=True),
    Column("tenant", String(512), primary_key=True),
    Column("client", String(128), primary_key=True),
    Column("exchanges", BigInteger, nullable=False, comment="answered calls, with and without cards"),
)

journal_position = Table(
    "journal_position",
    metadata,
    Column("journal", String(32), primary_key=True),
    Column("line", BigInteger, nullable=False),
    Column("written_at", Utc, nullable=False),
    comment="how far each process's journal of issued cards is written here: no line is counted twice",
)


def _feedback_columns() -> list[Column[Any]]:
    return [
        Column("id", _ROW_ID, primary_key=True, autoincrement=True),
        Column("digest", String(64), nullable=False, unique=True, comment="equal for a repeat of the same report"),
        Column("received_at", Utc, nullable=False),
        Column("issuer", String(512), nullable=False),
        Column("tenant", String(512), nullable=False),
        Column("client", String(128), nullable=False),
        Column("service", String(128), nullable=False),
        Column("card", String(128), nullable=False, index=True),
        Column("outcome", String(16), nullable=False),
        Column("outcome_at", Utc, nullable=False),
        Column("suggestions", Text, nullable=False, comment="JSON list of the accepted suggestions' ids"),
        Column("reason_system", Text, nullable=False),
        Column("reason_code", Text, nullable=False),
        Column("reason_display", Text, nullable=False),
        Column("comment", Text, nullable=False, comment="encrypted; empty without one"),
    ]


feedback = Table(
    "feedback",
    metadata,
    *_feedback_columns(),
    Column(
        "patient_hash",
        String(32),
        nullable=False,
        server_default="",
        index=True,
        comment="that of the card, so that repeat-card control need not look through the cards",
    ),
)

unknown_feedback = Table(
    "unknown_feedback", metadata, *_feedback_columns(), comment="of cards that we did not show to this client"
)

used_token = Table(
    "used_token",
    metadata,
    Column("issuer", String(512), primary_key=True),
    Column("jti", String(512), primary_key=True),
    Column("expires_at", Utc, nullable=False, index=True),
    comment="tokens seen, kept until they expire: INSERT .. ON CONFLICT DO NOTHING RETURNING tells the first user",
)
