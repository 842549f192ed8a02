"""Where a name may lead: one lookup, every address checked, and the connection made to exactly those."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from cds_service.fhir_client.addresses import KEEP_SECONDS, NotAllowedAddress, NotResolved, Resolver, permitted
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.faults import Fault
from cds_service.fhir_client.origins import FhirAccess, access_of
from tests.fhir.calls import body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import procedure
from tests.fhir.faults import words
from tests.serving import HANG_SECONDS

PRODUCTION = access_of("c1", ["https://ehr.example.org/fhir"])
ON_PREMISES = access_of("c1", ["https://ehr.example.org/fhir"], networks=["10.20.0.0/16", "fd00:1::/64"])
DEVELOPMENT = access_of("c1", ["http://127.0.0.1:8090/fhir"], development=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::7f00:1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "fc00::1", "fd12::1", "fe80::1",
        "fec0::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1", "2001::1", "64:ff9b:1::1",
    ],
)  # fmt: skip
def test_an_address_that_is_no_public_host_is_refused_in_production(address: str) -> None:
    assert not permitted(address, PRODUCTION, scheme="https")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_allowed_over_https_only(address: str) -> None:
    assert permitted(address, PRODUCTION, scheme="https")
    assert not permitted(address, DEVELOPMENT, scheme="http")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("10.20.3.4", True), ("10.21.3.4", False), ("fd00:1::7", True), ("fd00:2::7", False), ("127.0.0.1", False),
        ("169.254.169.254", False), ("::ffff:10.20.3.4", True),
    ],
)  # fmt: skip
def test_a_hospitals_own_network_is_reached_where_its_client_lists_it(address: str, *, allowed: bool) -> None:
    assert permitted(address, ON_PREMISES, scheme="https") is allowed


def test_a_base_that_is_written_as_an_address_allows_that_address_alone() -> None:
    access = access_of("c1", ["https://10.1.2.3/fhir"])
    assert permitted("10.1.2.3", access, scheme="https")
    assert not permitted("10.1.2.4", access, scheme="https")


def test_link_local_is_refused_even_where_it_is_listed() -> None:
    access = access_of("c1", [], networks=["169.254.0.0/16"])
    assert not permitted("169.254.169.254", access, scheme="https")


def test_loopback_and_http_on_it_are_for_development() -> None:
    assert permitted("127.0.0.1", DEVELOPMENT, scheme="http")
    assert permitted("::1", DEVELOPMENT, scheme="http")
    assert not permitted("127.0.0.1", PRODUCTION, scheme="https")
    assert not permitted("192.168.1.1", DEVELOPMENT, scheme="http")
    assert permitted("192.168.1.1", DEVELOPMENT, scheme="https")


class Names:
    """A resolver whose answers are given, one after another; it counts how often it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, port: int) -> Sequence[tuple[Any, ...]]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if not answer:
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]


def _addresses(resolver: Resolver, access: FhirAccess = PRODUCTION, seconds: float = 1.0) -> list[str]:
    return resolver.addresses("ehr.example.org", 443, access=access, scheme="https", deadline=Deadline.after(seconds))


def test_a_name_is_asked_once_so_that_a_second_answer_cannot_lead_inside() -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    resolver = Resolver(names)
    assert [_addresses(resolver) for _ in range(5)] == [["8.8.8.8"]] * 5
    assert names.asked == 1


def test_a_name_is_asked_again_after_its_time_and_checked_again() -> None:
    now = [0.0]
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    resolver = Resolver(names, clock=lambda: now[0])
    assert _addresses(resolver) == ["8.8.8.8"]
    now[0] = KEEP_SECONDS + 1
    with pytest.raises(NotAllowedAddress):
        _addresses(resolver)


def test_an_answer_with_one_bad_address_among_good_ones_is_refused_whole() -> None:
    with pytest.raises(NotAllowedAddress):
        _addresses(Resolver(Names(["8.8.8.8", "10.0.0.1"])))


def test_an_answer_that_one_client_may_use_is_checked_anew_for_another() -> None:
    resolver = Resolver(Names(["10.20.0.1"]))
    assert _addresses(resolver, ON_PREMISES) == ["10.20.0.1"]
    with pytest.raises(NotAllowedAddress):
        _addresses(resolver, PRODUCTION)


def test_a_name_without_an_address_fails_and_is_asked_again_next_time() -> None:
    names = Names([], ["8.8.8.8"])
    resolver = Resolver(names)
    with pytest.raises(NotResolved):
        _addresses(resolver)
    assert _addresses(resolver) == ["8.8.8.8"]


def test_a_resolver_that_hangs_is_left_at_the_deadline_and_asked_once() -> None:
    begun, over, asked = threading.Event(), threading.Event(), []

    def hang(host: str, port: int) -> Sequence[tuple[Any, ...]]:
        asked.append(host)
        begun.set()
        over.wait(HANG_SECONDS)
        return []

    resolver = Resolver(hang)
    for _ in range(3):
        with pytest.raises(NotResolved):
            _addresses(resolver, seconds=0.1)
        assert begun.wait(HANG_SECONDS)
    assert len(asked) == 1
    over.set()
    resolver.close()


def test_the_connection_goes_to_the_checked_address_and_names_the_host_in_its_header(start: Start) -> None:
    server = start(lambda call: call.bundle(procedure()))
    names = Names(["127.0.0.1"], ["8.8.8.8"])
    servers = FhirServers(Resolver(names))
    for _ in range(3):
        answer = gathered(body(f"http://ehr.example.org:{server.port}/fhir"), servers=servers)
        assert answer.fetched == ("procedures",)
    assert names.asked == 1
    assert server.calls[0].headers["host"] == f"ehr.example.org:{server.port}"
    servers.close()


@pytest.mark.parametrize(
    ("answers", "fault"),
    [([["10.9.9.9"]], Fault.ADDRESS), ([["169.254.169.254"]], Fault.ADDRESS), ([[]], Fault.NAME)],
    ids=["a private address", "the metadata service", "no address"],
)
def test_a_name_that_leads_nowhere_good_makes_no_connection(answers: list[list[str]], fault: Fault) -> None:
    servers = FhirServers(Resolver(Names(*answers)))
    access = access_of("c1", ["https://ehr.example.org/fhir"])
    answer = gathered(body("https://ehr.example.org/fhir"), servers=servers, access=access)
    assert answer.chart.gaps["Procedure"] == words(fault)
    servers.close()
