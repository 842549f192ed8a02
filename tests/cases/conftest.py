"""The real service on a socket of its own, asked about each case at that case's day."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.client import HTTPConnection
from io import StringIO
from typing import Any

import pytest
from werkzeug.serving import make_server

from cds_service.app import create_app
from cds_service.config import settings_from
from tests.cases.prefetch import prefetched

SERVICE = "/cds-services/steroid-injection-followup"


@dataclass
class Running:
    """The service on its port; `day` is the day that it takes for today."""

    port: int = 0
    day: date = field(default_factory=lambda: date(2026, 3, 2))
    templates: dict[str, str] = field(default_factory=dict)

    def evaluate(self, bundle: Any, as_of: str) -> Any:
        """Post a Bundle to the playground."""
        return self._ask("POST", f"/playground/evaluate?asOf={as_of}", bundle)

    def call(self, bundle: Any, as_of: str) -> Any:
        """Call the service with the chart as prefetch, and ask for the reasoning; no practitioner calls."""
        self.day = date.fromisoformat(as_of)
        patient = next(e["resource"]["id"] for e in bundle["entry"] if e["resource"].get("resourceType") == "Patient")
        body = {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": f"Patient/{patient}", "patientId": patient},
            "prefetch": prefetched(bundle, self.templates),
            "extension": {"org.steroid-injection-followup.explain": True},
        }
        return self._ask("POST", SERVICE, body)

    def discover(self) -> Any:
        """Read the discovery document."""
        return self._ask("GET", "/cds-services")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, f"{answer.status}: {text.decode()[:2000]}"
            return json.loads(text)
        finally:
            connection.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve the real services from this process, so that a test can say which day it is."""
    found = Running()
    folder = tmp_path_factory.mktemp("cases")
    settings = settings_from(
        {"CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db", "CDS_PUBLIC_BASE_URL": "https://cds.example.org"}
    )
    app = create_app(settings, today=lambda: found.day, audit_stream=StringIO())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.templates = found.discover()["services"][0]["prefetch"]
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
    app.extensions["store"].close()
