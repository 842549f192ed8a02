"""Good requests with some places replaced: no 5xx, no hang, and an answer that is still a conformant one.

A bounded share of what `make fuzz` runs for long.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .mutations import ODD, Json, places, replaced, requests, without
from .target import Target

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
ASIDE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
slowly = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=ASIDE)

VALUES = st.one_of(
    st.sampled_from(ODD),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=6,
    ),
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with closing(Target(tmp_path_factory.mktemp("fuzz"))) as found:
        yield found


def changed(data: st.DataObject, document: Json, times: int) -> Json:
    """Return a document with some places replaced or taken out."""
    for _ in range(times):
        at = data.draw(st.sampled_from(list(places(document)) or [()]))
        if at and data.draw(st.integers(0, 4)) == 0:
            document = without(document, at)
        else:
            document = replaced(document, at, data.draw(VALUES))
    return document


@slowly
@given(st.data())
def test_a_chart_with_anything_anywhere_is_answered_or_refused(target: Target, data: st.DataObject) -> None:
    request = data.draw(st.sampled_from(requests(target.templates)))
    prefetch = changed(data, request["prefetch"], data.draw(st.integers(1, 5)))
    target.call(json.dumps({**request, "prefetch": prefetch}).encode())


@slowly
@given(st.data())
def test_an_envelope_with_anything_anywhere_is_answered_or_refused(target: Target, data: st.DataObject) -> None:
    request = {**data.draw(st.sampled_from(requests(target.templates)[:3])), "prefetch": {}}
    target.call(json.dumps(changed(data, request, data.draw(st.integers(1, 3)))).encode())


FEEDBACK = {
    "feedback": [
        {
            "card": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "outcome": "accepted",
            "outcomeTimestamp": "2026-03-02T10:00:00Z",
            "acceptedSuggestions": [{"id": "s1"}],
        },
        {
            "card": "d1577c69-dfbe-44ad-ba6d-3e05e953b2eb",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-03-02T10:00:00.5+01:00",
            "overrideReason": {"reason": {"code": "no", "system": "urn:x", "display": "No"}, "userComment": "why"},
        },
    ]
}


@slowly
@given(st.data())
def test_feedback_with_anything_anywhere_is_kept_or_refused(target: Target, data: st.DataObject) -> None:
    target.feedback(json.dumps(changed(data, FEEDBACK, data.draw(st.integers(1, 4)))).encode())


@slowly
@given(VALUES)
def test_any_json_to_any_address_is_answered_or_refused(target: Target, value: Json) -> None:
    body = json.dumps(value).encode()
    target.call(body)
    target.feedback(body)
    target.evaluate(body)


@slowly
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(target: Target, body: bytes) -> None:
    assert target.call(body) in {400, 422}
    assert target.feedback(body) in {400, 422}
