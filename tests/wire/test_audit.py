"""The log and the figures: what they say of an exchange, and that no word of a caller reaches them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Server, serving

from .bodies import CALL, FEEDBACK, call, overridden, sent

CANARY = "canary7f3a"


@pytest.fixture
def fresh(tmp_path: Path) -> Any:
    """Return a service of its own, whose log and figures hold this test's exchanges alone."""
    with serving(tmp_path, CDS_SERVICES="tests.toy:SERVICES") as running:
        yield running


def lines(server: Server) -> list[dict[str, Any]]:
    """Return the audit lines so far; every line that is not for the person who started it is JSON."""
    written = server.log.read_text().splitlines()
    assert written[0].startswith("cds-service: ")
    return [line for line in map(json.loads, written[1:]) if line["event"] == "exchange"]


def test_one_line_an_exchange_says_what_happened(fresh: Server) -> None:
    answer = fresh.post(CALL, sent())
    (line,) = lines(fresh)
    assert line["exchange"] == answer.headers["x-exchange-id"]
    said = {key: line[key] for key in ("event", "endpoint", "service", "status", "cards", "kinds", "client", "level")}
    assert said == {
        "event": "exchange", "endpoint": "call", "service": "toy", "status": 200, "cards": 1, "kinds": ["greeting"],
        "client": "unsigned", "level": "info",
    }  # fmt: skip
    assert set(line["stages_ms"]) == {"who", "read", "fetch", "chart", "assess", "write"}


def test_health_and_figures_are_not_logged(fresh: Server) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        fresh.ask("GET", path)
    assert lines(fresh) == []


def test_a_defect_is_logged_by_kind_and_place_only(fresh: Server) -> None:
    context = {"userId": "Practitioner/u", "patientId": "defect"}
    fresh.post(CALL, sent(context=context, prefetch={"procedures": None}))
    (line,) = lines(fresh)
    assert (line["level"], line["failure"], line["status"]) == ("error", "KeyError", 500)
    assert line["failed_at"].startswith("toy.py:")
    assert "Smith" not in fresh.log.read_text()


def marked(value: Any) -> Any:
    """Return a body with the canary in every string and every key that callers choose."""
    if isinstance(value, dict):
        return {name: marked(inner) for name, inner in value.items()} | {CANARY: CANARY}
    if isinstance(value, list):
        return [marked(inner) for inner in value]
    return f"{value}{CANARY}" if isinstance(value, str) else value


def full_of_canaries() -> list[tuple[str, bytes]]:
    """Return requests that carry the canary everywhere: some are answered, some refused in each way."""
    token = {"access_token": CANARY, "token_type": "Bearer", "expires_in": 300, "scope": CANARY, "subject": CANARY}
    context = {"userId": f"Practitioner/{CANARY}", "patientId": CANARY, "encounterId": CANARY, CANARY: CANARY}
    patient = {"resourceType": "Patient", "id": CANARY, "name": [{"family": CANARY}], CANARY: CANARY}
    procedure = {
        "resourceType": "Procedure", "id": CANARY, "status": CANARY, "subject": {"reference": f"Patient/{CANARY}"},
        "code": {"text": CANARY, "coding": [{"code": CANARY}]},
    }  # fmt: skip
    good = call(
        context=context,
        prefetch={"patient": patient, "procedures": procedure, CANARY: CANARY},
        fhirServer=f"https://{CANARY}.example/",
        fhirAuthorization=token,
        extension={CANARY: CANARY},
    )
    return [
        (CALL, json.dumps(good).encode()),
        (CALL, json.dumps({**good, "prefetch": {"procedures": {**procedure, "status": {CANARY: 1}}}}).encode()),
        (CALL, json.dumps({**good, "prefetch": {}}).encode()),
        (CALL, json.dumps({**good, "prefetch": {"patient": {**patient, "id": "x"}, "procedures": None}}).encode()),
        (CALL, json.dumps({**good, "hook": CANARY}).encode()),
        (CALL, json.dumps(marked(good)).encode()),
        (CALL, json.dumps(good).encode()[:-1]),
        (f"/cds-services/{CANARY}", json.dumps(good).encode()),
        (f"/{CANARY}?{CANARY}={CANARY}", b"{}"),
        (f"/playground/evaluate?asOf={CANARY}", json.dumps([patient]).encode()),
        ("/playground/evaluate", json.dumps([patient, marked(procedure)]).encode()),
        (FEEDBACK, json.dumps({"feedback": [marked(overridden(CANARY))]}).encode()),
        (FEEDBACK, json.dumps({"feedback": [overridden("c", overrideReason={"userComment": CANARY})]}).encode()),
    ]


def test_no_word_of_a_caller_reaches_the_log_the_figures_or_a_refusal(fresh: Server) -> None:
    for path, body in full_of_canaries():
        answer = fresh.post(path, body, **{f"X-{CANARY}": CANARY, "Authorization": f"Bearer {CANARY}"})
        assert answer.status == 200 or CANARY not in answer.body.decode(), path
    fresh.raw(f"GET /{CANARY} {CANARY}\r\n\r\n".encode())
    fresh.raw(f"GET / HTTP/1.1\r\nX {CANARY}: {CANARY}\r\n\r\n".encode())
    assert CANARY not in fresh.log.read_text()
    assert CANARY not in fresh.ask("GET", "/metrics").body.decode()


def test_what_never_reached_the_application_is_logged_by_kind_alone(fresh: Server) -> None:
    fresh.raw(f"GET /{CANARY} {CANARY}\r\n\r\n".encode())
    assert lines(fresh) == []
    said = json.loads(fresh.log.read_text().splitlines()[-1])
    assert (said["event"], said["says"]) == ("server", "refused before the application: InvalidHTTPVersion")


def series(server: Server) -> int:
    """Count the figures on show."""
    return len([line for line in server.ask("GET", "/metrics").body.splitlines() if not line.startswith(b"#")])


def test_a_caller_cannot_add_figures(fresh: Server) -> None:
    fresh.ask("GET", "/nothing")
    fresh.post("/cds-services/nothing", b"{}")
    fresh.ask("BREW", "/nothing")
    series(fresh)
    before = series(fresh)
    for number in range(100):
        fresh.ask("GET", f"/nothing/{number}?{number}")
        fresh.post(f"/cds-services/nothing{number}", b"{}")
        fresh.ask(f"BREW{number}", "/nothing")
    assert series(fresh) == before


def test_figures_count_exchanges_cards_and_refusals(fresh: Server) -> None:
    fresh.post(CALL, sent())
    fresh.post(CALL, b"{")
    figures = fresh.ask("GET", "/metrics").body.decode()
    assert 'cds_exchanges_total{endpoint="call",service="toy",status="200"} 1.0' in figures
    assert 'cds_cards_total{indicator="info",kind="greeting",service="toy"} 1.0' in figures
    assert 'cds_refused_total{cause="NotJson"} 1.0' in figures
    assert "cds_in_flight 1.0" in figures


def test_figures_of_several_processes_come_together(tmp_path: Path) -> None:
    with serving(tmp_path, CDS_SERVICES="tests.toy:SERVICES", CDS_WORKERS="2") as running:
        for _ in range(10):
            running.post(CALL, sent())
        figures = running.ask("GET", "/metrics").body.decode()
    assert 'cds_exchanges_total{endpoint="call",service="toy",status="200"} 10.0' in figures
