"""One pool of workers for all tests of this folder: starting one takes longer than a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cds_service.population.engines import Local
from tests.cases.conftest import running

__all__ = ["running"]


@pytest.fixture(scope="session")
def engine() -> Iterator[Local]:
    """Two workers on this machine."""
    made = Local(2)
    yield made
    made.close()
