"""Calls that broke peers: each test is named after what went wrong there, and its sentence says with whom."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.serving import Server
from tests.wire.bodies import CALL, FEEDBACK, overridden, sent

SECOND, MANY = "/cds-services/second", "/cds-services/many"


def answered(server: Server, path: str, body: bytes) -> Any:
    answer = server.post(path, body)
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.parametrize("changes", [{"prefetch": ...}, {"prefetch": {}}], ids=["no prefetch", "an empty prefetch"])
def test_a_call_without_prefetch_killed_the_process(small: Server, changes: dict[str, Any]) -> None:
    """AHRQ CQL Services read a key of `undefined`; Node exited and the next call was refused."""
    assert small.post(CALL, sent(**changes)).status == 412
    assert small.post(CALL, sent()).status == 200


def test_two_services_on_one_hook_answered_for_each_other(small: Server) -> None:
    """HealthChain kept handlers by hook: the last registered answered at both addresses."""
    first, second = answered(small, CALL, sent()), answered(small, SECOND, sent())
    assert [card["summary"] for card in first["cards"]] == ["One procedure is in the chart"]
    assert [card["summary"] for card in second["cards"]] == ["The second service answers"]


def test_discovery_listed_only_the_last_service_of_a_hook(small: Server) -> None:
    """HealthChain again."""
    listed: Any = small.ask("GET", "/cds-services").json()
    assert [service["id"] for service in listed["services"]] == ["toy", "second", "many"]


def test_discovery_lived_at_another_address_than_the_services(small: Server) -> None:
    """HealthChain: /cds/cds-discovery, while its pages said /cds-services."""
    listed: Any = small.ask("GET", "/cds-services").json()
    for service in listed["services"]:
        assert small.post(f"/cds-services/{service['id']}", sent()).status == 200


def test_a_failing_rule_was_an_empty_list_of_cards(small: Server) -> None:
    """HealthChain and fhirkit: a check that failed looked like nothing to say."""
    answer = small.post(CALL, sent(context={"userId": "Practitioner/u", "patientId": "defect"}, prefetch={
        "patient": {"resourceType": "Patient", "id": "defect"},
        "procedures": {"resourceType": "Bundle", "type": "searchset"},
    }))  # fmt: skip
    said: Any = answer.json()
    assert answer.status == 500
    assert said["resourceType"] == "OperationOutcome"
    assert "cards" not in said


def test_missing_data_was_an_empty_list_of_cards(small: Server) -> None:
    """HealthChain and fhirkit: needed prefetch missing, answer 200 without cards."""
    answer = small.post(CALL, sent(prefetch={"patient": {"resourceType": "Patient", "id": "p1"}}))
    said: Any = answer.json()
    assert answer.status == 412
    assert "procedures" in json.dumps(said)


def test_one_mutable_card_was_reused_for_all(small: Server) -> None:
    """cqf-ruler made one card outside its loop: every card of an answer was the last."""
    cards = answered(small, MANY, sent())["cards"]
    assert [card["summary"] for card in cards] == ["Card 1", "Card 2", "Card 3"]
    assert len({card["uuid"] for card in cards}) == 3


def test_the_handler_went_on_after_its_error(small: Server) -> None:
    """AHRQ CQL Services answered, and went on with undefined results: each failure is answered once, in full."""
    connection = HTTPConnection(small.host, small.port, timeout=10)
    lines = len(small.log.read_text().splitlines())
    try:
        for body, status in ((sent(prefetch=...), 412), (b"{", 400), (sent(), 200), (sent(hook="x"), 422)):
            connection.request("POST", CALL, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            whole: Any = json.loads(answer.read())
            assert answer.status == status
            assert ("cards" in whole) == (status == 200)
    finally:
        connection.close()
    assert len(small.log.read_text().splitlines()) - lines == 4


def test_another_hook_was_answered_with_a_card(small: Server) -> None:
    """AHRQ CQL Services answered order-sign at a patient-view service."""
    assert small.post(CALL, sent(hook="order-sign")).status == 422


def test_any_hook_instance_was_taken(small: Server) -> None:
    """AHRQ CQL Services took "nope"."""
    assert small.post(CALL, sent(hookInstance="nope")).status == 422


BAD_BODIES = {"no JSON": b"{", "no hook": sent(hook=...), "no context": sent(context=...), "a list": b"[]"}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_was_404_and_a_missing_context_500(small: Server, body: bytes) -> None:
    """cqf-ruler#598 and hapi-fhir#5212."""
    assert small.post(CALL, body).status in {400, 422}


def test_an_extension_or_an_unknown_field_was_refused(small: Server) -> None:
    """hapi-fhir#6262."""
    context = {"userId": "Practitioner/u1", "patientId": "p1", "somethingNew": {"a": None}}
    assert small.post(CALL, sent(extension={"com.example.x": {"y": 1}}, context=context, other=1)).status == 200


def test_a_chart_of_ordinary_size_was_too_large(small: Server) -> None:
    """The sandbox services stopped at 100 kB: a patient-view call of 143 kB got 413."""
    entries = [
        {"resource": {"resourceType": "Procedure", "id": f"p{n}", "status": "completed", "note": "x" * 300,
                      "subject": {"reference": "Patient/p1"}}}
        for n in range(1200)
    ]  # fmt: skip
    body = sent(prefetch={"procedures": {"resourceType": "Bundle", "type": "searchset", "entry": entries}})
    assert len(body) > 430_000
    assert small.post(CALL, body).status == 200


ERRORS = {
    "404": ("GET", "/nothing", None),
    "404 of a service": ("POST", "/cds-services/nothing", b"{}"),
    "405": ("DELETE", CALL, None),
    "400": ("POST", CALL, b"{"),
    "412": ("POST", CALL, sent(prefetch=...)),
    "422": ("POST", FEEDBACK, b"{}"),
}


@pytest.mark.parametrize(("method", "path", "body"), ERRORS.values(), ids=ERRORS)
def test_errors_were_html_or_plain_text(small: Server, method: str, path: str, body: bytes | None) -> None:
    """AHRQ CQL Services answered errors as text/html and text/plain."""
    answer = small.ask(method, path, body, {"Content-Type": "application/json", "Accept": "text/html"})
    said: Any = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert said["resourceType"] == "OperationOutcome"


def test_feedback_had_no_address_and_misspelt_fields(small: Server) -> None:
    """HealthChain: POST was 404, and its model said `overriddeReason` and `acceptedSuggestion`."""
    said = {"feedback": [overridden("c1", overrideReason={"reason": {"code": "no", "system": "urn:x"}})]}
    assert small.post(FEEDBACK, json.dumps(said).encode()).status == 200
    accepted = {"card": "c1", "outcome": "accepted", "outcomeTimestamp": "2026-03-02T10:00:00Z"}
    for name, status in {"acceptedSuggestions": 200, "acceptedSuggestion": 422}.items():
        body = {"feedback": [{**accepted, name: [{"id": "s1"}]}]}
        assert small.post(FEEDBACK, json.dumps(body).encode()).status == status


def test_feedback_was_acknowledged_and_thrown_away(small: Server) -> None:
    """fhirkit answered "accepted" and stored nothing."""
    import sqlite3
    from contextlib import closing

    card = answered(small, CALL, sent())["cards"][0]["uuid"]
    answer = small.post(FEEDBACK, json.dumps({"feedback": [overridden(card)]}).encode())
    assert answer.status == 200
    with closing(sqlite3.connect(small.log.parent / "cds.db")) as database:
        kept = [
            database.execute(f"select count(*) from {table} where card = ?", (card,)).fetchone()[0]
            for table in ("feedback", "unknown_feedback")
        ]
    assert sum(kept) == 1
