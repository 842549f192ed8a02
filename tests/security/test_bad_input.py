"""The bad inputs of the threat table, row by row (I1 to I14), against the running service."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.serving import Server
from tests.wire.bodies import CALL, FEEDBACK, PATIENT, overridden, searchset, sent

JSON = {"Content-Type": "application/json"}


def with_raw(name: str, raw: bytes) -> bytes:
    """Return a good body with one more field, written just so."""
    return sent()[:-1] + b',"' + name.encode() + b'":' + raw + b"}"


def in_patient(raw: bytes) -> bytes:
    """Return a good body whose Patient has one more field, written just so."""
    return sent().replace(b'"id": "p1"}', b'"id": "p1", "x": ' + raw + b"}", 1)


BODIES: dict[str, tuple[bytes, set[int]]] = {
    "I1 NaN": (with_raw("x", b"NaN"), {400}),
    "I1 -Infinity in a resource": (in_patient(b"-Infinity"), {400}),
    "I2 context twice": (b'{"context":{},' + sent()[1:], {400}),
    "I3 100,000 lists": (b"[" * 100_000, {400}),
    "I3 990 objects": (with_raw("x", b'{"a":' * 990 + b"1" + b"}" * 990), {400}),
    "I3 lists that never end, in a resource": (in_patient(b"[" * 50_000), {400}),
    "I4 a megabyte and one": (sent().ljust(1_000_001), {413}),
    "I6 UTF-16": (sent().decode().encode("utf-16"), {400}),
    "I6 a byte order mark": (b"\xef\xbb\xbf" + sent(), {400}),
    "I6 a byte that is no UTF-8": (with_raw("x", b'"\xff"'), {400}),
    "I6 a lone surrogate": (with_raw("x", rb'"\ud800"'), {400}),
    "I6 NUL in an id": (sent(context={"userId": "Practitioner/u1", "patientId": "p\0"}), {400, 422}),
    "I6 NUL where we do not read": (in_patient(rb'"\u0000"'), {200, 400}),
    "I7 a number of 4,299 digits": (with_raw("x", b"9" * 4299), {200, 400, 422}),
    "I7 a number of 40,000 digits in a resource": (in_patient(b"9" * 40_000), {200, 400, 422}),
    "I8 a hook that is an object": (sent(hook={}), {422}),
    "I8 a prefetch that is a number": (sent(prefetch=7), {422}),
    "I8 a procedure that is text": (sent(prefetch={"patient": PATIENT, "procedures": "x"}), {200, 412, 422}),
    "I9 __proto__ in a resource": (in_patient(b'{"__proto__":{"isAdmin":true}}'), {200}),
    "I9 __proto__ in the body": (with_raw("__proto__", b'{"isAdmin":true}'), {200}),
    "I9 constructor as a prefetch key": (sent(prefetch={"procedures": None, "constructor": {}}), {200}),
    "I14 another hook": (sent(hook="order-sign"), {422}),
    "I14 a hookInstance that is no UUID": (sent(hookInstance="1"), {422}),
}


@pytest.mark.parametrize(("body", "statuses"), BODIES.values(), ids=BODIES)
def test_a_bad_body_is_refused_and_never_a_5xx(server: Server, body: bytes, statuses: set[int]) -> None:
    answer = server.post(CALL, body)
    assert answer.status in statuses
    said: Any = json.loads(answer.body, parse_constant=pytest.fail)
    assert b"isAdmin" not in answer.body
    assert ("cards" in said) == (answer.status == 200)


def test_i1_a_number_beyond_all_numbers_is_not_echoed(server: Server) -> None:
    answer = server.post(CALL, in_patient(b"1e999"))
    assert answer.status in {200, 400}
    assert b"Infinity" not in answer.body


def test_i4_five_thousand_resources_are_answered(server: Server) -> None:
    resources = [
        {"resourceType": "Procedure", "id": f"p{n}", "subject": {"reference": "Patient/p1"}} for n in range(5000)
    ]
    body = sent(prefetch={"patient": PATIENT, "procedures": searchset(*resources)})
    assert server.post(CALL, body).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_i5_a_packed_body_is_415(server: Server, encoding: str) -> None:
    for body in (gzip.compress(sent()), sent()):
        assert server.post(CALL, body, **{"Content-Encoding": encoding}).status == 415


PATHS = {
    "two slashes inside": "/cds-services//toy",
    "dots": "/cds-services/%2e%2e/cds-services",
    "an escaped slash, twice": "/cds-services%252ftoy",
    "a NUL": "/cds-services/toy%00",
    "a line end": "/cds-services/toy%0d%0aX:1",
    "4,000 characters": "/" + "a" * 4000,
    "10,000 characters": "/" + "a" * 10_000,
    "a semicolon": "/cds-services/toy;a=b",
    "upper case": "/CDS-Services/toy",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_i10_an_odd_path_leads_nowhere(server: Server, path: str) -> None:
    answer = server.ask("POST", path, sent(), JSON)
    assert answer.status in {404, 414}
    assert answer.json()["resourceType"] == "OperationOutcome"  # type: ignore[index]


LONG = "a" * 300_000
STRINGS: dict[str, dict[str, Any]] = {
    "hook": {"hook": LONG},
    "hookInstance": {"hookInstance": LONG},
    "patientId": {"context": {"userId": "Practitioner/u1", "patientId": LONG}},
    "userId": {"context": {"userId": f"Practitioner/{LONG}", "patientId": "p1"}},
    "a userId without a type": {"context": {"userId": LONG, "patientId": "p1"}},
    "fhirServer": {"fhirServer": f"https://{LONG}"},
    "fhirServer of dots": {"fhirServer": "https://" + "a." * 100_000},
    "a prefetch key": {"prefetch": {"procedures": None, LONG: None}},
    "an extension": {"extension": {LONG: LONG}},
    "a date": {
        "prefetch": {"procedures": searchset({"resourceType": "Procedure", "id": "a", "performedDateTime": LONG})}
    },
    "a reference": {
        "prefetch": {"procedures": searchset({"resourceType": "Procedure", "subject": {"reference": LONG}})}
    },
    "a display": {"prefetch": {"procedures": searchset({"resourceType": "Procedure", "code": {"text": LONG}})}},
}


@pytest.mark.parametrize("changes", STRINGS.values(), ids=STRINGS)
def test_i13_a_long_text_anywhere_is_answered(server: Server, changes: dict[str, Any]) -> None:
    assert server.post(CALL, sent(**changes)).status in {200, 422}


def test_b3_too_much_feedback_is_refused_whole(server: Server) -> None:
    many = [overridden(f"c{n}") for n in range(3000)]
    answer = server.post(FEEDBACK, json.dumps({"feedback": many}).encode())
    assert answer.status in {413, 422}
