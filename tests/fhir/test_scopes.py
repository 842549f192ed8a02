"""What a token grants: SMART scopes of both versions, its life, its patient and whom it was issued to."""

from __future__ import annotations

import msgspec
import pytest

from cds_service.errors import NotConformant
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.origins import access_of
from cds_service.fhir_client.scopes import Grant, grant_of
from cds_service.protocol import FhirAuthorization
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import NEEDED, OPTIONAL, PATIENT, TOKEN, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import procedure

ACCESS = access_of("c1", [])


def _authorization(**changes: object) -> FhirAuthorization:
    return msgspec.convert(
        {
            "access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read",
            "subject": "our-client-id", **changes,
        },
        FhirAuthorization,
    )  # fmt: skip


def _grant(**changes: object) -> Grant | str:
    return grant_of(_authorization(**changes), patient_id="p1", access=ACCESS, deadline=Deadline.after(4))


@pytest.mark.parametrize(
    ("scope", "reads", "searches", "whole"),
    [
        ("patient/Procedure.read", True, True, True),
        ("user/Procedure.read", True, True, True),
        ("system/Procedure.read", True, True, True),
        ("patient/*.read", True, True, True),
        ("patient/*.*", True, True, True),
        ("patient/Procedure.*", True, True, True),
        ("patient/Procedure.write", False, False, True),
        ("patient/Procedure.rs", True, True, True),
        ("patient/*.rs", True, True, True),
        ("patient/Procedure.cruds", True, True, True),
        ("patient/Procedure.r", True, False, True),
        ("patient/Procedure.s", False, True, True),
        ("patient/Procedure.cud", False, False, True),
        ("patient/Procedure.sr", False, False, True),
        ("patient/Procedure.rs?category=http://x|y", True, True, False),
        ("patient/Procedure.rs?category=a patient/Procedure.rs", True, True, True),
        ("patient/Procedure.rs?category=a patient/*.rs", True, True, True),
        ("patient/*.rs?category=a", True, True, False),
        ("patient/*.rs?category=a patient/Procedure.rs", True, True, True),
        ("patient/*.rs?category=a patient/Procedure.r", True, True, False),
        ("patient/Observation.read launch openid fhirUser offline_access", False, False, True),
        ("patient/procedure.read", False, False, True),
        ("xpatient/Procedure.read", False, False, True),
        ("patient/Procedure", False, False, True),
        ("", False, False, True),
    ],
)
def test_a_scope_grants_what_it_says(scope: str, *, reads: bool, searches: bool, whole: bool) -> None:
    grant = _grant(scope=scope)
    assert isinstance(grant, Grant)
    assert grant.may("Procedure", "r") is reads
    assert grant.may("Procedure", "s") is searches
    assert grant.whole("Procedure") is whole


def test_a_read_that_is_not_granted_is_not_tried(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    request = body(server.url, scope="patient/Procedure.s launch")
    conditions = PrefetchTemplate("conditions", "Condition?patient={{context.patientId}}", ("Condition",))
    answer = gathered(request, [PATIENT, NEEDED, conditions], servers=servers)
    assert server.targets() == ["/Procedure?patient=p1&_count=250"]
    outside = "not sent: the token's scope does not cover it"
    assert answer.chart.gaps == {"Patient": outside, "Condition": outside}


def test_a_scope_with_a_filter_never_gives_a_whole_list(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    answer = gathered(body(server.url, scope="patient/Procedure.rs?status=completed"), servers=servers)
    assert answer.chart.gaps["Procedure"] == "the token's scope covers only a part of it"
    assert len(answer.chart.resources["Procedure"]) == 1


def test_a_token_that_has_expired_is_not_used(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    answer = gathered(body(server.url, expires_in=0), servers=servers)
    assert answer.chart.gaps["Procedure"] == "not sent: the access token has expired"
    assert server.connections == 0


def test_a_token_is_not_used_beyond_its_life() -> None:
    short, long = _grant(expires_in=1), _grant(expires_in=1_000_000_000)
    assert isinstance(short, Grant)
    assert isinstance(long, Grant)
    assert short.until.left() <= 1.0 < long.until.left() <= 4.0


@pytest.mark.parametrize("expires_in", [-1, "300", True, 0.5, None, []], ids=repr)
def test_a_life_that_is_no_number_of_seconds_does_not_conform(expires_in: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        _authorization(expires_in=expires_in)


def test_a_token_for_another_client_is_not_used(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure()))
    access = access_of("c1", [server.url], subjects=["someone-else"], development=True)
    answer = gathered(body(server.url), servers=servers, access=access)
    assert answer.chart.gaps["Procedure"] == "not sent: the access token was issued to another client"
    assert server.connections == 0
    ours = access_of("c1", [server.url], subjects=["our-client-id"], development=True)
    assert gathered(body(server.url), servers=servers, access=ours).fetched == ("procedures",)


@pytest.mark.parametrize("patient", ["p2", "P1", "Patient/p2", "p1 "])
def test_a_token_for_another_patient_refuses_the_request(patient: str) -> None:
    with pytest.raises(NotConformant) as refused:
        _grant(patient=patient)
    assert refused.value.status == 422
    assert [p.path for p in refused.value.problems] == ["fhirAuthorization.patient"]


@pytest.mark.parametrize("patient", ["p1", "Patient/p1"])
def test_a_token_for_this_patient_is_used(patient: str) -> None:
    assert isinstance(_grant(patient=patient), Grant)


@pytest.mark.parametrize(
    "token",
    [TOKEN + "\r\nX-Evil: 1", "a b", "a\x00", "å", "a,b", "=", "x" * 8193, "Bearer x", "a=b"],
    ids=["a line break", "a space", "a zero byte", "a letter beyond ASCII", "a comma", "padding alone", "too long",
         "the scheme again", "padding inside"],
)  # fmt: skip
def test_a_token_that_could_break_a_header_refuses_the_request_and_is_not_repeated(token: str) -> None:
    with pytest.raises(NotConformant) as refused:
        _grant(access_token=token)
    assert [p.path for p in refused.value.problems] == ["fhirAuthorization.access_token"]
    assert TOKEN not in refused.value.problems[0].says


def test_a_malformed_token_refuses_also_when_nothing_is_to_be_read(servers: FhirServers) -> None:
    with pytest.raises(NotConformant):
        gathered(body("https://ehr.example.org", token="a b"), [], servers=servers)


def test_without_a_token_nothing_is_read_in_production_and_an_open_server_is_in_development(
    start: Start, servers: FhirServers
) -> None:
    server = start(lambda call: call.bundle(procedure()))
    production = access_of("c1", ["https://127.0.0.1"])
    answer = gathered(body("https://127.0.0.1", token=None), servers=servers, access=production)
    assert answer.chart.gaps["Procedure"] == "not sent: no access token was sent"
    assert gathered(body(server.url, token=None), servers=servers).fetched == ("procedures",)
    assert server.tokens() == set()


def test_without_a_server_the_gap_says_so(servers: FhirServers) -> None:
    assert gathered(body(), [OPTIONAL], servers=servers).chart.gaps["Procedure"] == (
        "not sent: no FHIR server was named"
    )
