"""What we publish about the wire is made of the types, and the files say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cds_service.published import BODIES, FOLDER, openapi, schema, schema_text
from tests.serving import Server

from .bodies import call


@pytest.mark.parametrize("name", BODIES)
def test_schema_file_is_fresh(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == schema_text(name), "run: make schemas"


@pytest.mark.parametrize("name", BODIES)
def test_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", BODIES)
def test_schema_is_published(server: Server, name: str) -> None:
    assert server.ask("GET", f"/schemas/{name}.json").json() == schema(name)


def test_openapi_is_published_and_every_reference_in_it_leads_somewhere(server: Server) -> None:
    document: Any = server.ask("GET", "/openapi.json").json()
    assert document == json.loads(json.dumps(openapi(("toy",))))
    for part in json.dumps(document).split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]


def response(**changes: Any) -> dict[str, Any]:
    """Return an answer with one card, changed; a change to `...` takes the field out."""
    card = {"summary": "One", "indicator": "info", "source": {"label": "L"}, **changes}
    return {"cards": [{name: value for name, value in card.items() if value is not ...}]}


BAD_ANSWERS: dict[str, dict[str, Any]] = {
    "no cards": {},
    "null cards": {"cards": None},
    "empty system actions": {"cards": [], "systemActions": None},
    "no summary": response(summary=...),
    "a blank summary": response(summary=" "),
    "a summary of 140 characters": response(summary="a" * 140),
    "an indicator of its own": response(indicator="hard-stop"),
    "no source": response(source=...),
    "a source without a label": response(source={}),
    "a relative source URL": response(source={"label": "L", "url": "/x"}),
    "a topic that is a list": response(source={"label": "L", "topic": []}),
    "a null detail": response(detail=None),
    "an empty detail": response(detail=""),
    "no suggestions in the list": response(suggestions=[], selectionBehavior="any"),
    "suggestions without selection behaviour": response(suggestions=[{"label": "S"}]),
    "selection behaviour without suggestions": response(selectionBehavior="any"),
    "a selection behaviour of its own": response(suggestions=[{"label": "S"}], selectionBehavior="all"),
    "a suggestion without a label": response(suggestions=[{}], selectionBehavior="any"),
    "a recommendation that is a word": response(
        suggestions=[{"label": "S", "isRecommended": "yes"}], selectionBehavior="any"
    ),
    "an action without a description": response(
        suggestions=[{"label": "S", "actions": [{"type": "create", "resource": {"resourceType": "Task"}}]}],
        selectionBehavior="any",
    ),
    "an action in capitals": response(
        suggestions=[{"label": "S", "actions": [{"type": "Create", "description": "D"}]}], selectionBehavior="any"
    ),
    "an override reason without its display": response(overrideReasons=[{"code": "a", "system": "urn:a"}]),
    "an absolute link with an appContext": response(
        links=[{"label": "L", "url": "https://a.example", "type": "absolute", "appContext": "x"}]
    ),
    "a link type of its own": response(links=[{"label": "L", "url": "https://a.example", "type": "launch"}]),
    "a uuid with urn:uuid:": response(uuid="urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"),
    "an unknown field": response(colour="red"),
}


@pytest.mark.parametrize("body", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_the_response_schema_refuses(body: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema("response")).is_valid(body)


def test_the_schemas_take_what_is_right() -> None:
    Draft202012Validator(schema("response")).validate(response())
    Draft202012Validator(schema("response")).validate({"cards": []})
    Draft202012Validator(schema("discovery")).validate({"services": []})
    Draft202012Validator(schema("request")).validate(call())
