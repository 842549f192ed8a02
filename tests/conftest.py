"""Fixtures that many tests need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import ORIGIN, Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the service with the small service of tests/toy.py on offer."""
    settings = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_CORS_ORIGINS": ORIGIN, "CDS_MAX_BODY_BYTES": "1000000"}
    with serving(tmp_path_factory.mktemp("server"), **settings) as running:
        yield running


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest --accept` write what the tests of whole answers compare with; a person reads the difference."""
    parser.addoption("--accept", action="store_true", help="rewrite the accepted charts and answers of fhir_fixtures/")


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether answers are accepted rather than compared."""
    return bool(request.config.getoption("--accept"))
