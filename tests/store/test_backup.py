"""Backup and restore, done as deploy/store.md tells it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from cds_service.errors import ConfigError
from cds_service.store import Store
from cds_service.store.backup import back_up, restore
from cds_service.store.schema import migrate
from cds_service.tables import HEAD, feedback, unknown_feedback
from tests.store.postgres import Postgres
from tests.store.words import NOW, ORIGIN, exchange, issued, report, uuid_of

KEY = "a key of the tests, long enough for it"


def filled(url: str) -> Store:
    store = Store(url, secret_key=KEY)
    card = issued()
    store.record_issued(exchange(card))
    store.record_feedback(ORIGIN, [report(uuid_of(card), comment="kept")], received_at=NOW)
    assert store.flush()
    return store


def reports(store: Store) -> int:
    with store.engine.connect() as connection:
        return sum(
            connection.scalar(select(func.count()).select_from(table)) or 0 for table in (feedback, unknown_feedback)
        )


def test_a_backup_of_a_running_store_can_be_put_back_under_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    store = filled(url)
    copy = tmp_path / "copy.db"
    assert back_up(url, copy) > 0
    assert copy.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"], "one file, nothing beside it"
    store.record_feedback(ORIGIN, [report("later")], received_at=NOW)
    assert reports(store) == 2
    assert restore(url, copy) == HEAD
    assert reports(store) == 1
    store.record_feedback(ORIGIN, [report("later still")], received_at=NOW)
    assert reports(store) == 2
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    store.close()


def test_a_backup_goes_to_another_machine(tmp_path: Path) -> None:
    old, new = (f"sqlite:///{tmp_path}/{name}/store.db" for name in ("old", "new"))
    migrate(old)
    filled(old).close()
    back_up(old, tmp_path / "copy.db")
    restore(new, tmp_path / "copy.db")
    store = Store(new, secret_key=KEY)
    with store.engine.connect() as connection:
        assert store.secrecy.opened(connection.scalar(select(feedback.c.comment)) or "") == "kept"
    store.close()


def test_a_damaged_or_foreign_file_is_not_put_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    store = filled(url)
    damaged, foreign = tmp_path / "damaged", tmp_path / "foreign"
    damaged.write_bytes(b"SQLite format 3\x00" + b"\x01" * 5000)
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    for file in (damaged, foreign, tmp_path / "absent"):
        with pytest.raises(ConfigError):
            restore(url, file)
    assert reports(store) == 1
    store.close()


def test_for_postgresql_the_commands_name_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pg_dump"):
        back_up("postgresql+psycopg://x@/y", tmp_path / "copy")


@pytest.mark.postgres
def test_postgresql_is_dumped_and_restored_with_its_own_tools(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create("dumped")
    migrate(url)
    store = filled(url)
    dump = tmp_path / "store.dump"
    postgres.tool("pg_dump", "--format=custom", f"--file={dump}", "dumped")
    store.record_feedback(ORIGIN, [report("later")], received_at=NOW)
    store.close()
    postgres.tool("pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname=dumped", dump)
    with psycopg.connect(postgres.dsn(url)) as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM unknown_feedback").fetchone() == (0,)
    assert migrate(url) == HEAD
