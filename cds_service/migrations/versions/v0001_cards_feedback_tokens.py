"""Issued cards, counts of exchanges, feedback known and unknown, and used tokens.

The columns are written out rather than taken from `tables.py`: this step must stay what it was when that file moves on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _make_issued()
    _make_exchange_count()
    _make_feedback("feedback")
    _make_feedback("unknown_feedback", comment="of cards that we did not show to this client")
    op.create_table(
        "used_token",
        sa.Column("issuer", sa.String(512), primary_key=True),
        sa.Column("jti", sa.String(512), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        comment="tokens seen, kept until they expire: INSERT .. ON CONFLICT DO NOTHING RETURNING tells the first user",
    )
    op.create_index("ix_used_token_expires_at", "used_token", ["expires_at"])


def downgrade() -> None:
    """Drop them all, with what they hold."""
    for table in (
        "used_token",
        "unknown_feedback",
        "feedback",
        "journal_position",
        "exchange_count",
        "issued_cause",
        "issued_rule",
    ):
        op.drop_table(table)
    op.drop_table("issued_card")


def _text(name: str, length: int, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False, comment=comment)


def _make_issued() -> None:
    op.create_table(
        "issued_card",
        sa.Column("card", sa.String(36), primary_key=True, comment="card.uuid, lower case"),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False, comment="issued_at as a UTC day, to count by"),
        _text("service", 128),
        _text("knowledge_version", 64),
        _text("issuer", 512, "iss of the token; empty for an unsigned call"),
        _text("tenant", 512, "tenant of the token; empty without one"),
        _text("client", 128, "the client's name in the registry"),
        _text("kind", 64),
        _text("region", 64),
        _text("side", 16),
        _text("indicator", 16),
        _text("content_key", 128, "equal for cards that say the same"),
        _text("patient_hash", 32, "keyed hash"),
        _text("user_hash", 32, "keyed hash; empty without a user"),
        _text("withheld", 32, "empty when shown; else shadow or repeat"),
    )
    op.create_index("ix_issued_card_repeat", "issued_card", ["patient_hash", "content_key"])
    op.create_index("ix_issued_card_day", "issued_card", ["day"])
    for table, column in (("issued_rule", "rule"), ("issued_cause", "cause")):
        op.create_table(
            table,
            sa.Column("card", sa.String(36), sa.ForeignKey("issued_card.card", ondelete="CASCADE"), primary_key=True),
            sa.Column(column, sa.String(128), primary_key=True),
        )


def _make_exchange_count() -> None:
    op.create_table(
        "exchange_count",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("service", sa.String(128), primary_key=True),
        sa.Column("knowledge_version", sa.String(64), primary_key=True),
        sa.Column("issuer", sa.String(512), primary_key=True),
        sa.Column("tenant", sa.String(512), primary_key=True),
        sa.Column("client", sa.String(128), primary_key=True),
        sa.Column("exchanges", sa.BigInteger, nullable=False, comment="answered calls, with and without cards"),
    )
    op.create_table(
        "journal_position",
        sa.Column("journal", sa.String(32), primary_key=True),
        sa.Column("line", sa.BigInteger, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        comment="how far each process's journal of issued cards is written here: no line is counted twice",
    )


def _make_feedback(table: str, comment: str | None = None) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column(
            "digest", sa.String(64), nullable=False, unique=True, comment="equal for a repeat of the same report"
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        _text("issuer", 512),
        _text("tenant", 512),
        _text("client", 128),
        _text("service", 128),
        _text("card", 128),
        _text("outcome", 16),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False, comment="JSON list of the accepted suggestions' ids"),
        sa.Column("reason_system", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text, nullable=False),
        sa.Column("reason_display", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False, comment="encrypted; empty without one"),
        comment=comment,
    )
    op.create_index(f"ix_{table}_card", table, ["card"])
