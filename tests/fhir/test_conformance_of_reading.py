"""CDS Hooks, line by line: what came in prefetch, and what is read with the request's token (rows of the checklist)."""

from __future__ import annotations

import pytest

from cds_service.errors import NeededDataMissing
from cds_service.fhir_client.client import FhirServers
from tests.fhir.calls import NEEDED, OPTIONAL, PATIENT, TOKEN, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, bundle, procedure

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def test_54_55_and_64_what_is_missing_is_read_and_what_came_is_not(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.reply(200, b'{"resourceType":"Patient","id":"p1"}'))
    sent = {"procedures": bundle(procedure()), "of another service": None}
    answer = gathered(body(server.url, prefetch=sent), [NEEDED, PATIENT], servers=servers)
    assert server.targets() == ["/Patient/p1"]
    assert not answer.chart.gaps


def test_57_and_66_either_way_gives_the_same_chart(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure(1), procedure(2), total=2))
    read = gathered(body(server.url), [NEEDED], servers=servers)
    sent = gathered(body(prefetch={"procedures": bundle(procedure(1), procedure(2))}), [NEEDED], servers=servers)
    assert read.chart.resources == sent.chart.resources


def test_61_an_error_in_place_of_data_is_no_data_and_is_not_asked_again(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    answer = gathered(body(server.url, prefetch={"procedures": OUTCOME}), [OPTIONAL], servers=servers)
    assert answer.chart.gaps["Procedure"]
    assert not answer.chart.resources.get("Procedure")
    assert server.calls == []


def test_61_an_error_among_the_entries_is_no_data_either(start: Start, servers: FhirServers) -> None:
    sent = {"procedures": bundle(procedure(), OUTCOME)}
    answer = gathered(body(prefetch=sent), [OPTIONAL], servers=servers)
    assert answer.chart.gaps["Procedure"]
    assert len(answer.chart.resources["Procedure"]) == 1


def test_62_further_pages_are_read(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure(2)))
    first = bundle(procedure(1), next_url=f"{server.url}/Procedure?patient=p1&page=2")
    answer = gathered(body(server.url, prefetch={"procedures": first}), [NEEDED], servers=servers)
    assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr1", "pr2"]


def test_65_and_91_without_prefetch_and_server_needed_data_is_refused(servers: FhirServers) -> None:
    with pytest.raises(NeededDataMissing) as refused:
        gathered(body(), [NEEDED], servers=servers)
    assert (refused.value.status, refused.value.keys) == (412, ("procedures",))


def test_83_and_84_every_read_carries_the_token_of_the_request(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if call.target.startswith("/Patient"):
            call.reply(200, b'{"resourceType":"Patient","id":"p1"}')
        else:
            call.bundle(procedure(), next_url=f"{server.url}/Procedure?p=2" if "p=2" not in call.target else None)

    server = start(behave)
    gathered(body(server.url), [NEEDED, PATIENT], servers=servers)
    assert len(server.calls) == 3
    assert {call.headers.get("authorization") for call in server.calls} == {f"Bearer {TOKEN}"}


def test_85_and_86_the_token_ends_with_the_answer(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    answer = gathered(body(server.url), [NEEDED], servers=servers)
    assert TOKEN not in repr(answer)
    gathered(body(server.url, token="another-token"), [NEEDED], servers=servers)
    assert [call.headers["authorization"] for call in server.calls] == [f"Bearer {TOKEN}", "Bearer another-token"]
