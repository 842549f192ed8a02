"""Fixtures that many tests need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.serving import HANG_SECONDS, ORIGIN, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# No test asserts a time: neither an example's nor that of finding one.
TOO_SLOW = hypothesis.HealthCheck.too_slow
hypothesis.settings.register_profile("any-machine", deadline=None, suppress_health_check=[TOO_SLOW])
hypothesis.settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the service with the small service of tests/toy.py on offer."""
    settings = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_CORS_ORIGINS": ORIGIN, "CDS_MAX_BODY_BYTES": "1000000"}
    with serving(tmp_path_factory.mktemp("server"), **settings) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the one browser of a test process; without one the tests skip, where CI asks for one they fail."""
    from playwright.sync_api import expect  # heavy, and for the tests of pages alone

    from tests.browsing import launched, program

    expect.set_options(timeout=HANG_SECONDS * 1000)  # by itself it waits for five seconds, as if it timed the page

    found = program()
    if found is None:
        pytest.skip("no Chromium on this machine; install Debian's chromium, or name one in TEST_BROWSER")
    if not Path(found).exists():
        pytest.fail(f"TEST_BROWSER={os.environ.get('TEST_BROWSER')}: no such program")
    with launched(found) as opened:
        yield opened


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest --accept` write what the tests of whole answers compare with; a person reads the difference."""
    parser.addoption("--accept", action="store_true", help="rewrite the accepted charts and answers of fhir_fixtures/")


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether answers are accepted rather than compared."""
    return bool(request.config.getoption("--accept"))
