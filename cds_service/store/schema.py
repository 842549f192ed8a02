"""The tables' version: bring it up to date, or say that it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..tables import HEAD
from .engine import allow, connect, sqlite_file, writing

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATION_LOCK = 7_226_301  # any number, the same in each process
_MIGRATION_SECONDS = 86_400  # a large table takes its time
_LOCK_WAIT = 30.0  # of several processes that start together, one migrates and the others wait for it


class TablesMissing(SQLAlchemyError):
    """The tables are not there, or older than this release needs: `cds-service migrate` mends it."""


def version(engine: Engine) -> str:
    """Return the version that the database is at, empty before the first migration."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def is_current(engine: Engine) -> bool:
    """Whether the tables are there as this release needs them; newer ones are, since steps only ever add first."""
    return version(engine) >= HEAD


def migrate(url: str, *, to: str = "head") -> str:
    """Bring the tables up to the newest version, or down to another, in one transaction; return the version.

    Any number of processes may try at the same time.
    """
    file = sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = connect(url, lock_wait=_LOCK_WAIT)
    try:
        with writing(engine).begin() as connection:
            _take_turn(connection)
            _run(connection, to)
        return version(engine)
    finally:
        engine.dispose()


def alembic_config() -> Config:
    """Return Alembic's configuration, for our steps inside this package."""
    from alembic.config import Config  # a tenth of a second that only a migration needs

    config = Config()
    config.set_main_option("script_location", "cds_service:migrations")
    config.set_main_option("path_separator", "os")
    return config


def says(error: DBAPIError) -> str:
    """Name a database's failure without any value of it, fit for a log."""
    return type(error.orig or error).__name__


def _take_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = '30s'")
        allow(connection, seconds=_MIGRATION_SECONDS)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})


def _run(connection: Connection, to: str) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    if to == "head":
        command.upgrade(config, to)
    else:
        command.downgrade(config, to)
