"""The developers' endpoint: Bundles of four types and bare lists, the same answer as a call, with the reasoning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Server, serving

from .bodies import CALL, PATIENT, PROCEDURE, REASONING, searchset, sent

EVALUATE = "/playground/evaluate"


def bundle(kind: str, *resources: dict[str, Any]) -> bytes:
    """Return a Bundle of a type."""
    return json.dumps({**searchset(*resources), "type": kind}).encode()


def answer(server: Server, body: bytes, query: str = "") -> dict[str, Any]:
    """Return the answer to a Bundle that is taken."""
    got = server.post(EVALUATE + query, body)
    assert got.status == 200, got.body
    found: Any = got.json()
    assert isinstance(found, dict)
    return found


def without_uuids(cards: Any) -> str:
    """Return cards as text without what is fresh in each answer."""
    return json.dumps([{**c, "uuid": "", "suggestions": [{**s, "uuid": ""} for s in c["suggestions"]]} for c in cards])


TAKEN = {
    **{kind: bundle(kind, PATIENT, PROCEDURE) for kind in ("collection", "searchset", "transaction", "batch")},
    "a bare list": json.dumps([PATIENT, PROCEDURE]).encode(),
    "a bare list with blanks before it": b" \n" + json.dumps([PATIENT, PROCEDURE]).encode(),
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
def test_is_answered_as_the_service_answers(server: Server, body: bytes) -> None:
    called: Any = server.post(CALL, sent()).json()
    assert without_uuids(answer(server, body)["cards"]) == without_uuids(called["cards"])


def test_the_reasoning_comes_unasked(server: Server) -> None:
    assert "asOf" in answer(server, bundle("collection", PATIENT))["extension"][REASONING]


def test_as_of_is_the_day_on_which_the_chart_is_judged(server: Server) -> None:
    found = answer(server, bundle("collection", PATIENT), "?asOf=2026-03-02")
    assert found["extension"][REASONING]["asOf"] == "2026-03-02"


def test_patient_says_whose_chart_it_is(server: Server) -> None:
    body = bundle("collection", PATIENT, {"resourceType": "Patient", "id": "p2"}, PROCEDURE)
    assert len(answer(server, body, "?patient=p1")["cards"]) == 1
    found = answer(server, body, "?patient=p2")
    assert found["cards"] == []
    assert {aside["reference"] for aside in found["extension"][REASONING]["ignored"]} == {"Patient/p1", "Procedure/a"}


def test_one_unreadable_resource_costs_itself_only(server: Server) -> None:
    found = answer(
        server, bundle("collection", PATIENT, PROCEDURE, {"resourceType": "Procedure", "id": "b", "status": 7})
    )
    assert len(found["cards"]) == 1
    assert [aside["reference"] for aside in found["extension"][REASONING]["unreadable"]] == ["Procedure/b"]


REFUSED = {
    "not JSON": (b"{", "", 400),
    "not UTF-8": (b'["\xff"]', "", 400),
    "too deep": (b"[" * 100_000, "", 400),
    "deep, and closed": (b'[{"resourceType":"Patient","x":' + b"[" * 5000 + b"]" * 5000 + b"}]", "", 400),
    "a lone surrogate": (rb'[{"resourceType":"Patient","id":"\ud800"}]', "", 400),
    "a word": (b'"Bundle"', "", 422),
    "null": (b"null", "", 422),
    "one resource": (json.dumps(PATIENT).encode(), "", 422),
    "a document": (bundle("document", PATIENT), "", 422),
    "a Bundle without a type": (b'{"resourceType":"Bundle"}', "", 422),
    "no patient": (bundle("collection", PROCEDURE), "", 422),
    "two patients": (bundle("collection", PATIENT, {"resourceType": "Patient", "id": "p2"}), "", 422),
    "a day that is none": (bundle("collection", PATIENT), "?asOf=2026-02-30", 422),
    "a day in another form": (bundle("collection", PATIENT), "?asOf=20260302", 422),
    "a day before all charts": (bundle("collection", PATIENT), "?asOf=0001-01-01", 422),
    "a week": (bundle("collection", PATIENT), "?asOf=2026-W01-1", 422),
    "an unknown service": (bundle("collection", PATIENT), "?service=nothing", 404),
    "too large": (b" " * 1_000_001, "", 413),
}


@pytest.mark.parametrize(("body", "query", "status"), REFUSED.values(), ids=REFUSED)
def test_is_refused(server: Server, body: bytes, query: str, status: int) -> None:
    got = server.post(EVALUATE + query, body)
    found: Any = got.json()
    assert (got.status, found["resourceType"]) == (status, "OperationOutcome")


def test_the_playground_can_be_switched_off(tmp_path: Path) -> None:
    with serving(tmp_path, CDS_SERVICES="tests.toy:SERVICES", CDS_PLAYGROUND="false") as running:
        assert running.post(EVALUATE, bundle("collection", PATIENT)).status == 404
        assert running.ask("GET", "/").status == 404
