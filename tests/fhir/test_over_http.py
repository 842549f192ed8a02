"""The whole application in front of a FHIR server that fails: the right status in time, and nothing leaks out."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.config import settings_from
from tests.fhir.calls import TOKEN
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, bundle, procedure
from tests.fhir.faults import FAULTS, seconds_for, words
from tests.serving import HANG_SECONDS, application

GRACE = HANG_SECONDS  # that it ended by the deadline is told by its reason; this bound is for a hang

Ask = Callable[..., TestResponse]


@pytest.fixture
def log() -> io.StringIO:
    """What the audit log says."""
    return io.StringIO()


AUTHORIZATION = {
    "access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "us",
}  # fmt: skip


@pytest.fixture
def ask(log: io.StringIO, tmp_path: Path) -> Iterator[Ask]:
    """Call the toy service, whose procedures are needed and whose allergies are not."""
    clients: dict[tuple[str, float], FlaskClient] = {}
    opened = ExitStack()

    def client(server: Server, seconds: float) -> FlaskClient:
        settings = {
            "CDS_SERVICES": "tests.toy:SERVICES",
            "CDS_FHIR_SERVERS": server.url,
            "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
            "CDS_DEADLINE_SECONDS": str(seconds),
        }
        return opened.enter_context(application(settings_from(settings), audit_stream=log)).test_client()

    def _ask(server: Server, *, seconds: float = 4.0, **changes: Any) -> TestResponse:
        if (server.url, seconds) not in clients:
            clients[server.url, seconds] = client(server, seconds)
        raw = {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/u1", "patientId": "p1"},
            "fhirServer": server.url,
            "fhirAuthorization": AUTHORIZATION,
            "extension": {"org.steroid-injection-followup.explain": True},
            **changes,
        }
        return clients[server.url, seconds].post("/cds-services/toy", json=raw)

    with opened:
        yield _ask


def test_how_requests_to_the_server_ended_is_counted(start: Start, tmp_path: Path) -> None:
    server = start(lambda call: call.bundle() if call.target.startswith("/Allergy") else call.reply(503, b"{}"))
    settings = settings_from(
        {
            "CDS_SERVICES": "tests.toy:SERVICES",
            "CDS_FHIR_SERVERS": server.url,
            "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
        }
    )
    with application(settings, audit_stream=io.StringIO()) as app:
        figures = _figures_after_a_call(app.test_client(), server)
    assert 'cds_fhir_requests_total{end="ok"} 1.0' in figures
    assert 'cds_fhir_requests_total{end="server"} 2.0' in figures


def _figures_after_a_call(client: FlaskClient, server: Server) -> str:
    raw = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "fhirServer": server.url,
    }
    client.post("/cds-services/toy", json=raw)
    return client.get("/metrics").get_data(as_text=True)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_412_with_the_key_in_time_and_never_an_empty_list(
    name: str, start: Start, ask: Ask, log: io.StringIO
) -> None:
    behave, fault = FAULTS[name]
    server, seconds = start(behave), seconds_for(fault)
    nothing = {"procedures": None, "patient": None, "allergies": None}
    ask(server, seconds=seconds, prefetch=nothing)  # what starts once has started
    began = time.monotonic()
    answer = ask(server, seconds=seconds)
    assert time.monotonic() - began < seconds + GRACE
    assert answer.status_code == 412
    outcome = answer.get_json()
    assert outcome["resourceType"] == "OperationOutcome"
    told = json.dumps(outcome)
    assert "prefetch.procedures" in told
    assert words(fault) in told
    assert TOKEN not in told + str(answer.headers) + log.getvalue()
    assert "p1" not in log.getvalue()


def test_a_failure_of_optional_data_is_an_answer_that_says_so(start: Start, ask: Ask) -> None:
    def behave(call: Call) -> None:
        if call.target.startswith("/AllergyIntolerance"):
            call.reply(500, b"{}")
        elif call.target.startswith("/Patient"):
            call.reply(200, b'{"resourceType":"Patient","id":"p1"}')
        else:
            call.bundle(procedure(1))

    answer = ask(start(behave))
    assert answer.status_code == 200
    body = answer.get_json()
    assert len(body["cards"]) == 1
    gaps = body["extension"]["org.steroid-injection-followup.assessment"]["gaps"]
    assert list(gaps) == ["AllergyIntolerance"]


def test_the_time_of_each_stage_is_said(start: Start, ask: Ask) -> None:
    def behave(call: Call) -> None:
        time.sleep(0.1)
        call.bundle(procedure(1))

    answer = ask(start(behave), prefetch={"patient": None, "allergies": bundle()})
    timing = {
        part.partition(";dur=")[0].strip(): float(part.partition(";dur=")[2])
        for part in answer.headers["Server-Timing"].split(",")
    }
    assert set(timing) == {"who", "read", "fetch", "chart", "assess", "write"}
    assert timing["fetch"] >= 100, "the server slept for so long"


def test_a_contradicting_token_is_422(start: Start, ask: Ask) -> None:
    server = start(lambda call: call.bundle())
    for change in ({"patient": "p2"}, {"access_token": "a\r\nX-Evil: 1"}, {"expires_in": -1}, {"expires_in": "300"}):
        answer = ask(server, fhirAuthorization={**AUTHORIZATION, **change})
        assert answer.status_code == 422, change
    assert server.connections == 0


def test_a_server_that_is_not_listed_is_never_called(start: Start, ask: Ask) -> None:
    listed = start(lambda call: call.bundle(procedure(1)))
    other = start(lambda call: call.bundle(procedure(1)))
    answer = ask(listed, fhirServer=other.url)
    assert answer.status_code == 412
    assert other.connections == listed.connections == 0
