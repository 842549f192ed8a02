"""Whose card a report is about, beside the report: a chart of a patient without reports then asks one index entry.

Processes of the release before leave the column empty: what is overridden at them while both run is shown again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column and fill it in from the cards."""
    comment = "that of the card, so that repeat-card control need not look through the cards"
    hashed = sa.Column("patient_hash", sa.String(32), nullable=False, server_default="", comment=comment)
    op.add_column("feedback", hashed)
    op.execute(
        "UPDATE feedback SET patient_hash = "
        "COALESCE((SELECT patient_hash FROM issued_card WHERE issued_card.card = feedback.card), '')"
    )
    op.create_index("ix_feedback_patient_hash", "feedback", ["patient_hash"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_feedback_patient_hash", "feedback")
    op.drop_column("feedback", "patient_hash")
