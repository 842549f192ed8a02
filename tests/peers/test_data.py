"""Data that peers lost, took for granted or gave away: each test is named after what went wrong there."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from cds_service.errors import NeededDataMissing
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.faults import Fault
from cds_service.fhir_types import Procedure
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import NEEDED, OPTIONAL, PATIENT, TOKEN, body, gathered
from tests.fhir.conftest import Start, servers, start
from tests.fhir.evil import Call, bundle, procedure
from tests.fhir.faults import words
from tests.serving import HANG_SECONDS

__all__ = ["servers", "start"]

CONDITIONS = PrefetchTemplate("conditions", "Condition?patient={{context.patientId}}", ("Condition",))
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def test_the_server_was_not_asked_before_412(start: Start, servers: FhirServers) -> None:
    """The sandbox services refused at once (#3)."""
    server = start(lambda call: call.bundle(procedure()))
    assert gathered(body(server.url), [NEEDED], servers=servers).chart.every(Procedure)


def test_one_key_that_was_sent_counted_for_all(start: Start, servers: FhirServers) -> None:
    """cqf-ruler#536: some prefetch meant complete prefetch."""
    server = start(lambda call: call.bundle())
    gathered(body(server.url, prefetch={"procedures": bundle(procedure())}), [NEEDED, CONDITIONS], servers=servers)
    assert [target.partition("?")[0] for target in server.targets()] == ["/Condition"]


STATES: dict[str, tuple[dict[str, Any], bool]] = {
    "not sent": ({}, True),
    "null": ({"procedures": None}, False),
    "no results": ({"procedures": bundle()}, False),
    "an error": ({"procedures": OUTCOME}, True),
}


@pytest.mark.parametrize(("prefetch", "missing"), STATES.values(), ids=STATES)
def test_not_run_no_results_and_failed_were_all_the_same(
    servers: FhirServers, prefetch: dict[str, Any], *, missing: bool
) -> None:
    """cds-hooks/docs#5 and #157, hapi-fhir#6836."""
    found = gathered(body(prefetch=prefetch), servers=servers).chart
    assert ("Procedure" in found.gaps) == missing


def test_a_part_of_a_list_was_taken_for_the_whole(servers: FhirServers) -> None:
    """HAPI stopped at its page limit and gave what it had; without a server to ask, the rest is missing."""
    first = bundle(procedure(), next_url="https://ehr.example.org/fhir?page=2")
    found = gathered(body(prefetch={"procedures": first}), servers=servers).chart
    assert found.every(Procedure)
    assert "Procedure" in found.gaps


def test_next_links_were_not_followed(start: Start, servers: FhirServers) -> None:
    """hapi-fhir#6781."""

    def pages(call: Call) -> None:
        if "page=2" in call.target:
            call.bundle(procedure(2))
        else:
            call.bundle(procedure(1), next_url=f"http://{call.headers['host']}/Procedure?page=2")

    server = start(pages)
    found = gathered(body(server.url), servers=servers).chart
    assert len(found.every(Procedure)) == 2
    assert "Procedure" not in found.gaps


def test_404_was_compared_with_a_text_and_went_through(start: Start, servers: FhirServers) -> None:
    """ice_cdshooks: `r.status_code == '404'` is never true."""
    server = start(lambda call: call.reply(404, '{"resourceType":"OperationOutcome"}'))
    with pytest.raises(NeededDataMissing):
        gathered(body(server.url), [NEEDED], servers=servers)
    assert gathered(body(server.url), [PATIENT], servers=servers).chart.gaps["Patient"]


def test_keys_were_fetched_one_after_another(start: Start, servers: FhirServers) -> None:
    """HAPI loops over the missing keys."""

    all_there = threading.Barrier(8, timeout=HANG_SECONDS)

    def behave(call: Call) -> None:
        all_there.wait()
        call.bundle()

    server = start(behave)
    keys = [
        PrefetchTemplate(f"k{n}", f"Observation?patient={{{{context.patientId}}}}&n={n}", ("Observation",))
        for n in range(8)
    ]
    assert len(gathered(body(server.url), keys, servers=servers, seconds=HANG_SECONDS).fetched) == 8


def test_no_deadline_bounded_a_call(start: Start, servers: FhirServers) -> None:
    """cqf-ruler#526, HAPI, IC: a silent server held the call as long as it liked."""
    server = start(lambda call: call.hang())
    assert gathered(body(server.url), servers=servers, seconds=0.5).chart.gaps["Procedure"] == words(Fault.TIMEOUT)


def test_the_token_went_to_whatever_server_the_call_named(start: Start, servers: FhirServers) -> None:
    """HAPI builds its client from the request, without a list of servers."""
    from cds_service.fhir_client.origins import access_of

    evil = start(lambda call: call.bundle())
    access = access_of("c", ["https://ehr.example.org/fhir"], development=True)
    found = gathered(body(evil.url), [OPTIONAL], servers=servers, access=access)
    assert found.chart.gaps
    assert evil.connections == 0


def test_the_token_followed_a_redirect(start: Start, servers: FhirServers) -> None:
    """HAPI FHIR core, CVE-2026-34359 and -34361, had the token follow a name that only began alike."""
    evil = start(lambda call: call.bundle())
    server = start(lambda call: call.reply(302, Location=f"{evil.url}/Procedure"))
    assert gathered(body(server.url), servers=servers).chart.gaps
    assert server.tokens() == {f"Bearer {TOKEN}"}
    assert evil.connections == 0
