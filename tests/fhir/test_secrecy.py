"""The token and the patient are in no log, error, repr or cache key, whatever happens to the call."""

from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Iterator
from types import FunctionType, ModuleType

import pytest

from cds_service.errors import RequestRefused
from cds_service.fhir_client.client import Ask, FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.faults import ReadFailed
from cds_service.fhir_client.origins import access_of, parse_base
from cds_service.fhir_client.scopes import grant_of
from tests.fhir.calls import NEEDED, TOKEN, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import procedure
from tests.fhir.faults import FAULTS

PATIENT_ID = "canary-patient-77"
CANARIES = (TOKEN, PATIENT_ID)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything that any logger says at any level."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage() + repr(record.__dict__))

    root, before = logging.getLogger(), logging.getLogger().level
    keeping = Keep(level=0)
    root.addHandler(keeping)
    root.setLevel(1)
    yield lines
    root.removeHandler(keeping)
    root.setLevel(before)


def _clean(text: str) -> bool:
    return not any(canary in text for canary in CANARIES)


QUICK = [name for name in FAULTS if "drip" not in name and name not in {"silent-after-accept", "endless-1xx"}]


@pytest.mark.parametrize("name", QUICK)
def test_a_fault_leaves_no_trace_of_token_or_patient(
    name: str, start: Start, servers: FhirServers, logged: list[str]
) -> None:
    server = start(FAULTS[name][0])
    with pytest.raises(RequestRefused) as refused:
        gathered(body(server.url, patientId=PATIENT_ID), [NEEDED], servers=servers)
    assert server.tokens() <= {f"Bearer {TOKEN}"}
    told = "".join(traceback.format_exception(refused.value)) + repr(refused.value) + repr(refused.value.problems)
    assert _clean(told)
    assert all(_clean(line) for line in logged)


def test_a_good_reading_leaves_no_trace_either(start: Start, servers: FhirServers, logged: list[str]) -> None:
    server = start(lambda call: call.bundle(procedure(patient=PATIENT_ID)))
    answer = gathered(body(server.url, patientId=PATIENT_ID), [NEEDED], servers=servers)
    assert answer.fetched == ("procedures",)
    assert all(_clean(line) for line in logged)


def test_the_representations_of_what_holds_the_token_do_not_say_it() -> None:
    request = body("https://ehr.example.org")
    assert request.fhir_authorization
    access = access_of("c1", ["https://ehr.example.org"])
    grant = grant_of(request.fhir_authorization, patient_id="p1", access=access, deadline=Deadline.after(1))
    assert TOKEN not in repr(request) + repr(grant) + str(grant)


def test_an_error_holds_no_request_and_no_cause(start: Start, servers: FhirServers) -> None:
    server = start(lambda _: "close")
    access = access_of("c1", [server.url], development=True)
    request, base = body(server.url), parse_base(server.url)
    assert request.fhir_authorization
    grant = grant_of(request.fhir_authorization, patient_id="p1", access=access, deadline=Deadline.after(1))
    assert not isinstance(grant, str)
    with pytest.raises(ReadFailed) as failed:
        servers.server(base, access).ask(Ask(f"{base}/Patient/p1"), base=base, grant=grant, deadline=grant.until)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert set(vars(failed.value)) == {"fault", "status"}


def test_nothing_that_lives_on_after_an_answer_holds_the_token(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    secret = "short-lived-" + "x7" * 12
    gathered(body(server.url, token=secret), [NEEDED], servers=servers)
    server.calls.clear()
    gc.collect()
    assert secret not in _held_by(servers)
    servers.kept = {"Authorization": f"Bearer {secret}"}  # type: ignore[attr-defined]
    assert secret in _held_by(servers), "the search does not see what is kept"


def _held_by(root: object) -> str:
    """Return every text and every byte string that can be reached from an object, one after the other."""
    seen, found, waiting = {id(root)}, list[str](), [root]
    while waiting:
        for held in gc.get_referents(waiting.pop()):
            if id(held) in seen or isinstance(held, ModuleType | type | FunctionType):
                continue
            seen.add(id(held))
            found += (
                [held] if isinstance(held, str) else [repr(bytes(held))] if isinstance(held, bytes | bytearray) else []
            )
            waiting.append(held)
    return "\n".join(found)
