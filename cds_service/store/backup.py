"""A copy of the SQLite store while the service runs, and the way back. PostgreSQL has its own tools for both."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ..errors import ConfigError
from .engine import sqlite_file
from .schema import migrate

PAGES_AT_A_TIME = 256
_POSTGRESQL = (
    "the store is PostgreSQL, which has its own tools: `pg_dump --format=custom` makes a backup and "
    "`pg_restore --clean --if-exists` puts it back (deploy/store.md)"
)


def back_up(url: str, target: Path) -> int:
    """Write a whole and consistent copy, checked, that only this user can read; return its size in bytes."""
    source = _file(url)
    if not source.is_file():
        raise ConfigError(f"CDS_DATABASE_URL: no store at {source}")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _copy(source, partial)
        with closing(sqlite3.connect(partial)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        _check(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(url: str, source: Path) -> str:
    """Put a backup in the place of the store, all or nothing, also under a running service; return its version."""
    if not source.is_file():
        raise ConfigError(f"{source}: no backup here")
    _check(source)
    target = _file(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, target)
    return migrate(url)


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source.resolve()}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(target, timeout=10)) as here,
    ):
        there.backup(here, pages=PAGES_AT_A_TIME)
        here.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _check(file: Path) -> None:
    """Refuse a file that is damaged or holds something else."""
    try:
        with closing(sqlite3.connect(f"file:{file.resolve()}?mode=ro", uri=True)) as copy:
            whole = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            ours = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as problem:
        raise ConfigError(f"{file}: no store of this service ({problem})") from None
    if not whole or not ours:
        raise ConfigError(f"{file}: the store in it is damaged")


def _file(url: str) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise ConfigError(f"CDS_DATABASE_URL: {_POSTGRESQL}")
    return file
