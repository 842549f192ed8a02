"""A service that is asked for more than it can do: who waited too long is told at once, and health still answers."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from tests.fhir.evil import Server as FhirServer
from tests.serving import HANG_SECONDS, Answer, serving
from tests.wire.bodies import CALL, sent

AUTHORIZATION = {
    "access_token": "t",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "c",
}


def test_calls_that_waited_too_long_are_turned_away_and_health_is_not(tmp_path: Path) -> None:
    ehr = FhirServer(lambda call: call.hang())
    slow = sent(prefetch=..., fhirServer=f"{ehr.url}/fhir", fhirAuthorization=AUTHORIZATION)
    settings = {
        "CDS_SERVICES": "tests.toy:SERVICES",
        "CDS_FHIR_SERVERS": f"{ehr.url}/fhir",
        "CDS_THREADS": "1",
        "CDS_DEADLINE_SECONDS": "5",
    }
    with serving(tmp_path, **settings) as running:
        answers: dict[str, Answer] = {}

        def ask(name: str, *args: Any) -> threading.Thread:
            thread = threading.Thread(target=lambda: answers.update({name: running.ask(*args)}))
            thread.start()
            return thread

        def slow_call_has_the_thread() -> threading.Thread:
            thread = ask("slow", "POST", CALL, slow, json)
            until = time.monotonic() + HANG_SECONDS
            while not ehr.calls and time.monotonic() < until:
                time.sleep(0.01)
            return thread

        json = {"Content-Type": "application/json"}
        threads = [
            slow_call_has_the_thread(),
            ask("waiting", "POST", CALL, sent(extension={"x": "y" * 200_000}), json),
            ask("health", "GET", "/healthz"),
        ]
        for thread in threads:
            thread.join()
        afterwards = running.post(CALL, sent())
        figures = running.ask("GET", "/metrics").body
    ehr.close()
    assert answers["slow"].status == 412
    assert answers["health"].status == 200
    waiting: Any = answers["waiting"].json()
    assert answers["waiting"].status == 503
    assert answers["waiting"].headers["retry-after"] == "1"
    assert waiting["issue"][0]["code"] == "transient"
    assert afterwards.status == 200
    assert b"cds_turned_away_total 1.0" in figures
