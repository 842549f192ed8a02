"""A FHIR server that fails in every way: the right answer in time, little memory, and the token to no one else."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from cds_service.errors import NeededDataMissing
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.faults import WORDS, Fault
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import NEEDED, OPTIONAL, TOKEN, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, bundle, procedure
from tests.fhir.faults import FAULTS, NO_ANSWERS, seconds_for, words
from tests.serving import HANG_SECONDS

GRACE = HANG_SECONDS  # that it ended by the deadline is told by its reason; this bound is for a hang
MEGABYTE = 1024 * 1024


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_gives_a_gap_with_its_reason_in_time_and_in_little_memory(
    name: str, start: Start, servers: FhirServers
) -> None:
    behave, fault = FAULTS[name]
    server, seconds = start(behave), seconds_for(fault)
    before, began = _resident(), time.monotonic()
    answer = gathered(body(server.url), [OPTIONAL], servers=servers, seconds=seconds)
    assert time.monotonic() - began < seconds + GRACE
    assert answer.chart.gaps["Procedure"] == words(fault)
    assert answer.fetched == ()
    assert _resident() - before < 10 * MEGABYTE


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_needed_data_refuses_with_412_and_names_the_key(
    name: str, start: Start, servers: FhirServers
) -> None:
    behave, fault = FAULTS[name]
    began, seconds = time.monotonic(), seconds_for(fault)
    with pytest.raises(NeededDataMissing) as refused:
        gathered(body(start(behave).url), [NEEDED], servers=servers, seconds=seconds)
    assert time.monotonic() - began < seconds + GRACE
    assert refused.value.status == 412
    assert refused.value.keys == ("procedures",)
    assert refused.value.problems[0].says == words(fault)
    assert TOKEN not in str(refused.value) + repr(refused.value.problems)


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_an_answer_that_is_no_answer_is_never_an_empty_list(name: str, start: Start, servers: FhirServers) -> None:
    content, says = NO_ANSWERS[name]
    server = start(lambda call: call.reply(200, json.dumps(content)))
    answer = gathered(body(server.url), [OPTIONAL], servers=servers)
    assert answer.chart.gaps["Procedure"] == f"not sent: {says}"
    with pytest.raises(NeededDataMissing):
        gathered(body(server.url), [NEEDED], servers=servers)


def test_a_server_that_is_not_there_is_a_broken_connection(start: Start, servers: FhirServers) -> None:
    server = start(lambda _: "close")
    server.close()
    answer = gathered(body(server.url), [OPTIONAL], servers=servers)
    assert answer.chart.gaps["Procedure"] == words(Fault.CONNECTION)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_its_target_sees_nothing(
    status: int, start: Start, servers: FhirServers
) -> None:
    other = start(lambda call: call.bundle(procedure()))
    here = start(lambda call: call.reply(status, b"", Location=f"{other.url}/Procedure"))
    answer = gathered(body(here.url), servers=servers)
    assert answer.chart.gaps["Procedure"] == words(Fault.REDIRECT)
    assert other.connections == 0
    assert here.tokens() == {f"Bearer {TOKEN}"}


def test_a_redirect_loop_costs_one_request(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.reply(302, b"", Location="/Procedure"))
    gathered(body(server.url), servers=servers)
    assert len(server.calls) == 1


OFF_BASE = "a further page lies outside the FHIR server named"


@pytest.mark.parametrize(
    "next_url",
    [
        pytest.param("http://localhost:{port}/fhir/Procedure?page=2", id="another name of the same machine"),
        pytest.param("http://127.0.0.1:{other}/fhir/Procedure?page=2", id="another port"),
        pytest.param("https://127.0.0.1:{port}/fhir/Procedure?page=2", id="another scheme"),
        pytest.param("http://127.0.0.1:{port}/admin?page=2", id="another path"),
        pytest.param("http://127.0.0.1:{port}/fhirx/Procedure?page=2", id="a path with the same beginning"),
        pytest.param("http://127.0.0.1:{port}/fhir/../admin?page=2", id="a climbing path"),
        pytest.param("http://127.0.0.1:{port}/fhir/%2e%2e/admin?page=2", id="a climbing path in escapes"),
        pytest.param("http://127.0.0.1:{port}/fhir/..%2fadmin?page=2", id="a slash in escapes"),
        pytest.param("http://127.0.0.1:{port}@127.0.0.1:{other}/fhir/Procedure", id="a user part"),
        pytest.param("http://127.0.0.1:{port}\\@127.0.0.1:{other}/fhir/Procedure", id="a backslash"),
        pytest.param("http://127.0.0.1:{port}\t.evil.test/fhir/Procedure", id="a tab"),
        pytest.param("http://127.0.0.1:{port}/fhir/Procedure#x", id="a fragment"),
        pytest.param("//127.0.0.1:{other}/fhir/Procedure?page=2", id="a host without a scheme"),
        pytest.param("/fhir/Procedure?page=2", id="a relative path"),
        pytest.param("?page=2", id="a query alone"),
        pytest.param("", id="nothing"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("http://2130706433:{port}/fhir/Procedure", id="the address as one number"),
        pytest.param("http://127.1:{port}/fhir/Procedure", id="the address in short"),
    ],
)
def test_a_next_link_off_the_base_is_not_followed_and_the_list_is_not_whole(
    next_url: str, start: Start, servers: FhirServers
) -> None:
    other = start(lambda call: call.bundle(procedure(2)))
    here: Server = start(
        lambda call: call.bundle(procedure(1), next_url=next_url.format(port=here.port, other=other.port))
    )
    answer = gathered(body(f"{here.url}/fhir"), servers=servers)
    assert answer.chart.gaps["Procedure"] == OFF_BASE
    assert len(answer.chart.resources["Procedure"]) == 1
    assert other.connections == 0
    assert len(here.calls) == 1


def test_a_page_that_is_its_own_next_page_is_a_circle(start: Start, servers: FhirServers) -> None:
    server: Server = start(lambda call: call.bundle(procedure(), next_url=f"{server.url}{call.target}"))
    answer = gathered(body(server.url), servers=servers)
    assert answer.chart.gaps["Procedure"] == "its pages run in a circle"
    assert len(server.calls) <= 2


def test_two_pages_that_lead_to_each_other_are_a_circle(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        call.bundle(procedure(), next_url=f"{server.url}/Procedure?at={'b' if 'at=a' in call.target else 'a'}")

    server = start(behave)
    answer = gathered(body(server.url), servers=servers)
    assert answer.chart.gaps["Procedure"] == "its pages run in a circle"
    assert len(server.calls) == 3


def test_pages_without_end_stop_at_the_cap(start: Start, servers: FhirServers) -> None:
    server: Server = start(
        lambda call: call.bundle(procedure(), next_url=f"{server.url}/Procedure?n={len(server.calls)}")
    )
    answer = gathered(body(server.url), servers=servers, seconds=4)
    assert answer.chart.gaps["Procedure"] == "more than 50 pages"
    assert len(server.calls) == 50


def test_many_large_pages_stop_at_the_cap_of_an_answer(start: Start, servers: FhirServers) -> None:
    padding = "x" * (4 * MEGABYTE)

    def behave(call: Call) -> None:
        call.bundle(procedure(), next_url=f"{server.url}/Procedure?n={len(server.calls)}", padding=padding)

    server = start(behave)
    before = _resident()
    answer = gathered(body(server.url), servers=servers, seconds=10)
    assert answer.chart.gaps["Procedure"] == f"a further page did not come: {WORDS[Fault.TOO_LARGE]}"
    assert len(server.calls) <= 13
    assert _resident() - before < 25 * MEGABYTE


def test_a_later_page_that_fails_leaves_what_came_and_says_so(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if "at=2" in call.target:
            call.reply(500, b"{}")
        else:
            call.bundle(procedure(1), next_url=f"{server.url}/Procedure?at=2")

    server = start(behave)
    answer = gathered(body(server.url), [NEEDED], servers=servers)
    assert answer.chart.gaps["Procedure"] == f"a further page did not come: {WORDS[Fault.SERVER]}"
    assert len(answer.chart.resources["Procedure"]) == 1


def test_a_second_response_on_the_same_connection_answers_no_other_question(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        call.bundle(procedure(1))
        call.bundle(procedure(66, patient="p1"))

    server = start(behave)
    for _ in range(2):
        answer = gathered(body(server.url), servers=servers)
        assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr1"]


def test_the_resources_of_another_patient_are_ignored_and_listed(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure(1), procedure(2, patient="p2"), procedure(3, patient="P1")))
    answer = gathered(body(server.url), servers=servers)
    assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr1"]
    assert [aside.reference for aside in answer.chart.ignored] == ["Procedure/pr2", "Procedure/pr3"]


def test_a_cookie_is_not_kept_and_no_session_carries_over(start: Start, servers: FhirServers) -> None:
    good = json.dumps(bundle(procedure()))
    server = start(lambda call: call.reply(200, good, Set_Cookie="track=me; Path=/"))
    for _ in range(2):
        gathered(body(server.url), servers=servers)
    assert all("cookie" not in call.headers for call in server.calls)


def test_the_environment_gives_no_proxy_and_no_password(
    start: Start, servers: FhirServers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proxy = start(lambda call: call.bundle(procedure(9)))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password secret\n")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("NETRC", str(netrc))
    server = start(lambda call: call.bundle(procedure(1)))
    answer = gathered(body(server.url), servers=servers)
    assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr1"]
    assert proxy.connections == 0
    assert server.tokens() == {f"Bearer {TOKEN}"}
    gathered(body(server.url, token=None), servers=servers)
    assert "authorization" not in server.calls[-1].headers


def test_the_headers_ask_for_plain_fhir_json_and_lenient_search(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure(1)))
    gathered(body(server.url), servers=servers)
    wanted: dict[str, Any] = {
        "accept": "application/fhir+json", "accept-encoding": "identity", "prefer": "handling=lenient",
    }  # fmt: skip
    assert wanted.items() <= server.calls[0].headers.items()
    assert server.calls[0].target == "/Procedure?patient=p1&_count=250"


def test_one_dead_key_does_not_take_the_time_of_the_others(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        if call.target.startswith("/Observation"):
            call.hang()
        call.bundle(procedure(1))

    server = start(behave)
    observations = PrefetchTemplate("observations", "Observation?patient={{context.patientId}}", ("Observation",))
    answer = gathered(body(server.url), [NEEDED, observations], servers=servers)
    assert answer.fetched == ("procedures",)
    assert answer.chart.gaps["Observation"] == words(Fault.TIMEOUT)
