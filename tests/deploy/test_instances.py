"""Several instances share one PostgreSQL behind nginx: one is killed, all are replaced, and nothing is lost.

Each token holds once whichever instance it reaches, and an override at one instance holds at the other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cds_service.store.schema import migrate
from tests.security.signing import BASE, token, write_registry
from tests.serving import HANG_SECONDS, Answer, Server
from tests.store.conftest import postgres
from tests.store.killing import Clients, kill_often, verdict
from tests.store.postgres import Postgres
from tests.wire.bodies import CALL, FEEDBACK, overridden, sent

from .callers import Callers
from .instances import Instance
from .nginx import proxying

__all__ = ["postgres"]
pytestmark = pytest.mark.postgres
KEY = "a key that all instances share, long enough"


@dataclass
class House:
    """Two instances, the proxy before them and the database behind."""

    instances: list[Instance]
    proxy: Server
    url: str


def house(stack: ExitStack, postgres: Postgres, folder: Path, **settings: str) -> House:
    """Start everything; it ends with the stack."""
    url = postgres.create(f"h{uuid4().hex[:8]}")
    migrate(url)
    common = {
        "CDS_SERVICES": "tests.toy:SERVICES",
        "CDS_DATABASE_URL": url,
        "CDS_SECRET_KEY": KEY,
        "CDS_DRAIN_SECONDS": "1.5",
        **settings,
    }
    instances = []
    for name in ("one", "two"):
        instances.append(Instance(folder / name, common))
        stack.callback(instances[-1].close)
    (folder / "nginx").mkdir()
    proxy = stack.enter_context(proxying(folder / "nginx", [instance.port for instance in instances]))
    return House(instances, proxy, url)


@pytest.fixture
def unsigned(postgres: Postgres, tmp_path: Path) -> Iterator[House]:
    """Return instances that answer whoever is on this machine."""
    with ExitStack() as stack:
        yield house(stack, postgres, tmp_path)


@pytest.fixture(scope="module")
def signed(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return instances that want every call signed, as in production."""
    folder = tmp_path_factory.mktemp("signed")
    registry = write_registry(folder, {"requests_per_minute": 1_000_000, "max_concurrent": 1000})
    with ExitStack() as stack:
        yield house(stack, postgres, folder, CDS_CLIENTS=str(registry), CDS_PUBLIC_BASE_URL=BASE)


def bearer(path: str = CALL) -> dict[str, str]:
    """Return the header of a call with a token that was not used yet."""
    now = int(time.time())
    return {"Authorization": "Bearer " + token(aud=BASE + path, iat=now, exp=now + 300, jti=str(uuid4()))}


def ask(instance: Instance, headers: dict[str, str], *, path: str = CALL, body: bytes = sent()) -> Answer:
    """Ask one instance, past the proxy."""
    return instance.server.ask("POST", path, body, {"Content-Type": "application/json", **headers})


def test_all_instances_are_replaced_under_load_and_no_call_is_lost(signed: House) -> None:
    with Callers(signed.proxy.port, CALL, sent(), number=6, headers=bearer) as callers:
        callers.until(100)
        for instance in signed.instances:
            instance.roll()
            callers.until(30)
    assert callers.stop().how.keys() == {200}


def test_an_instance_is_killed_and_costs_only_the_calls_that_it_was_answering(signed: House) -> None:
    number = 6
    with Callers(signed.proxy.port, CALL, sent(), number=number, headers=bearer) as callers:
        callers.until(100)
        signed.instances[0].kill()
        callers.until(200)
        signed.instances[0].start()
        callers.until(100)
    how = callers.stop().how
    assert how.keys() <= {200, 503}, "who lost an answer is told to ask again"
    # Each client's call at most, and once more where it asked again before the last of the processes had ended.
    assert how[503] <= 2 * number


def test_no_acknowledged_feedback_is_lost_or_doubled_when_instances_are_killed(unsigned: House) -> None:
    clients = Clients(unsigned.proxy).start()
    turn = iter(range(10**6))

    def kill_one() -> None:
        instance = unsigned.instances[next(turn) % 2]
        instance.kill()
        instance.start()

    kill_often(kill_one, clients.ledger, times=3, pause=(0.0, 0.3))
    ledger = clients.stop()
    for instance in unsigned.instances:
        instance.close()
    found = verdict(unsigned.url, ledger)
    assert (found.lost, found.doubled, found.from_nowhere, found.cards_lost) == (0, 0, 0, 0)
    assert found.acknowledged > 3


def test_a_token_that_one_instance_took_is_refused_by_the_other(signed: House) -> None:
    headers = bearer()
    assert [ask(instance, headers).status for instance in signed.instances] == [200, 401]


def test_a_card_overridden_at_one_instance_stays_away_at_the_other(signed: House) -> None:
    here, there = signed.instances
    chart = sent(context={"userId": "Practitioner/repeat", "patientId": "p1"})
    card = cards(ask(here, bearer(), body=chart))[0]["uuid"]
    assert len(cards(ask(there, bearer(), body=chart))) == 1
    said = {"feedback": [overridden(card, outcomeTimestamp=datetime.now(UTC).isoformat())]}
    assert ask(here, bearer(FEEDBACK), path=FEEDBACK, body=json.dumps(said).encode()).status == 200
    until = time.monotonic() + HANG_SECONDS
    while cards(ask(there, bearer(), body=chart)):  # the card's own row is written behind its answer
        assert time.monotonic() < until, "the other instance still shows the card"
        time.sleep(0.05)


def cards(answer: Answer) -> list[dict[str, Any]]:
    """Return the cards of an answer."""
    assert answer.status == 200
    body: Any = answer.json()
    found: list[dict[str, Any]] = body["cards"]
    return found
