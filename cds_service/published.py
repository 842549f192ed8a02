"""What we publish about the wire, from one source: JSON Schemas (2020-12) and OpenAPI 3.1, both out of `protocol`.

`python -m cds_service.published` writes `schemas/` anew; a test fails when a file there is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from . import protocol
from .outcome import OperationOutcome

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
BODIES: dict[str, type] = {
    "discovery": protocol.Discovery,
    "request": protocol.RequestBody,
    "response": protocol.Response,
    "feedback": protocol.FeedbackBody,
}
# What the types check in `__post_init__`, said in the schema's own words.
_RULES: dict[str, dict[str, Any]] = {
    "RequestBody": {"dependentRequired": {"fhirAuthorization": ["fhirServer"]}},
    "Card": {"dependentRequired": {"suggestions": ["selectionBehavior"], "selectionBehavior": ["suggestions"]}},
    "Link": {
        "if": {"required": ["appContext"]},
        "then": {"properties": {"type": {"const": "smart"}}},
    },
    "Feedback": {
        "if": {"properties": {"outcome": {"const": "accepted"}}, "required": ["outcome"]},
        "then": {"required": ["acceptedSuggestions"], "properties": {"acceptedSuggestions": {"minItems": 1}}},
    },
    "FeedbackOverride": {"anyOf": [{"required": ["reason"]}, {"required": ["userComment"]}]},
}


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one body."""
    (root,), parts = _components([BODIES[name]], "#/$defs/{name}")
    return {
        "$schema": DIALECT,
        "title": f"CDS Hooks {name}",
        **root,
        "$defs": dict(sorted(parts.items())),
    }


def schema_text(name: str) -> str:
    """Return the JSON Schema of one body as the text of its file."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def openapi(service_ids: Sequence[str]) -> dict[str, Any]:
    """Return the OpenAPI document of the endpoints that clients call."""
    roots, parts = _components([*BODIES.values(), OperationOutcome], "#/components/schemas/{name}")
    bodies = dict(zip(BODIES, roots, strict=False))
    refused = roots[-1]
    service = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "enum": list(service_ids)}}
    call = {
        "operationId": "call",
        "summary": "Ask the service about a patient",
        "parameters": [service],
        "requestBody": _json(bodies["request"], required=True),
        "responses": _responses(bodies["response"], refused, [400, 401, 404, 412, 413, 415, 422, 429, 500, 503]),
    }
    feedback = {
        "operationId": "feedback",
        "summary": "Say what the user did with cards",
        "parameters": [service],
        "requestBody": _json(bodies["feedback"], required=True),
        "responses": _responses({"type": "object"}, refused, [400, 401, 404, 413, 415, 422, 429, 500, 503]),
    }
    discovery = {
        "operationId": "discovery",
        "summary": "List the services",
        "responses": _responses(bodies["discovery"], refused, [401, 429, 500, 503]),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "CDS Hooks service", "version": "3.0.0"},
        "jsonSchemaDialect": DIALECT,
        "paths": {
            "/cds-services": {"get": discovery},
            "/cds-services/{id}": {"post": call},
            "/cds-services/{id}/feedback": {"post": feedback},
        },
        "components": {
            "schemas": dict(sorted(parts.items())),
            "securitySchemes": {"client": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{}, {"client": []}],
    }


def write_schemas() -> None:
    """Write each schema to its file."""
    FOLDER.mkdir(exist_ok=True)
    for name in BODIES:
        (FOLDER / f"{name}.json").write_text(schema_text(name), encoding="utf-8")


def _components(types: Iterable[type], template: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    kinds = list(types)
    roots, parts = msgspec.json.schema_components(kinds, ref_template=template)
    omitting = {kind.__name__ for kind in _subclasses(protocol.Sent)}
    for name, part in parts.items():
        if name in omitting:
            part["properties"] = {key: _never_empty(value) for key, value in part["properties"].items()}
        part.update(_RULES.get(name, {}))
    return list(roots), parts


def _never_empty(value: dict[str, Any]) -> dict[str, Any]:
    """Turn "may be null or empty" into "left out without a value", which is what `Sent` types do."""
    if "default" not in value:
        return value
    plain = {key: part for key, part in value.items() if key != "default"}
    if "anyOf" in plain:
        kept = [option for option in plain.pop("anyOf") if option != {"type": "null"}]
        plain.update(kept[0] if len(kept) == 1 else {"anyOf": kept})
    if isinstance(plain.get("type"), list):
        plain["type"] = next(kind for kind in plain["type"] if kind != "null")
    if plain.get("type") == "array":
        plain["minItems"] = 1
    if plain.get("type") == "object":
        plain["minProperties"] = 1
    if "enum" in plain:
        plain["enum"] = [option for option in plain["enum"] if option is not None]
    return plain


def _subclasses(kind: type) -> Iterable[type]:
    children: list[type] = kind.__subclasses__()
    for child in children:
        yield child
        yield from _subclasses(child)


def _json(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": part}}, **more}


def _responses(good: dict[str, Any], refused: dict[str, Any], statuses: Iterable[int]) -> dict[str, Any]:
    problem = {str(status): {"description": "OperationOutcome", **_json(refused)} for status in statuses}
    return {"200": {"description": "the answer", **_json(good)}, **problem}


if __name__ == "__main__":
    write_schemas()
