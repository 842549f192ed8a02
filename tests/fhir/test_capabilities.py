"""FHIR servers that can do less: the same answer by another way, and never a different one."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from cds_service.errors import NotConformant
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.paging import foreseen
from cds_service.fhir_client.queries import Unfillable, query_of
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import AS_OF, NEEDED, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, bundle, procedure
from tests.serving import HANG_SECONDS

FILTERED = PrefetchTemplate(
    "procedures",
    "Procedure?patient={{context.patientId}}&code=20610,62323&date=ge{{today() - 730 days}}&_sort=-date",
    ("Procedure",),
    needed=True,
)


def _ids(answer: Any) -> list[str]:
    return [p.id for p in answer.chart.resources["Procedure"]]


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_that_searches_by_post_only_is_asked_by_post(status: int, start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if call.method == "GET":
            call.reply(status, b"{}", Allow="POST")
        else:
            call.bundle(procedure(1))

    server = start(behave)
    assert _ids(gathered(body(server.url), [NEEDED], servers=servers)) == ["pr1"]
    get, post = server.calls
    assert post.target == "/Procedure/_search"
    assert post.body == b"patient=p1&_count=250"
    assert post.headers["content-type"] == "application/x-www-form-urlencoded"
    assert get.headers["authorization"] == post.headers["authorization"]
    gathered(body(server.url), [NEEDED], servers=servers)
    assert [call.method for call in server.calls] == ["GET", "POST", "POST"]


def test_a_search_by_post_goes_on_with_its_pages(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if call.method == "POST":
            call.bundle(procedure(1), next_url=f"{server.url}/Procedure?page=xyz")
        elif "xyz" in call.target:
            call.bundle(procedure(2))
        else:
            call.reply(405, b"{}")

    server = start(behave)
    answer = gathered(body(server.url), [NEEDED], servers=servers)
    assert _ids(answer) == ["pr1", "pr2"]
    assert "Procedure" not in answer.chart.gaps


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_a_filter_is_asked_for_the_patient_alone(
    status: int, start: Start, servers: FhirServers
) -> None:
    def behave(call: Call) -> None:
        if "code" in parse_qs(urlsplit(call.target).query):
            call.reply(status, b"{}")
        else:
            call.bundle(procedure(1), procedure(2))

    server = start(behave)
    assert _ids(gathered(body(server.url), [FILTERED], servers=servers)) == ["pr1", "pr2"]
    assert server.targets()[1] == "/Procedure?patient=p1"
    assert len(server.calls) == 2


def test_a_server_that_refuses_a_page_size_is_asked_without_one(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if "_count" in call.target:
            call.reply(400, b"{}")
        else:
            call.bundle(procedure(1))

    server = start(behave)
    assert _ids(gathered(body(server.url), [NEEDED], servers=servers)) == ["pr1"]
    assert len(server.calls) == 2


def test_a_server_that_posts_and_refuses_a_filter_is_asked_by_post_for_the_patient_alone(
    start: Start, servers: FhirServers
) -> None:
    def behave(call: Call) -> None:
        if call.method == "GET":
            call.reply(405, b"{}")
        elif b"code=" in call.body:
            call.reply(400, b"{}")
        else:
            call.bundle(procedure(1))

    server = start(behave)
    assert _ids(gathered(body(server.url), [FILTERED], servers=servers)) == ["pr1"]
    assert [call.method for call in server.calls] == ["GET", "POST", "POST"]


def test_a_server_that_ignores_every_parameter_and_says_so_gives_the_same_chart(
    start: Start, servers: FhirServers
) -> None:
    ignored = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": "not-supported", "diagnostics": "parameter ignored"}],
    }
    strict = start(lambda call: call.bundle(procedure(1), procedure(2)))
    lenient = start(lambda call: call.bundle(procedure(1), procedure(2), procedure(3, patient="p2"), ignored))
    one = gathered(body(strict.url), [FILTERED], servers=servers)
    other = gathered(body(lenient.url), [FILTERED], servers=servers)
    assert one.chart.resources == other.chart.resources
    assert one.chart.gaps == other.chart.gaps
    assert [aside.reference for aside in other.chart.ignored] == ["Procedure/pr3"]


def test_a_server_of_r4b_is_read_alike(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        sent = json.dumps(bundle({**procedure(1), "meta": {"profile": ["http://example.org/r4b"]}}))
        call.reply(200, sent, kind="application/fhir+json; fhirVersion=4.3; charset=UTF-8")

    assert _ids(gathered(body(start(behave).url), [NEEDED], servers=servers)) == ["pr1"]


def test_the_same_resource_on_two_pages_counts_once(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if "at=2" in call.target:
            call.bundle(procedure(1), procedure(2), total=3)
        else:
            call.bundle(procedure(1), next_url=f"{server.url}/Procedure?at=2", total=3)

    server = start(behave)
    answer = gathered(body(server.url), [NEEDED], servers=servers)
    assert _ids(answer) == ["pr1", "pr2"]
    assert answer.chart.gaps["Procedure"] == "2 of 3 came"


def _paged(server: list[Server], *, size: int, total: int, parameter: str, at_once: int = 0) -> Any:
    """A server with `total` procedures in pages, whose links count items (`_offset`) or pages (`page`).

    It holds each further page back until `at_once` of them are asked for.
    """
    all_there = threading.Barrier(at_once or 1, timeout=HANG_SECONDS)

    def behave(call: Call) -> None:
        asked = parse_qs(urlsplit(call.target).query)
        if parameter in asked:
            all_there.wait()
        at = int(asked.get(parameter, ["0"])[0])
        first = at if parameter == "_offset" else max(0, at - 1) * size
        following = first + size if parameter == "_offset" else max(1, at) + 1
        more = f"{server[0].url}/Procedure?patient=p1&{parameter}={following}" if first + size < total else None
        call.bundle(*(procedure(n) for n in range(first, min(first + size, total))), next_url=more, total=total)

    return behave


@pytest.mark.parametrize("parameter", ["_offset", "page"])
def test_pages_that_can_be_foreseen_are_read_all_at_once(parameter: str, start: Start, servers: FhirServers) -> None:
    server: list[Server] = []
    server.append(start(_paged(server, size=20, total=209, parameter=parameter, at_once=10)))
    answer = gathered(body(server[0].url), [NEEDED], servers=servers, seconds=HANG_SECONDS)
    assert len(_ids(answer)) == 209
    assert _ids(answer) == [f"pr{n}" for n in range(209)]
    assert "Procedure" not in answer.chart.gaps
    assert len(server[0].calls) == 11


@pytest.mark.parametrize(
    ("following", "got", "total", "expected"),
    [
        ("https://e/f?a=1&_offset=20", 20, 61, ["https://e/f?a=1&_offset=40", "https://e/f?a=1&_offset=60"]),
        ("https://e/f?_getpages=x&_getpagesoffset=20&_count=20", 20, 45,
         ["https://e/f?_getpages=x&_getpagesoffset=40&_count=20"]),
        ("https://e/f?page=2&x=y", 10, 31, ["https://e/f?page=3&x=y", "https://e/f?page=4&x=y"]),
        ("https://e/f?page=3", 10, 31, []),
        ("https://e/f?_offset=25", 20, 61, []),
        ("https://e/f?cursor=abc", 20, 61, []),
        ("https://e/f?_offset=20", 20, 40, []),
        ("https://e/f?_offset=20", 20, 0, []),
        ("https://e/f?_offset=0", 0, 50, []),
        ("https://e/f", 20, 61, []),
    ],
)  # fmt: skip
def test_pages_are_foreseen_only_where_the_link_counts_plainly(
    following: str, got: int, total: int, expected: list[str]
) -> None:
    assert list(foreseen(following, got=got, total=total)) == expected


def test_a_wrong_guess_at_later_pages_makes_no_list_whole(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if "cursor" in call.target:
            call.reply(500, b"{}")
        elif "_offset" not in call.target:
            call.bundle(procedure(1), next_url=f"{server.url}/Procedure?_offset=1", total=3)
        elif "_offset=1" in call.target:
            call.bundle(procedure(2), next_url=f"{server.url}/Procedure?cursor=lost", total=3)
        else:
            call.bundle(procedure(3), total=3)

    server = start(behave)
    answer = gathered(body(server.url), [NEEDED], servers=servers)
    assert answer.chart.gaps["Procedure"].startswith("a further page did not come")
    assert _ids(answer) == ["pr1", "pr2", "pr3"]


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("Patient/{{context.patientId}}", "Patient/p1"),
        ("{{context.userId}}", "Practitioner/u1"),
        ("Practitioner/{{userPractitionerId}}", "Practitioner/u1"),
        ("Encounter/{{context.encounterId}}", "Encounter/e-1.x"),
        ("Patient/{{ context.patientId }}", "Patient/p1"),
    ],
)
def test_a_read_template_is_filled_in(template: str, path: str) -> None:
    query = query_of(template, body(encounterId="e-1.x").context, as_of=AS_OF)
    assert (query.path, query.is_search, query.kind) == (path, False, path.partition("/")[0])


@pytest.mark.parametrize(
    ("template", "parameters"),
    [
        ("Procedure?patient={{context.patientId}}", "patient=p1&_count=250"),
        ("Procedure?patient={{context.patientId}}&_count=5", "patient=p1&_count=5"),
        ("Procedure?patient={{context.patientId}}&date=ge{{today()}}", "patient=p1&date=ge2026-03-02&_count=250"),
        ("Observation?date=ge{{today() - 30 days}}&_count=1", "date=ge2026-01-31&_count=1"),
        ("Observation?date=le{{today() + 1 day}}&_count=1", "date=le2026-03-03&_count=1"),
    ],
)
def test_a_search_template_is_filled_in_and_asks_for_large_pages(template: str, parameters: str) -> None:
    assert query_of(template, body().context, as_of=AS_OF).parameters == parameters


@pytest.mark.parametrize(
    "token", ["context.encounterId", "userPatientId", "userPractitionerRoleId", "context.medication.id", "%patient.id"]
)
def test_a_token_without_a_value_makes_no_query(token: str, servers: FhirServers) -> None:
    with pytest.raises(Unfillable):
        query_of(f"Encounter/{{{{{token}}}}}", body().context, as_of=AS_OF)


def test_a_template_that_cannot_be_filled_in_is_a_gap(servers: FhirServers) -> None:
    encounter = PrefetchTemplate("encounter", "Encounter/{{context.encounterId}}", ("Encounter",))
    answer = gathered(body("https://ehr.example.org"), [encounter], servers=servers)
    assert answer.chart.gaps["Encounter"] == "not sent: the request has no context.encounterId"


@pytest.mark.parametrize(
    "patient",
    ["../Patient?x=", "1&_include=*", "1%0d%0aX:", "1\r\nX:", "a/b", "..", ".", "x" * 129, "å", "a b", "p1#", "p1?"],
)
def test_an_identifier_that_could_change_a_query_refuses_the_request(
    patient: str, start: Start, servers: FhirServers
) -> None:
    server = start(lambda call: call.bundle(procedure(1)))
    request = body(server.url)
    request = replace(request, context=replace(request.context, patient_id=patient))
    with pytest.raises(NotConformant):
        gathered(request, [NEEDED], servers=servers)
    assert server.connections == 0
