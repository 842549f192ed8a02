"""The shipped proxy configuration before the service: slow clients, floods, and refusals that are JSON as ours are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.serving import HANG_SECONDS, Server, free_port, serving
from tests.wire.bodies import CALL, sent

from .nginx import proxying

SLOW = 900
TOY = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_THREADS": "4"}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return nginx before one service of few threads."""
    with (
        serving(tmp_path_factory.mktemp("service"), **TOY) as service,
        proxying(tmp_path_factory.mktemp("nginx"), [service.port]) as proxy,
    ):
        yield proxy


def test_a_call_goes_through(proxy: Server) -> None:
    answer = proxy.post(CALL, sent())
    assert answer.status == 200
    assert answer.headers["x-exchange-id"]
    assert proxy.ask("GET", "/cds-services").status == 200


REFUSED: dict[str, tuple[bytes, int]] = {
    "no such address": (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "the figures": (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "the playground": (b"POST /playground/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 404),
    "the insights": (b"GET /insights HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "no HTTP": (b"hello\r\n\r\n", 400),
    "a body over the limit": (b"POST /cds-services/toy HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
    "a long address": (b"GET /cds-services?" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "a long header": (b"GET /cds-services HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 400),
}


@pytest.mark.parametrize(("request_bytes", "status"), REFUSED.values(), ids=REFUSED)
def test_what_nginx_refuses_is_an_outcome(proxy: Server, request_bytes: bytes, status: int) -> None:
    with socket.create_connection((proxy.host, proxy.port), timeout=HANG_SECONDS) as there:
        there.sendall(request_bytes)
        answer = HTTPResponse(there)
        answer.begin()
        body = answer.read()
    assert answer.status == status
    assert "application/json" in answer.headers["Content-Type"]
    assert b'"OperationOutcome"' in body
    assert "nginx/" not in f"{answer.headers}{body!r}", "no version is told"


def test_a_service_that_is_away_is_told_at_once_with_a_time_to_come_back(tmp_path: Path) -> None:
    with proxying(tmp_path, [free_port(), free_port()]) as proxy:
        answer = proxy.post(CALL, sent())
    outcome: Any = answer.json()
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert outcome["issue"][0]["code"] == "transient"


def test_a_flood_from_one_address_is_turned_away(tmp_path: Path) -> None:
    with serving(tmp_path, **TOY) as service, proxying(tmp_path, [service.port], rate=1) as proxy:
        answers = [proxy.ask("GET", "/cds-services") for _ in range(420)]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused
    assert {answer.status for answer in refused} == {429}
    assert refused[0].headers["retry-after"] == "1"


@pytest.mark.parametrize("part", ["headers", "body"])
def test_f6_slow_clients_hold_nobody_up(proxy: Server, part: str) -> None:
    head = b"POST /cds-services/toy HTTP/1.1\r\nHost: x\r\n"
    begun = head if part == "headers" else head + b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
    with ExitStack() as open_connections:
        for _ in range(SLOW):
            slow = open_connections.enter_context(socket.create_connection((proxy.host, proxy.port)))
            slow.sendall(begun)
        for _ in range(5):
            assert proxy.ask("GET", "/healthz").status == 200
            assert proxy.post(CALL, sent()).status == 200
