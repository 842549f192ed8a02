"""A real FHIR server, with each case of the case book in it: what is fetched gives the answer that prefetch gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.origins import access_of
from cds_service.prefetch import Gathered, gather
from cds_service.service import Call, PrefetchTemplate, Service
from hooks import SERVICES
from tests.cases.book import FIXTURES, read_case, read_json
from tests.cases.expect import settled
from tests.cases.prefetch import prefetched
from tests.fhir.calls import body
from tests.fhir.real import TOKEN, Json, RealServer, real_server
from tests.records import SERVER

SERVICE: Service = SERVICES[0]
TEMPLATES = {template.key: template.query for template in SERVICE.prefetch}
IN_PAGES_OF_TWO = [replace(t, query=t.query + "&_count=2" * ("?" in t.query)) for t in SERVICE.prefetch]
CASES = sorted(path.parent.name for path in FIXTURES.glob("*/chart.json"))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """The server, for all cases of this file."""
    with real_server(tmp_path_factory.mktemp("real-server")) as server:
        yield server


def _patient(chart: Json) -> str:
    return next(str(e["resource"]["id"]) for e in chart["entry"] if e["resource"].get("resourceType") == "Patient")


def _gathered(
    real: RealServer,
    servers: FhirServers,
    *,
    patient: str,
    as_of: date,
    prefetch: Json | None = None,
    templates: Sequence[PrefetchTemplate] = SERVICE.prefetch,
) -> Gathered:
    request = body(real.base, prefetch=prefetch, patientId=patient, scope="patient/*.rs", token=TOKEN)
    access = access_of("c1", [real.base], development=True)
    return gather(templates, request, as_of=as_of, access=access, servers=servers, deadline=Deadline.after(8))


def _answer(gathered: Gathered, patient: str) -> tuple[Any, Any]:
    """Return the cards, and the reasoning but for what only a Bundle of everything can hold."""
    assessed = SERVICE.assess(Call("patient-view", patient, "Practitioner/u1"), gathered.chart)
    cards = msgspec.to_builtins([issued.card for issued in assessed.cards])
    # A server gives no other patient's resources out, so there is nothing to ignore; all else must be equal.
    reasoning = {name: value for name, value in assessed.explanation.items() if name != "ignored"}
    return settled(json.loads(msgspec.json.encode({"cards": cards, "reasoning": reasoning}))), gathered.chart.gaps


def test_there_are_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("folder", CASES)
def test_the_answer_without_prefetch_is_the_answer_with_it(folder: str, real: RealServer, servers: FhirServers) -> None:
    chart, as_of = read_json(folder, "chart.json"), date.fromisoformat(read_case(folder)["as_of"])
    patient = _patient(chart)
    real.fill(chart)
    theirs = json.loads(json.dumps(chart).replace(SERVER, real.base))  # a URL of another server is another's patient
    sent = _gathered(real, servers, patient=patient, as_of=as_of, prefetch=prefetched(theirs, TEMPLATES))
    fetched = _gathered(real, servers, patient=patient, as_of=as_of)
    assert set(fetched.fetched) == set(TEMPLATES)
    assert _answer(fetched, patient) == _answer(sent, patient)
    in_pages = _gathered(real, servers, patient=patient, as_of=as_of, templates=IN_PAGES_OF_TWO)
    assert _answer(in_pages, patient) == _answer(sent, patient)


PATIENT = {"resourceType": "Patient", "id": "many"}


def _procedure(number: int) -> Json:
    return {
        "resourceType": "Procedure", "id": f"many-{number}", "status": "completed",
        "subject": {"reference": "Patient/many"}, "performedDateTime": "2024-01-01",
    }  # fmt: skip


def _chart_of(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def test_more_procedures_than_a_page_holds_are_all_read(real: RealServer, servers: FhirServers) -> None:
    real.fill(_chart_of(PATIENT, *(_procedure(n) for n in range(509))))
    gathered = _gathered(real, servers, patient="many", as_of=date(2026, 3, 2))
    assert len(gathered.chart.resources["Procedure"]) == 509
    assert gathered.chart.gaps == {}
    assert gathered.requests == len(TEMPLATES) + 2


def test_the_first_page_that_a_browser_client_sends_is_completed(real: RealServer, servers: FhirServers) -> None:
    """The public sandbox sends 20 of 509 procedures, with a `next` link of the server."""
    real.fill(_chart_of(PATIENT, *(_procedure(n) for n in range(70))))
    first = real.read("Procedure?patient=many&_count=20")
    assert len(first["entry"]) == 20
    gathered = _gathered(real, servers, patient="many", as_of=date(2026, 3, 2), prefetch={"procedures": first})
    assert len(gathered.chart.resources["Procedure"]) == 70
    assert gathered.chart.gaps == {}


def test_a_token_that_the_server_does_not_know_is_a_gap_and_not_an_empty_list(
    real: RealServer, servers: FhirServers
) -> None:
    real.fill(_chart_of(PATIENT, _procedure(1)))
    request = body(
        real.base,
        patientId="many",
        token="some-other-token",
        prefetch={"procedures": None, "medicationAdministrations": None},
    )
    access = access_of("c1", [real.base], development=True)
    gathered = gather(
        SERVICE.prefetch, request, as_of=date(2026, 3, 2), access=access, servers=servers, deadline=Deadline.after(4)
    )
    assert gathered.chart.gaps["Observation"] == "not sent: the FHIR server did not accept the token"


def test_a_parameter_that_the_server_ignores_changes_nothing(real: RealServer, servers: FhirServers) -> None:
    real.fill(_chart_of(PATIENT, _procedure(1), _procedure(2)))
    odd = PrefetchTemplate(
        "procedures", "Procedure?patient={{context.patientId}}&code:in=http://x/vs&unheard-of=1", ("Procedure",)
    )
    request = body(real.base, patientId="many", token=TOKEN)
    access = access_of("c1", [real.base], development=True)
    gathered = gather(
        [odd], request, as_of=date(2026, 3, 2), access=access, servers=servers, deadline=Deadline.after(4)
    )
    assert len(gathered.chart.resources["Procedure"]) == 2
    assert "Procedure" not in gathered.chart.gaps
