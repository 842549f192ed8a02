"""The FHIR server that we did not write, as the tests use it: started, filled with one chart, emptied again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.serving import HANG_SECONDS, free_port

TOKEN = "the-token-of-the-ehr"
Json = dict[str, Any]


class RealServer:
    """A running server, its base, and what it holds at the moment."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {TOKEN}"
        self._held: list[str] = []

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._session.get(f"{self.base}/metadata", timeout=5).ok)
        except requests.ConnectionError:
            return False

    def read(self, query: str) -> Json:
        """Return the server's own answer to a query, as its client would send it."""
        found: Json = self._session.get(f"{self.base}/{query}", timeout=20).json()
        return found

    def fill(self, chart: Json) -> None:
        """Hold the resources of a chart, and nothing else."""
        self._transact([{"request": {"method": "DELETE", "url": url}} for url in self._held])
        entries = [_put(entry) for entry in chart.get("entry", [])]
        self._held = [entry["request"]["url"] for entry in entries]
        self._transact(entries)

    def _transact(self, entries: list[Json]) -> None:
        if entries:
            sent = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            answer = self._session.post(self.base, json=sent, timeout=20)
            assert answer.ok, answer.text


def _put(entry: Json) -> Json:
    resource = entry["resource"]
    url = f"{resource['resourceType']}/{resource['id']}"
    return {**entry, "request": {"method": "PUT", "url": url}}


@contextmanager
def real_server(folder: Path) -> Iterator[RealServer]:
    """Run the server in a process of its own until the block ends."""
    port = free_port()
    script = Path(__file__).parent / "real_server.py"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder), str(port)], stdin=subprocess.PIPE, stdout=log, stderr=log
        )
        try:
            server = RealServer(f"http://127.0.0.1:{port}/fhir")
            until = time.monotonic() + HANG_SECONDS
            while not server.ready():
                if process.poll() is not None or time.monotonic() > until:
                    raise AssertionError((folder / "server.log").read_text())
                time.sleep(0.05)
            yield server
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=20)
