"""A process works on few charts at a time, and none of them waits for a chart that waits for its FHIR server."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cds_service.config import settings_from
from cds_service.stages import Stages
from cds_service.turns import AT_A_TIME, Turns
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, procedure
from tests.serving import HANG_SECONDS, application

CALLS = 3 * AT_A_TIME


def test_no_more_have_a_turn_than_may() -> None:
    turns, within, most = Turns(), threading.Semaphore(AT_A_TIME), []

    def one(_: int) -> None:
        for _ in range(200):
            with turns.taken(Stages()):
                most.append(within.acquire(blocking=False))
                within.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    assert all(most)


def test_a_turn_is_held_once_and_given_back_by_whoever_has_it() -> None:
    turns, stages = Turns(1), Stages()
    with turns.taken(stages):
        turns.take(stages)
        turns.leave()
        turns.leave()
        turns.take(stages)
    with turns.taken(stages):
        assert not stages.seconds, "nobody had to wait"


def test_calls_that_wait_for_a_fhir_server_hold_no_turn(start: Start, tmp_path: Path) -> None:
    together = threading.Barrier(CALLS)

    def answer_when_all_ask(call: Call) -> None:
        together.wait(HANG_SECONDS)
        call.bundle(procedure(1))

    server = start(answer_when_all_ask)
    settings = {
        "CDS_SERVICES": "tests.toy:SERVICES",
        "CDS_FHIR_SERVERS": server.url,
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
    }
    asked = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "fhirServer": server.url,
        "prefetch": {"patient": None, "allergies": None},
    }
    with (
        application(settings_from(settings), audit_stream=io.StringIO()) as app,
        ThreadPoolExecutor(CALLS) as pool,
    ):
        answers = pool.map(lambda _: app.test_client().post("/cds-services/toy", json=asked).status_code, range(CALLS))
        assert list(answers) == [200] * CALLS
