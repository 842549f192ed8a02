"""A server that keeps failing is left alone, the caller is told at once, and other servers are not touched by it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cds_service.errors import NeededDataMissing
from cds_service.fhir_client.breaker import OPEN_AFTER, OPEN_SECONDS, Breaker
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.origins import access_of, parse_base
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import NEEDED, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, procedure
from tests.serving import HANG_SECONDS


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(OPEN_AFTER):
        breaker.failed()
    return breaker


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    for _ in range(OPEN_AFTER - 1):
        breaker.failed()
    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker(Clock())
    for _ in range(4):
        breaker.failed()
        breaker.succeeded()
        breaker.succeeded()
    assert breaker.admits()


def test_it_opens_when_half_of_the_last_twenty_failed() -> None:
    breaker = Breaker(Clock())
    for _ in range(10):
        breaker.failed()
        breaker.succeeded()
    breaker.failed()
    assert not breaker.admits()


def test_less_than_half_of_the_last_twenty_keeps_it_closed_and_so_does_half_of_fewer() -> None:
    breaker = Breaker(Clock())
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.admits()
    for _ in range(7):
        breaker.succeeded()
        breaker.failed()
        breaker.succeeded()
    assert breaker.admits()


def test_it_lets_one_probe_through_after_its_time() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now = OPEN_SECONDS + 0.1
    assert breaker.admits()
    assert not breaker.admits()


def test_it_closes_when_the_probe_succeeds_and_stays_open_when_it_fails() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += OPEN_SECONDS + 0.1
    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()
    clock.now += OPEN_SECONDS + 0.1
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert not breaker.open


def test_a_probe_that_never_reports_does_not_keep_it_open_for_ever() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += OPEN_SECONDS + 0.1
    assert breaker.admits()
    clock.now += OPEN_SECONDS + 0.1
    assert breaker.admits()


def test_a_dead_server_is_refused_at_once_with_412(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.reply(503, b"{}"))
    for _ in range(OPEN_AFTER):
        with pytest.raises(NeededDataMissing):
            gathered(body(server.url), [NEEDED], servers=servers)
    asked = len(server.calls)
    with pytest.raises(NeededDataMissing) as refused:
        gathered(body(server.url), [NEEDED], servers=servers)
    assert len(server.calls) == asked
    assert refused.value.problems[0].says == "not sent: the FHIR server fails at the moment and is not asked"


@pytest.mark.parametrize("status", [401, 403, 404, 418])
def test_a_server_that_answers_no_is_not_a_server_that_fails(status: int, start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.reply(status, b"{}"))
    for _ in range(OPEN_AFTER * 2):
        with pytest.raises(NeededDataMissing):
            gathered(body(server.url), [NEEDED], servers=servers)
    assert len(server.calls) == OPEN_AFTER * 2


def test_our_own_time_that_is_up_tells_nothing_of_the_server(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    many = [replace(NEEDED, key=f"procedures{number}") for number in range(14)]
    for _ in range(3):
        with pytest.raises(NeededDataMissing):
            gathered(body(server.url), many, servers=servers, seconds=0)
    assert not server.calls
    assert gathered(body(server.url), [NEEDED], servers=servers).fetched == ("procedures",)


def test_one_dead_server_does_not_keep_another_waiting(start: Start, servers: FhirServers) -> None:
    over = threading.Event()

    def silent_until_over(call: Call) -> None:
        over.wait(HANG_SECONDS)
        call.bundle()

    dead = start(silent_until_over)
    alive = start(lambda call: call.bundle(procedure()))
    kinds = [f"Type{chr(65 + n)}" for n in range(20)]
    many = [PrefetchTemplate(k, f"{k}?patient={{{{context.patientId}}}}", (k,)) for k in kinds]
    with ThreadPoolExecutor(1) as waiting:
        slow = waiting.submit(gathered, body(dead.url), many, servers=servers, seconds=HANG_SECONDS)
        try:
            answer = gathered(body(alive.url), [NEEDED], servers=servers, seconds=HANG_SECONDS / 2)
            assert answer.fetched == ("procedures",)
            assert not slow.done()
        finally:
            over.set()


def test_clients_share_nothing_of_a_server(servers: FhirServers) -> None:
    base = parse_base("https://ehr.example.org/fhir")
    one, other = (access_of(name, ["https://ehr.example.org/fhir"]) for name in ("a", "b"))
    assert servers.server(base, one) is servers.server(base, one)
    assert servers.server(base, one) is not servers.server(base, other)
