"""CDS Hooks, line by line: what the specification asks of a service (2.0.1 and 3.0), one test a line.

The number in a test's name is the row of the checklist that the team keeps; `I…` are checks of the Inferno CRD kit that
go further than the text. Rows of tokens are in tests/security/test_conformance_of_tokens.py, rows of prefetch in
test_conformance_of_prefetch.py and tests/fhir/test_conformance_of_reading.py; test_every_row.py counts them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from cds_service.published import schema
from tests.serving import ORIGIN, Server, serving

from .bodies import CALL, EXPLAIN, FEEDBACK, PROCEDURE, REASONING, call, overridden, searchset, sent

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@pytest.fixture(scope="module")
def discovered(server: Server) -> dict[str, Any]:
    """Return the discovery answer."""
    found: Any = server.ask("GET", "/cds-services", headers={"Accept": "application/json"}).json()
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def answered(server: Server) -> dict[str, Any]:
    """Return the answer to a call that yields a card with everything in it."""
    answer = server.post(CALL, sent())
    assert answer.status == 200
    found: Any = answer.json()
    assert isinstance(found, dict)
    return found


def card(answered: dict[str, Any]) -> dict[str, Any]:
    """Return the one card."""
    (one,) = answered["cards"]
    found: dict[str, Any] = one
    return found


def values(body: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return every value of a JSON body with its path."""
    found = [(path, body)]
    if isinstance(body, dict):
        for name, inner in body.items():
            found += values(inner, f"{path}.{name}")
    if isinstance(body, list):
        for place, inner in enumerate(body):
            found += values(inner, f"{path}[{place}]")
    return found


def test_1_and_9_every_answer_is_json_and_says_so(server: Server) -> None:
    for answer in (
        server.ask("GET", "/cds-services"),
        server.post(CALL, sent()),
        server.post(FEEDBACK, b'{"feedback":[]}'),
    ):
        assert answer.headers["content-type"] == "application/json"
        assert isinstance(answer.json(), dict)


def test_4_no_comment_no_trailing_comma_no_nan_is_sent(server: Server) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for answer in (server.ask("GET", "/cds-services"), server.post(CALL, sent(extension=EXPLAIN))):
        json.loads(answer.body, parse_constant=refuse)


def test_5_to_8_nothing_is_null_or_empty_save_what_may_be(discovered: dict[str, Any], answered: dict[str, Any]) -> None:
    for body in (discovered, answered):
        empty = [path for path, value in values(body) if value is None or value in ("", [], {})]
        assert not empty
        assert not [path for path, value in values(body) if isinstance(value, str) and not value.strip()]


def test_13_and_26_discovery_lives_at_its_address_with_and_without_headers(server: Server) -> None:
    for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}, {"Accept": "text/html"}):
        assert server.ask("GET", "/cds-services", headers=headers).status == 200


def test_15_without_services_discovery_is_an_empty_list(tmp_path: Path) -> None:
    with serving(tmp_path, CDS_SERVICES="tests.toy:NONE") as alone:
        answer = alone.ask("GET", "/cds-services")
    assert (answer.status, answer.json()) == (200, {"services": []})


def test_14_discovery_is_an_object_with_a_list_of_services(discovered: dict[str, Any]) -> None:
    assert list(discovered) == ["services"]
    assert isinstance(discovered["services"], list)


REQUIRED_OF_A_SERVICE = {
    "16": "hook", "17": "title", "18": "description", "19": "id", "21": "usageRequirements", "22": "version",
}  # fmt: skip


@pytest.mark.parametrize(("row", "name"), REQUIRED_OF_A_SERVICE.items())
def test_16_to_22_a_service_says(discovered: dict[str, Any], row: str, name: str) -> None:
    for service in discovered["services"]:
        assert isinstance(service[name], str), row
        assert service[name].strip(), row


def test_19_an_id_is_safe_in_a_path(discovered: dict[str, Any]) -> None:
    for service in discovered["services"]:
        assert re.fullmatch(r"[A-Za-z0-9\-._~]+", service["id"])


def test_20_and_27_prefetch_is_an_object_of_queries_in_the_order_declared(discovered: dict[str, Any]) -> None:
    prefetch = discovered["services"][0]["prefetch"]
    assert list(prefetch) == ["patient", "procedures", "allergies"]
    assert all(isinstance(query, str) for query in prefetch.values())


def test_22_version_is_that_of_the_specification(discovered: dict[str, Any]) -> None:
    assert {service["version"] for service in discovered["services"]} == {"3.0.0"}


def test_23_hook_version_is_that_of_the_hook(discovered: dict[str, Any]) -> None:
    assert {s["hook"]: s["hookVersion"] for s in discovered["services"]} == {
        "patient-view": "1.0",
        "encounter-start": "1.0",
    }


def test_25_two_services_may_share_an_id_when_their_hooks_differ(server: Server, discovered: dict[str, Any]) -> None:
    assert [(s["id"], s["hook"]) for s in discovered["services"]] == [
        ("toy", "patient-view"),
        ("toy", "encounter-start"),
    ]
    for hook in ("patient-view", "encounter-start"):
        assert server.post(CALL, sent(hook=hook)).status == 200


def test_55_a_prefetch_key_that_is_not_ours_is_passed_over(server: Server) -> None:
    prefetch = {**call()["prefetch"], "another": {"resourceType": "Patient", "id": "someone-else"}}
    assert server.post(CALL, sent(prefetch=prefetch)).status == 200


def test_58_null_is_an_answer_and_no_missing_data(server: Server) -> None:
    answer: Any = server.post(CALL, sent(prefetch={"patient": None, "procedures": None})).json()
    assert answer == {"cards": []}


def test_59_so_is_a_bundle_without_entries(server: Server) -> None:
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    answer: Any = server.post(CALL, sent(prefetch={"patient": None, "procedures": empty})).json()
    assert answer == {"cards": []}


def test_63_a_bundle_need_not_be_a_searchset(server: Server) -> None:
    collection = {**searchset(PROCEDURE), "type": "collection"}
    answer: Any = server.post(CALL, sent(prefetch={"procedures": collection})).json()
    assert len(answer["cards"]) == 1


def test_65_and_91_needed_data_that_cannot_be_had_is_412(server: Server) -> None:
    assert server.post(CALL, sent(prefetch={})).status == 412
    assert server.post(CALL, sent(prefetch=...)).status == 412


def test_67_a_call_is_a_post_of_an_object(server: Server) -> None:
    assert server.post(CALL, sent()).status == 200
    assert server.post(CALL, b"[]").status == 400


def test_68_and_25_the_hook_must_be_one_of_this_address(server: Server) -> None:
    assert server.post(CALL, sent(hook="order-sign")).status == 422


def test_69_hook_instance_is_a_uuid(server: Server) -> None:
    assert server.post(CALL, sent(hookInstance="1")).status == 422


def test_70_the_same_hook_instance_twice_is_a_retry(server: Server) -> None:
    assert [server.post(CALL, sent()).status for _ in range(2)] == [200, 200]


def test_71_a_token_without_a_server_is_not_conformant(server: Server) -> None:
    token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3, "scope": "user/*.rs", "subject": "s"}
    assert server.post(CALL, sent(fhirAuthorization=token)).status == 422


def test_76_an_extension_anywhere_is_tolerated(server: Server) -> None:
    more = {"extension": {"com.example": {"a": 1}}}
    context = {**call()["context"], **more}
    assert server.post(CALL, sent(context=context, **more)).status == 200


def test_82_a_patient_scope_without_a_patient_is_tolerated(server: Server) -> None:
    token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3, "scope": "patient/*.rs", "subject": "s"}
    body = sent(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=token)
    assert server.post(CALL, body).status == 200


def test_87_an_unknown_context_field_is_passed_over(server: Server) -> None:
    assert server.post(CALL, sent(context={**call()["context"], "somethingNew": [None]})).status == 200


def test_89_and_97_an_answer_is_200_with_cards(server: Server, answered: dict[str, Any]) -> None:
    assert server.post(CALL, sent()).status == 200
    assert isinstance(answered["cards"], list)


def test_90_nothing_to_say_is_200_with_an_empty_list(server: Server) -> None:
    answer = server.post(CALL, sent(prefetch={"procedures": searchset()}))
    assert (answer.status, answer.json()) == (200, {"cards": []})


def test_93_every_refusal_carries_an_operation_outcome(server: Server) -> None:
    for answer in (server.post(CALL, b"{"), server.post(CALL, b"{}"), server.ask("GET", "/x"), server.ask("PUT", CALL)):
        found: Any = answer.json()
        assert found["resourceType"] == "OperationOutcome"


def test_95_not_json_is_400_and_not_conformant_is_422(server: Server) -> None:
    assert server.post(CALL, b"{").status == 400
    assert server.post(CALL, b"{}").status == 422


def test_96_only_an_unknown_id_is_404(server: Server) -> None:
    assert server.post("/cds-services/unknown", sent()).status == 404
    assert server.post(CALL, sent(context=...)).status == 422


def test_98_and_130_system_actions_are_left_out(answered: dict[str, Any]) -> None:
    assert "systemActions" not in answered


def test_99_and_114_uuids_are_bare_and_fresh_in_every_answer(server: Server) -> None:
    seen: set[str] = set()
    for _ in range(3):
        body: Any = server.post(CALL, sent()).json()
        ids = [card(body)["uuid"], *(s["uuid"] for s in card(body)["suggestions"])]
        assert all(UUID.fullmatch(one) for one in ids)
        assert not seen & set(ids)
        seen |= set(ids)


Holds = Callable[[dict[str, Any]], bool]
OF_A_CARD: dict[str, Holds] = {
    "100 the summary is one line of fewer than 140 characters": lambda c: 0 < len(c["summary"].strip()) < 140,
    "101 the detail is text": lambda c: isinstance(c["detail"], str),
    "102 the indicator is one of three": lambda c: c["indicator"] in {"info", "warning", "critical"},
    "103 and 109 the source has a label": lambda c: bool(c["source"]["label"].strip()),
    "104, 107 and 113 every suggestion has a label": lambda c: all(s["label"].strip() for s in c["suggestions"]),
    "105 suggestions come with their selection behaviour": lambda c: c["selectionBehavior"] in {"any", "at-most-one"},
    "106, 131 and 133 override reasons are complete codings": lambda c: all(
        r["code"] and r["system"] and r["display"] for r in c["overrideReasons"]
    ),
    "110 the source's URL is absolute": lambda c: bool(urlsplit(c["source"]["url"]).netloc),
    "111 an icon that is not a small picture of ours is not sent": lambda c: "icon" not in c["source"],
    "112 and I19 the topic is one coding": lambda c: all(
        c["source"]["topic"][part] for part in ("system", "code")
    ),
    "115 isRecommended is a boolean": lambda c: all(
        isinstance(s.get("isRecommended", True), bool) for s in c["suggestions"]
    ),
    "28 and 117 actionSelectionBehavior is not used": lambda c: all(
        "actionSelectionBehavior" not in s for s in c["suggestions"]
    ),
    "116 actions are a list with something in it": lambda c: all(
        isinstance(s["actions"], list) and s["actions"] for s in c["suggestions"]
    ),
    "121 and 122 nothing is deleted": lambda c: all(
        a["type"] != "delete" and "resourceId" not in a for s in c["suggestions"] for a in s["actions"]
    ),
    "118 and I31 every action has a known type": lambda c: {a["type"] for s in c["suggestions"] for a in s["actions"]}
    <= {"create", "update", "delete"},
    "119 and I30 every action has a description": lambda c: all(
        a["description"].strip() for s in c["suggestions"] for a in s["actions"]
    ),
    "120 a resource is an object that names its type": lambda c: all(
        a["resource"]["resourceType"] for s in c["suggestions"] for a in s["actions"]
    ),
    "123 to 125 every link has label, URL and type": lambda c: all(
        link["label"] and urlsplit(link["url"]).netloc and link["type"] in {"absolute", "smart"} for link in c["links"]
    ),
    "126 only a smart link has an appContext": lambda c: all(
        link["type"] == "smart" or "appContext" not in link for link in c["links"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("holds", OF_A_CARD.values(), ids=OF_A_CARD)
def test_a_card(answered: dict[str, Any], holds: Holds) -> None:
    assert holds(card(answered))


@pytest.mark.parametrize("name", ["discovery", "response"])
def test_what_is_sent_fits_the_published_schema(
    name: str, discovered: dict[str, Any], answered: dict[str, Any]
) -> None:
    body = discovered if name == "discovery" else answered
    Draft202012Validator(schema(name)).validate(body)


def test_135_and_148_feedback_is_of_whole_cards_or_of_single_suggestions(server: Server) -> None:
    items = [overridden("c1"), {**overridden("c2"), **ACCEPTED}]
    assert server.post(FEEDBACK, json.dumps({"feedback": items}).encode()).status == 200


def test_136_and_137_feedback_has_its_address_and_takes_a_list(server: Server) -> None:
    assert server.post(FEEDBACK, json.dumps({"feedback": [overridden("c1")]}).encode()).status == 200
    assert server.post(FEEDBACK, json.dumps([overridden("c1")]).encode()).status == 400


ACCEPTED = {"outcome": "accepted", "acceptedSuggestions": [{"id": "s1"}]}
TAKEN_FEEDBACK: dict[str, list[dict[str, Any]]] = {
    "140 and 141 accepted with its suggestions": [{**overridden("c1"), **ACCEPTED}],
    "142 overridden without a reason": [overridden("c1")],
    "143 a reason of the client's own": [overridden("c1", overrideReason={"reason": {"code": "x", "system": "urn:x"}})],
    "132 a reason without a system": [overridden("c1", overrideReason={"reason": {"code": "x"}})],
    "144 a comment": [overridden("c1", overrideReason={"userComment": "no"})],
    "145 fractions of a second": [overridden("c1", outcomeTimestamp="2026-03-02T10:00:00.123456789Z")],
    "145 an offset": [overridden("c1", outcomeTimestamp="2026-03-02T10:00:00-08:00")],
    "146 the same card twice": [overridden("c1"), overridden("c1")],
    "150 a card that nobody knows": [overridden("00000000-0000-4000-8000-000000000000")],
    "150 no items": [],
}


@pytest.mark.parametrize("items", TAKEN_FEEDBACK.values(), ids=TAKEN_FEEDBACK)
def test_feedback_is_taken(server: Server, items: list[dict[str, Any]]) -> None:
    answer = server.post(FEEDBACK, json.dumps({"feedback": items}).encode())
    assert answer.status == 200
    assert isinstance(answer.json(), dict)


REFUSED_FEEDBACK: dict[str, list[dict[str, Any]]] = {
    "138 no card": [{k: v for k, v in overridden("c1").items() if k != "card"}],
    "139 an outcome of its own": [overridden("c1", outcome="ignored")],
    "140 accepted without suggestions": [overridden("c1", outcome="accepted")],
    "142 an override reason that says nothing": [overridden("c1", overrideReason={})],
    "145 a time without its offset": [overridden("c1", outcomeTimestamp="2026-03-02T10:00:00")],
    "145 a day that does not exist": [overridden("c1", outcomeTimestamp="2026-02-30T10:00:00Z")],
    "one good and one bad": [overridden("c1"), overridden("")],
}


@pytest.mark.parametrize("items", REFUSED_FEEDBACK.values(), ids=REFUSED_FEEDBACK)
def test_feedback_is_refused_as_not_conformant(server: Server, items: list[dict[str, Any]]) -> None:
    assert server.post(FEEDBACK, json.dumps({"feedback": items}).encode()).status == 422


@pytest.mark.parametrize("path", ["/cds-services", CALL, FEEDBACK])
def test_173_a_browser_may_ask_first_without_a_token(server: Server, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = server.ask("OPTIONS", path, headers=asked)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    refused = server.ask("DELETE", path, headers={"Origin": ORIGIN})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (405, ORIGIN)


def test_176_and_177_our_extension_is_an_object_under_a_name_of_its_own(server: Server) -> None:
    answer: Any = server.post(CALL, sent(extension=EXPLAIN)).json()
    assert list(answer["extension"]) == [REASONING]
    assert isinstance(answer["extension"][REASONING], dict)


@pytest.mark.parametrize("asked", [{}, {"org.steroid-injection-followup.explain": False}, {"com.example": True}])
def test_the_reasoning_is_sent_only_when_asked_for(server: Server, asked: dict[str, Any]) -> None:
    answer: Any = server.post(CALL, sent(extension=asked)).json()
    assert list(answer) == ["cards"]
