"""Connections to SQLite or PostgreSQL, set so that a commit is durable and nothing waits for long."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from ..errors import ConfigError

LOCK_WAIT_SECONDS = 0.5  # a chart view may wait behind it
LOOK_WAIT_SECONDS = 0.15  # every chart view waits behind it
WRITE_WAIT_SECONDS = 2.0  # nobody but the writer itself waits
_PG_OPTIONS = (
    "-c synchronous_commit=on -c statement_timeout=2000 -c lock_timeout=500 "
    "-c idle_in_transaction_session_timeout=5000 -c timezone=UTC"
)
_PG_NETWORK = {  # a server that is no longer there is noticed as well while a long statement is waited for
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
_PRAGMAS = (
    "synchronous=FULL",  # a commit is on the disk, not only in the system's cache
    "foreign_keys=ON",
    "secure_delete=ON",  # what retention deletes leaves no trace in the file
    "journal_size_limit=67108864",
)


def connect(url: str, *, lock_wait: float = LOCK_WAIT_SECONDS) -> Engine:
    """Return an engine for the URL; it connects on first use, so a database that is down stops nothing here."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, lock_wait)
    return _postgresql(url)


def writing(engine: Engine) -> Engine:
    """Return the engine for transactions that write: SQLite then takes its lock first and cannot fail midway."""
    return engine.execution_options(takes_lock=True)


def allow(connection: Connection, *, seconds: int) -> None:
    """Give this transaction's statements more time than others have, where the database counts it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
        pooled: Any = connection.connection.dbapi_connection
        pooled.patience = seconds + 1


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite URL, `None` for another database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigError("CDS_DATABASE_URL: SQLite needs a file, as in sqlite:///var/cds-service.db")
    return Path(parsed.database)


def _postgresql(url: str) -> Engine:
    from .patience import calm, open_connection  # its driver is not loaded for SQLite

    engine = create_engine(
        url,
        hide_parameters=True,  # an error must not carry a value into a log
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=15,
        pool_timeout=1,
        connect_args={"connect_timeout": 2, "options": _PG_OPTIONS, **_PG_NETWORK},
    )
    event.listen(engine, "do_connect", open_connection)
    event.listen(engine, "checkin", calm)
    return engine


def _sqlite(url: str, lock_wait: float) -> Engine:
    sqlite_file(url)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_use_lifo=True,  # few connections do nearly all: each has a cache of its own
        connect_args={"timeout": lock_wait},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    with closing(connection.cursor()) as cursor:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        _write_ahead(cursor)


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turn the log on; SQLite refuses one of two who do so at once without a wait, so it is tried again."""
    until = time.monotonic() + WRITE_WAIT_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    options: Any = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("takes_lock") else "BEGIN")
