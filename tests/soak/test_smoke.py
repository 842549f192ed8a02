"""A share of `make soak`: some seconds of each phase, and what must hold on any machine, however busy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .house import House, house
from .phases import Aim, endurance, overload, send, sick_tenant, slow_clients, steady

SECONDS = 3.0
# Times depend on what else the machine does; these do not.
HOLDS = ("failed", "neither answered", "Retry-After", "open files", "threads", "own calls")


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    """Return the service with all that stands around it, and every thread begun that it begins when it needs one."""
    with tempfile.TemporaryDirectory(prefix="soak", dir="/tmp") as folder, house(Path(folder)) as built:
        send(built, rate=400, seconds=0.5).ended()
        yield built


def missed(aims: Iterator[Aim]) -> list[Aim]:
    """Return what must hold and does not."""
    held = [aim for aim in aims if any(word in aim.of for word in HOLDS)]
    assert held, "nothing was looked at"
    return [aim for aim in held if not aim.met]


def test_f7_steady_calls_are_all_answered(standing: House) -> None:
    assert not missed(steady(standing, rate=15, seconds=SECONDS))


def test_f9_nothing_is_left_open(standing: House) -> None:
    assert not missed(endurance(standing, rate=15, seconds=SECONDS))


def test_f6_slow_clients_cost_no_call(standing: House) -> None:
    if not standing.made_of.startswith("nginx"):
        pytest.skip("slow clients are held by nginx, which is not installed")
    assert not missed(slow_clients(standing, seconds=SECONDS, number=200))


def test_f14_a_dead_fhir_server_costs_its_own_tenant_alone(standing: House) -> None:
    assert not missed(sick_tenant(standing, seconds=SECONDS))


def test_f8_three_times_too_many_calls_are_answered_or_turned_away(standing: House) -> None:
    assert not missed(overload(standing, seconds=SECONDS))
