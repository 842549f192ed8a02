"""The service as its users meet it: a process of its own behind a socket on loopback."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from cds_service.config import Settings

ROOT = Path(__file__).resolve().parent.parent
ORIGIN = "https://ehr.example.org"
# No test asserts how long a thing takes. Where a defect would be a wait without end, a bound says so; it is so wide
# that a busy machine does not reach it.
HANG_SECONDS = 60.0
# Below what systems hand out to outgoing connections: nobody takes the port of a server that is away for a moment.
PORTS = range(15_000, 30_000)


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Return the body as JSON."""
        import json

        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running service: where it is, and what it wrote."""

    host: str
    port: int
    log: Path
    pid: int

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.host}:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """Post JSON."""
        return self.ask("POST", path, body, {"Content-Type": "application/json", **headers})

    def raw(self, sent: bytes, *, seconds: float = 5.0) -> bytes:
        """Send bytes as they are and return what comes back until the server closes or says no more."""
        with socket.create_connection((self.host, self.port), timeout=seconds) as there:
            there.sendall(sent)
            got = b""
            try:
                while chunk := there.recv(65536):
                    got += chunk
            except TimeoutError:
                pass
            return got


@contextmanager
def application(settings: Settings, **given: Any) -> Iterator[Flask]:
    """Make the application in this process, and let go of its threads and files when the block ends."""
    from cds_service.app import create_app

    app = create_app(settings, **given)
    try:
        yield app
    finally:
        app.extensions["store"].close()


@contextmanager
def serving(folder: Path, *, waits_for: str = "/readyz", **settings: str) -> Iterator[Server]:
    """Run the service with these settings until the block ends."""
    port = free_port()
    log = folder / "server.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CDS_")},
        "CDS_PORT": str(port),
        "CDS_DATABASE_URL": f"sqlite:///{folder / 'cds.db'}",
        "TMPDIR": str(folder),
        **settings,
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "cds_service.cli", "serve"], cwd=ROOT, env=environment, stderr=stream, stdout=stream
        )
        try:
            server = Server("127.0.0.1", port, log, process.pid)
            _wait_until_ready(server, process, waits_for)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], path: str) -> None:
    until = time.monotonic() + HANG_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if server.ask("GET", path).status == 200:
                return
        except OSError:
            time.sleep(0.02)
    pytest.fail(f"the service did not start:\n{server.log.read_text()[-2000:]}")


def free_port() -> int:
    """Return a port that nothing listens on."""
    while True:
        port = random.SystemRandom().choice(PORTS)  # tests may have set the seed of the common one
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
