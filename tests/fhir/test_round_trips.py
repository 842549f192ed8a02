"""Missing keys are read at the same time: about one round trip for all, and one more for any number of pages."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from cds_service.fhir_client.client import FhirServers
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, procedure
from tests.serving import HANG_SECONDS

KINDS = (
    "Procedure", "MedicationAdministration", "Observation", "Condition", "MedicationRequest", "MedicationStatement",
    "DiagnosticReport", "ImagingStudy", "ServiceRequest", "DeviceRequest", "AllergyIntolerance", "Encounter",
    "Appointment", "Immunization",
)  # fmt: skip


def _templates(count: int) -> list[PrefetchTemplate]:
    return [PrefetchTemplate(k, f"{k}?patient={{{{context.patientId}}}}", (k,)) for k in KINDS[:count]]


def _read_at_once(start: Start, servers: FhirServers, keys: int) -> Server:
    """Gather from a server that answers no call before all of them are there."""
    all_there = threading.Barrier(keys, timeout=HANG_SECONDS)

    def behave(call: Call) -> None:
        all_there.wait()
        call.bundle()

    server = start(behave)
    for _ in range(3):
        answer = gathered(body(server.url), _templates(keys), servers=servers, seconds=HANG_SECONDS)
        assert len(answer.fetched) == answer.requests == keys
    return server


@pytest.mark.parametrize("keys", [4, 8, 14])
def test_missing_keys_are_all_read_at_once(keys: int, start: Start, servers: FhirServers) -> None:
    _read_at_once(start, servers, keys)


def test_connections_are_kept_between_calls(start: Start, servers: FhirServers) -> None:
    assert _read_at_once(start, servers, 8).connections == 8


def test_any_number_of_foreseeable_pages_costs_one_round_trip_more(start: Start, servers: FhirServers) -> None:
    server: list[Server] = []
    all_further_there = threading.Barrier(9, timeout=HANG_SECONDS)

    def behave(call: Call) -> None:
        at = int(parse_qs(urlsplit(call.target).query).get("_offset", ["0"])[0])
        if at:
            all_further_there.wait()
        more = f"{server[0].url}/Procedure?patient=p1&_offset={at + 20}" if at < 180 else None
        call.bundle(*(procedure(at + n) for n in range(20)), next_url=more, total=200)

    server.append(start(behave))
    for _ in range(3):
        answer = gathered(body(server[0].url), _templates(1), servers=servers, seconds=HANG_SECONDS)
        assert len(answer.chart.resources["Procedure"]) == 200
