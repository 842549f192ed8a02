"""Runs the steps on the connection that `store.schema.migrate` hands over, inside its one transaction."""

from __future__ import annotations

from alembic import context

from cds_service.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, though Alembic does not trust it by default
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
