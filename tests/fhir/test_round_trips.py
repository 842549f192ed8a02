"""Missing keys are read at the same time: about one round trip for all, and one more for any number of pages."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from cds_service.fhir_client.client import FhirServers
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, procedure

LATENCY = 0.1
KINDS = (
    "Procedure", "MedicationAdministration", "Observation", "Condition", "MedicationRequest", "MedicationStatement",
    "DiagnosticReport", "ImagingStudy", "ServiceRequest", "DeviceRequest", "AllergyIntolerance", "Encounter",
    "Appointment", "Immunization",
)  # fmt: skip


def _templates(count: int) -> list[PrefetchTemplate]:
    return [PrefetchTemplate(k, f"{k}?patient={{{{context.patientId}}}}", (k,)) for k in KINDS[:count]]


def _slow(call: Call) -> None:
    time.sleep(LATENCY)
    call.bundle()


@pytest.mark.parametrize(("keys", "round_trips"), [(4, 1.25), (8, 1.40), (14, 1.60)])
def test_missing_keys_cost_about_one_round_trip(
    keys: int, round_trips: float, start: Start, servers: FhirServers
) -> None:
    server = start(_slow)
    took = []
    for _ in range(6):
        began = time.monotonic()
        answer = gathered(body(server.url), _templates(keys), servers=servers, seconds=4)
        took.append((time.monotonic() - began) / LATENCY)
        assert len(answer.fetched) == answer.requests == keys
    assert min(took[1:]) < round_trips


def test_connections_are_kept_between_calls(start: Start, servers: FhirServers) -> None:
    server = start(_slow)
    for _ in range(4):
        gathered(body(server.url), _templates(8), servers=servers, seconds=4)
    assert server.connections == 8


def test_any_number_of_foreseeable_pages_costs_one_round_trip_more(start: Start, servers: FhirServers) -> None:
    server: list[Server] = []

    def behave(call: Call) -> None:
        time.sleep(LATENCY)
        at = int(parse_qs(urlsplit(call.target).query).get("_offset", ["0"])[0])
        more = f"{server[0].url}/Procedure?patient=p1&_offset={at + 20}" if at < 180 else None
        call.bundle(*(procedure(at + n) for n in range(20)), next_url=more, total=200)

    server.append(start(behave))
    took = []
    for _ in range(4):
        began = time.monotonic()
        answer = gathered(body(server[0].url), _templates(1), servers=servers, seconds=4)
        took.append((time.monotonic() - began) / LATENCY)
        assert len(answer.chart.resources["Procedure"]) == 200
    assert min(took) < 2.8
