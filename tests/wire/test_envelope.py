"""The body of a call: what counts as JSON, what counts as a request, and what is said of one that is not."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.envelope import check_json, read_call, read_feedback
from cds_service.errors import NotConformant, NotJson, RequestRefused

PATIENT = b'{"resourceType":"Patient","id":"p1"}'


def body(**changes: Any) -> dict[str, Any]:
    """A conformant body, with changes; a change to `...` takes the field out."""
    whole: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def sent(**changes: Any) -> bytes:
    return json.dumps(body(**changes)).encode()


def around(prefetch: bytes, more: bytes = b"") -> bytes:
    return sent()[:-1] + b',"prefetch":' + prefetch + more + b"}"


NOT_JSON = {
    "nothing": b"",
    "blanks": b"  \n",
    "no object but null": b"null",
    "no object but a list": b"[]",
    "no object but a word": b'"patient-view"',
    "no object but a number": b"7",
    "not finished": sent()[:-1],
    "something after it": sent() + b"x",
    "a second object after it": sent() + sent(),
    "a comment": sent()[:-1] + b"/* */}",
    "a trailing comma": sent()[:-1] + b",}",
    "NaN in the envelope": sent()[:-1] + b',"x":NaN}',
    "NaN in a resource": around(b'{"patient":{"resourceType":"Patient","multipleBirthInteger":NaN}}'),
    "minus Infinity in a resource": around(b'{"patient":{"a":[1,-Infinity]}}'),
    "UTF-16": sent().decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + sent(),
    "bad UTF-8 in the envelope": sent()[:-1] + b',"x":"\xff"}',
    "bad UTF-8 in a resource": around(b'{"patient":{"id":"\xff"}}'),
    "a high surrogate alone in the envelope": sent()[:-1] + rb',"x":"\ud83d"}',
    "a high surrogate alone in a resource": around(rb'{"patient":{"id":"a\ud83d and more text"}}'),
    "a low surrogate alone in a resource": around(rb'{"patient":{"id":"\ude00 and more text"}}'),
    "a raw control character": around(b'{"patient":{"id":"a\nb"}}'),
    "100,000 lists in the envelope": sent()[:-1] + b',"x":' + b"[" * 100_000 + b"}",
    "100,000 lists in a resource": around(b'{"patient":{"a":' + b"[" * 100_000 + b"}}"),
    "990 objects in a resource": around(b'{"patient":' + b'{"a":' * 990 + b"1" + b"}" * 990 + b"}"),
    "990 objects in an extension": sent()[:-1] + b',"extension":{"a":' + b'{"a":' * 990 + b"1" + b"}" * 991 + b"}",
    "hook twice": b'{"hook":"order-sign",' + sent()[1:],
    "context twice": b'{"context":{"userId":"Practitioner/u2","patientId":"p2"},' + sent()[1:],
    "patientId twice": sent().replace(b'"patientId"', b'"patientId":"p2","patientId"'),
    "a key twice, once escaped": sent().replace(b'"patientId"', rb'"patient\u0049d":"p2","patientId"'),
    "a key twice in an extension": sent()[:-1] + b',"extension":{"a":{"b":1,"b":2}}}',
    "a key twice in a list in an extension": sent()[:-1] + b',"extension":{"a":[{"b":1},{"b":2,"b":3}]}}',
    "prefetch twice": around(b'{"patient":null}', b',"prefetch":{"patient":null}'),
    "prefetch twice, the first with more in it": around(b'{"a":{"b":1,"c":2}}', b',"prefetch":{}'),
    "a prefetch key twice": around(b'{"patient":' + PATIENT + b',"patient":null}'),
    "a prefetch key twice with equal values": around(b'{"patient":' + PATIENT + b',"patient":' + PATIENT + b"}"),
    "a prefetch key twice, the last value the start of the first": around(b'{"patient":12,"patient":1}'),
    "a key twice and not conformant": b'{"hook":7,"hook":8}',
}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON)
def test_is_not_json(raw: bytes) -> None:
    with pytest.raises(NotJson):
        read_call(raw)


FINE = {
    "the least": sent(),
    "with blanks": b" " + sent().replace(b",", b" ,\n ").replace(b":", b" : ") + b"\n",
    "an unknown field": sent(somethingNew={"a": [1, None]}),
    "an unknown context field": sent(context={"userId": "Practitioner/u", "patientId": "p", "draftOrders": {}}),
    "extensions": sent(extension={"com.example.timestamp": "now"}),
    "an empty prefetch": sent(prefetch={}),
    "a null prefetch value": sent(prefetch={"patient": None}),
    "a prefetch value that is a bare string, as an example of 2.0 has it": sent(prefetch={"user": "123"}),
    "equal values under two keys": around(b'{"a":' + PATIENT + b',"b":' + PATIENT + b"}"),
    "a key twice inside a resource": around(b'{"patient":{"resourceType":"Patient","id":"p1","id":"p1"}}'),
    "a prefetch key that needs escapes": sent(prefetch={'a"b\\c}': {"x": 1}, "née": [1, 2]}),
    "the same name in two objects": sent(extension={"a": {"b": 1}, "c": {"b": 2}}),
    "an emoji as a pair of escapes": around(rb'{"patient":{"id":"\ud83d\ude00"}}'),
    "a backslash before the letters of a surrogate": around(rb'{"patient":{"id":"\\ud83d"}}'),
    "text outside ASCII": json.dumps(body(extension={"a": "é你好"}), ensure_ascii=False).encode(),
    "a nested prefetch in an extension": sent(extension={"prefetch": {"a": 1}}),
    "60 levels in a resource": around(b'{"patient":' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}"),
    "an upper-case UUID": sent(hookInstance="D1577C69-DFBE-44AD-BA6D-3E05E953B2EA"),
    "ids longer than FHIR allows": sent(context={"userId": f"Practitioner/{'u' * 90}", "patientId": "p" * 90}),
    "a server without a token": sent(fhirServer="https://ehr.example.org/fhir"),
}


@pytest.mark.parametrize("raw", FINE.values(), ids=FINE)
def test_is_a_request(raw: bytes) -> None:
    assert read_call(raw).hook == "patient-view"


def test_prefetch_is_read_at_once() -> None:
    read = read_call(around(b'{"a": { "resourceType" : "Patient" } ,"b":null}'))
    assert isinstance(read.prefetch, dict)
    assert read.prefetch["b"] is None
    assert read.prefetch["a"].kind == "Patient"


ODD = {
    "a value that is no FHIR": b"[1, 2]",
    "an entry that cannot be read": b'{"resourceType":"Bundle","entry":[{"resource":{"id":7}}]}',
    "an id that is none": b'{ "resourceType" : "Patient", "id": "<b>" }',
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_prefetch_values_stay_as_they_were_sent_where_one_is_odd(odd: bytes) -> None:
    read = read_call(around(b'{"a": ' + odd + b' ,"b":null}'))
    assert isinstance(read.prefetch, dict)
    assert {key: bytes(value) for key, value in read.prefetch.items()} == {"a": odd, "b": b"null"}


TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cds"}
SERVER = "https://ehr.example.org/fhir"
NOT_CONFORMANT: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no hook": ({"hook": ...}, {"hook"}),
    "a blank hook": ({"hook": " "}, {"hook"}),
    "a hook that is null": ({"hook": None}, {"hook"}),
    "no hookInstance": ({"hookInstance": ...}, {"hookInstance"}),
    "a hookInstance that is no UUID": ({"hookInstance": "nope"}, {"hookInstance"}),
    "a hookInstance with urn:uuid:": (
        {"hookInstance": "urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"},
        {"hookInstance"},
    ),
    "no context": ({"context": ...}, {"context"}),
    "a context that is a list": ({"context": []}, {"context"}),
    "a context without its ids": ({"context": {}}, {"context.userId", "context.patientId"}),
    "a userId without a type": ({"context": {"userId": "u1", "patientId": "p1"}}, {"context.userId"}),
    "a userId of another type": ({"context": {"userId": "Device/u1", "patientId": "p1"}}, {"context.userId"}),
    "a patientId with a type": (
        {"context": {"userId": "Practitioner/u1", "patientId": "Patient/p1"}},
        {"context.patientId"},
    ),
    "an empty patientId": ({"context": {"userId": "Practitioner/u1", "patientId": ""}}, {"context.patientId"}),
    "a patientId with the character NUL": (
        {"context": {"userId": "Practitioner/u1", "patientId": "p\0"}},
        {"context.patientId"},
    ),
    "a numeric patientId": ({"context": {"userId": "Practitioner/u1", "patientId": 7}}, {"context.patientId"}),
    "a token without a server": ({"fhirAuthorization": TOKEN}, {"fhirServer"}),
    "a token object without fields": (
        {"fhirServer": SERVER, "fhirAuthorization": {}},
        {f"fhirAuthorization.{name}" for name in TOKEN},
    ),
    "a token type other than Bearer": (
        {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "token_type": "MAC"}},
        {"fhirAuthorization.token_type"},
    ),
    "expires_in as a string": (
        {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "expires_in": "300"}},
        {"fhirAuthorization.expires_in"},
    ),
    "expires_in as true": (
        {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "expires_in": True}},
        {"fhirAuthorization.expires_in"},
    ),
    "expires_in below zero": (
        {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "expires_in": -1}},
        {"fhirAuthorization.expires_in"},
    ),
    "a server that is no URL": ({"fhirServer": "file:///etc/passwd"}, {"fhirServer"}),
    "a prefetch that is null": ({"prefetch": None}, {"prefetch"}),
    "a prefetch that is a list": ({"prefetch": []}, {"prefetch"}),
    "an extension that is a list": ({"extension": []}, {"extension"}),
    "everything at once": (
        {"hook": ..., "hookInstance": 1, "context": {"userId": ""}, "prefetch": 3},
        {"hook", "hookInstance", "context.userId", "context.patientId", "prefetch"},
    ),
}


@pytest.mark.parametrize(("changes", "paths"), NOT_CONFORMANT.values(), ids=NOT_CONFORMANT)
def test_every_problem_is_listed_with_its_path(changes: dict[str, Any], paths: set[str]) -> None:
    with pytest.raises(NotConformant) as refused:
        read_call(sent(**changes))
    assert {problem.path for problem in refused.value.problems} == paths


def test_a_problem_never_quotes_what_was_sent() -> None:
    canary = "canary-7f3a"
    with pytest.raises(NotConformant) as refused:
        read_call(sent(hookInstance=canary, hook=[canary], context={"userId": canary, "patientId": {canary: canary}}))
    assert canary not in str(refused.value) + repr(refused.value.problems)


OVERRIDDEN = {"card": "c1", "outcome": "overridden", "outcomeTimestamp": "2026-03-02T10:00:00Z"}
BAD_FEEDBACK: dict[str, tuple[Any, set[str]]] = {
    "no list": ({}, {"feedback"}),
    "a bare item": (OVERRIDDEN, {"feedback"}),
    "an item without fields": (
        {"feedback": [{}]},
        {"feedback[0].card", "feedback[0].outcome", "feedback[0].outcomeTimestamp"},
    ),
    "the second item is bad": ({"feedback": [OVERRIDDEN, {**OVERRIDDEN, "card": ""}]}, {"feedback[1].card"}),
    "an outcome of its own": ({"feedback": [{**OVERRIDDEN, "outcome": "ignored"}]}, {"feedback[0].outcome"}),
    "a time without its offset": (
        {"feedback": [{**OVERRIDDEN, "outcomeTimestamp": "2026-03-02T10:00:00"}]},
        {"feedback[0].outcomeTimestamp"},
    ),
    "accepted without a suggestion": (
        {"feedback": [{**OVERRIDDEN, "outcome": "accepted"}]},
        {"feedback[0].acceptedSuggestions"},
    ),
    "accepted with an empty list": (
        {"feedback": [{**OVERRIDDEN, "outcome": "accepted", "acceptedSuggestions": []}]},
        {"feedback[0].acceptedSuggestions"},
    ),
    "an override reason that says nothing": (
        {"feedback": [{**OVERRIDDEN, "overrideReason": {}}]},
        {"feedback[0].overrideReason"},
    ),
}


@pytest.mark.parametrize(("raw", "paths"), BAD_FEEDBACK.values(), ids=BAD_FEEDBACK)
def test_every_problem_of_feedback_is_listed(raw: Any, paths: set[str]) -> None:
    with pytest.raises(NotConformant) as refused:
        read_feedback(json.dumps(raw).encode())
    assert {problem.path for problem in refused.value.problems} == paths


GOOD_FEEDBACK: dict[str, Any] = {
    "no items": {"feedback": []},
    "overridden without a reason": {"feedback": [OVERRIDDEN]},
    "a reason of the client's own without a system": {
        "feedback": [{**OVERRIDDEN, "overrideReason": {"reason": {"code": "own"}}}]
    },
    "a comment only": {"feedback": [{**OVERRIDDEN, "overrideReason": {"userComment": "no"}}]},
    "the same card twice": {"feedback": [OVERRIDDEN, OVERRIDDEN]},
    "accepted": {"feedback": [{**OVERRIDDEN, "outcome": "accepted", "acceptedSuggestions": [{"id": "s1"}]}]},
    "fractions of a second": {"feedback": [{**OVERRIDDEN, "outcomeTimestamp": "1985-04-12T23:20:50.52Z"}]},
    "an offset": {"feedback": [{**OVERRIDDEN, "outcomeTimestamp": "1996-12-19T16:39:57-08:00"}]},
}


@pytest.mark.parametrize("raw", GOOD_FEEDBACK.values(), ids=GOOD_FEEDBACK)
def test_is_feedback(raw: Any) -> None:
    assert len(read_feedback(json.dumps(raw).encode()).feedback) == len(raw["feedback"])


def test_a_long_string_is_read_slowly_in_little_memory() -> None:
    long = b'{"hook":1,"extension":"%s"}' % (b"\\\\x" * 300_000)
    tracemalloc.start()
    try:
        with pytest.raises(NotConformant):
            read_call(long)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(long)
    finally:
        tracemalloc.stop()


def test_a_bundle_of_a_bad_depth_is_refused_before_it_is_read() -> None:
    with pytest.raises(NotJson):
        check_json(b'{"resourceType":"Bundle","entry":' + b"[" * 100_000)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
fields = ["hook", "hookInstance", "context", "fhirServer", "fhirAuthorization", "prefetch", "extension"]


@given(st.dictionaries(st.sampled_from(fields), anything))
def test_any_json_is_read_or_refused_by_name(changes: dict[str, Any]) -> None:
    assert _status(json.dumps(body(**changes)).encode()) in {200, 400, 422}


def _status(raw: bytes) -> int:
    try:
        read_call(raw)
    except RequestRefused as refused:
        return refused.status
    return 200


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_name(raw: bytes) -> None:
    with pytest.raises(RequestRefused):
        read_call(raw)
