"""Servers that live for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cds_service.fhir_client.client import FhirServers
from tests.fhir.evil import Call, Server

Start = Callable[..., Server]


@pytest.fixture
def servers() -> Iterator[FhirServers]:
    """Fresh connections, threads and breakers."""
    fresh = FhirServers()
    yield fresh
    fresh.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers that behave as told; all end with the test."""
    running: list[Server] = []

    def _start(behave: Callable[[Call], object], **options: Any) -> Server:
        running.append(Server(behave, **options))
        return running[-1]

    yield _start
    for server in running:
        server.close()
