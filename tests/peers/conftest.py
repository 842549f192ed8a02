"""The service with several small services on offer, and the real one, each behind a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fuzz.mutations import requests
from tests.serving import Server, serving


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the small services of tests/peers/services.py; this machine may name FHIR servers on loopback."""
    with serving(tmp_path_factory.mktemp("small"), CDS_SERVICES="tests.peers.services:SERVICES") as running:
        yield running


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the service as it is shipped."""
    with serving(tmp_path_factory.mktemp("real")) as running:
        yield running


@pytest.fixture(scope="session")
def charts(real: Server) -> list[Any]:
    """Return a request for each fixture's chart."""
    discovered: Any = real.ask("GET", "/cds-services").json()
    return requests(tuple(discovered["services"][0]["prefetch"].items()))
