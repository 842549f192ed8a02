"""The whole service in one process, asked with anything; whatever it is asked, its answer keeps some promises."""

from __future__ import annotations

import io
import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema

from cds_service.app import create_app
from cds_service.config import settings_from
from cds_service.published import schema

SERVICES = os.environ.get("FUZZ_SERVICES", "hooks:SERVICES")
REFUSALS = {400, 412, 413, 415, 422}
SECONDS = 60.0  # a hang, on however busy a machine
_answers = jsonschema.Draft202012Validator(schema("response"))


class Target:
    """The service, with what it wrote of itself."""

    def __init__(self, folder: Path) -> None:
        environ = {"CDS_SERVICES": SERVICES, "CDS_DATABASE_URL": f"sqlite:///{folder}/fuzz.db"}
        self.log = io.StringIO()
        self.app = create_app(settings_from(environ), audit_stream=self.log, today=lambda: date(2026, 3, 2))
        self.client = self.app.test_client()
        self.service: Any = self.client.get("/cds-services").json["services"][0]  # type: ignore[index]
        self.path = f"/cds-services/{self.service['id']}"

    def close(self) -> None:
        """Let go of the threads and files."""
        self.app.extensions["store"].close()

    @property
    def templates(self) -> tuple[tuple[str, str], ...]:
        """The prefetch that the service asks for."""
        return tuple(self.service["prefetch"].items())

    def call(self, body: bytes) -> int:
        """Send a service call and check its answer."""
        return self._checked(self.path, body, answered=True)

    def feedback(self, body: bytes) -> int:
        """Send feedback and check its answer."""
        return self._checked(f"{self.path}/feedback", body, answered=False)

    def evaluate(self, body: bytes) -> int:
        """Send a Bundle to the playground and check its answer."""
        return self._checked("/playground/evaluate?asOf=2026-03-02", body, answered=True)

    def _checked(self, path: str, body: bytes, *, answered: bool) -> int:
        self.log.seek(0)
        self.log.truncate()
        started = time.monotonic()
        answer = self.client.post(path, data=body, content_type="application/json")
        assert time.monotonic() - started < SECONDS, "it took too long"
        assert answer.status_code == 200 or answer.status_code in REFUSALS, (answer.status_code, self.log.getvalue())
        said = json.loads(answer.data, parse_constant=_no_number)
        if answer.status_code != 200:
            assert said["resourceType"] == "OperationOutcome"
        elif answered:
            _answers.validate(said)
        assert b"Traceback" not in answer.data
        return int(answer.status_code)


def _no_number(text: str) -> None:
    raise AssertionError(f"{text} in an answer")
