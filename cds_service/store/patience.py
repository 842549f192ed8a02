"""PostgreSQL connections that wait only so long: a server that hangs ends no wait by itself, whatever it was told."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.errors import _WaitTimeout

from .hurry import seconds_left

PATIENCE_SECONDS = 3.0  # a second more than the server gives a statement


class PatientConnection(psycopg.Connection[Any]):
    """A connection that gives up on its server when it has not answered within `patience`."""

    patience = PATIENCE_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer; one that does not come ends the connection, so that nobody reads it as another's."""
        try:
            return super().wait(gen, interval, seconds_left(self.patience) if timeout is None else timeout)
        except _WaitTimeout:
            self.close()
            raise psycopg.OperationalError("the database does not answer") from None


def open_connection(_dialect: object, _record: object, args: list[Any], params: dict[str, Any]) -> PatientConnection:
    """Connect as the pool asks, unless the time for it has passed while an older connection did not answer."""
    if seconds_left(PATIENCE_SECONDS) <= 0:
        raise psycopg.OperationalError("the database does not answer")
    return PatientConnection.connect(*args, **params)


def calm(connection: PatientConnection | None, _record: object) -> None:
    """Take back from a connection that returns to the pool the time that one transaction was given."""
    if connection is not None:
        connection.patience = PATIENCE_SECONDS
