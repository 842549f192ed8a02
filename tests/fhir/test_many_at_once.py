"""Many answers at the same time, good and failing: no chart holds another's data, and nothing is left behind."""

from __future__ import annotations

import json
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cds_service.errors import NeededDataMissing
from cds_service.fhir_client.client import FhirServers
from tests.fhir.calls import NEEDED, PATIENT, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, procedure
from tests.fhir.faults import FAULTS

SLOW = {name for name in FAULTS if "drip" in name or name in {"silent-after-accept", "endless-1xx"}}
LARGE = {"gigabytes-chunked", "gzip-bomb", "gzip-bomb-unlabelled", "header-of-megabytes", "millions-of-headers"}


def test_fifty_patients_at_once_each_get_their_own_chart_with_their_own_token(
    start: Start, servers: FhirServers
) -> None:
    def behave(call: Call) -> None:
        parts = urlsplit(call.target)
        if parts.path.startswith("/Patient/"):
            patient = parts.path.rpartition("/")[2]
            call.reply(200, json.dumps({"resourceType": "Patient", "id": patient}))
        else:
            patient = parse_qs(parts.query)["patient"][0]
            call.bundle(*(procedure(n, patient=patient) for n in range(int(patient[1:]) % 7)))
        assert call.headers["authorization"] == f"Bearer token-of-{patient}"

    server = start(behave)

    def one(number: int) -> None:
        patient = f"p{number % 50}"
        request = body(server.url, patientId=patient, token=f"token-of-{patient}")
        answer = gathered(request, [PATIENT, NEEDED], servers=servers, seconds=10)
        assert answer.chart.patient
        assert answer.chart.patient.id == patient
        assert len(answer.chart.resources.get("Procedure", ())) == int(patient[1:]) % 7
        assert answer.chart.ignored == ()
        assert answer.chart.gaps == {}

    with ThreadPoolExecutor(50) as many:
        list(many.map(one, range(200)))
    for call in server.calls:
        patient = call.headers["authorization"].removeprefix("Bearer token-of-")
        assert f"/{patient}" in call.target or f"={patient}&" in call.target


def _ours(servers: list[Server]) -> int:
    """Count the files that the client holds: all but the ends of the test's own servers, which close in their time."""
    theirs = {server.port for server in servers}
    return sum(_local_port(Path(entry)) not in theirs for entry in Path("/proc/self/fd").iterdir())


def _local_port(entry: Path) -> int | None:
    """Return the port that a descriptor is bound to, `None` for what is no socket of the Internet."""
    try:
        if not entry.readlink().name.startswith("socket:"):
            return None
        with socket.socket(fileno=os.dup(int(entry.name))) as end:
            return int(end.getsockname()[1]) if end.family in (socket.AF_INET, socket.AF_INET6) else None
    except OSError:  # closed in the meantime
        return None


def test_failing_answers_leave_no_open_file_and_no_thread_behind(start: Start) -> None:
    quick = [start(behave) for name, (behave, _) in FAULTS.items() if name not in SLOW | LARGE]

    def round_of_failures() -> None:
        servers = FhirServers()
        for server in quick:
            try:
                gathered(body(server.url), [NEEDED], servers=servers)
            except NeededDataMissing:
                continue
        servers.close()
        for thread in threading.enumerate():
            if thread.name.startswith(("fhir", "names")):
                thread.join(2)

    round_of_failures()
    before = _ours(quick)
    for _ in range(5):
        round_of_failures()
    assert _ours(quick) <= before
    assert not [t for t in threading.enumerate() if t.name.startswith("fhir")]
