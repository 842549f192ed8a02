"""Charts, tokens and comments in which every word that could name somebody is marked."""

from __future__ import annotations

import json
from typing import Any

from tests.fuzz.mutations import requests

# Long enough that no key, hash or token holds it by chance, whatever its case.
MARK = "cnrymark"
LARGEST = 1_000_000
PATIENT, USER, ENCOUNTER = "cnrymark-patient", "cnrymark-user", "cnrymark-encounter"
ACCESS_TOKEN, COMMENT, DATABASE_PASSWORD = "cnrymark-access-token", "cnrymark-comment", "cnrymark-password"
TYPED = {"display", "text", "family", "given", "title", "description", "line", "city", "uid"}
NAMED = {"id", "reference", "fullUrl"}


def charts(templates: dict[str, str], *, fhir_server: str, count: int) -> list[Any]:
    """Return marked requests, each with a token for the EHR's server."""
    return [marked_request(request, fhir_server) for request in requests(tuple(templates.items()))[:count]]


def marked_request(request: Any, fhir_server: str) -> Any:
    """Mark a request: its chart, its context and its token."""
    patient = request["context"]["patientId"]
    return {
        **request,
        "context": {"userId": f"Practitioner/{USER}", "patientId": PATIENT, "encounterId": ENCOUNTER},
        "prefetch": marked(request["prefetch"], patient),
        "fhirServer": fhir_server,
        "fhirAuthorization": {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read cnrymark-scope",
            "subject": "cnrymark-subject",
        },
    }


def marked(value: Any, patient: str, name: str = "") -> Any:
    """Mark words and ids; the patient's id becomes the marked patient's."""
    if isinstance(value, dict):
        return {key: marked(inner, patient, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner, patient, name) for inner in value]
    if not isinstance(value, str):
        return value
    if name in NAMED and value.rpartition("/")[2] == patient:
        return value.removesuffix(patient) + PATIENT
    if name in NAMED | TYPED:
        return f"{value}-{MARK}"
    return value


def broken(good: Any) -> dict[str, bytes]:
    """Return the marked request broken in each way that is refused, or that costs a part of it."""
    prefetch = good["prefetch"]
    first = next(key for key, value in prefetch.items() if isinstance(value, dict) and value.get("entry"))
    unreadable = [{"resource": {"resourceType": "Observation", "id": [MARK], "note": MARK}}]
    other = {"resourceType": "Patient", "id": "cnrymark-somebody", "name": [{"family": MARK}]}
    changed: dict[str, Any] = {
        "a resource that cannot be read": {"prefetch": {**prefetch, first: {**prefetch[first], "entry": unreadable}}},
        "another patient": {"prefetch": {**prefetch, "patient": other}},
        "no prefetch": {"prefetch": {}},
        "another hook": {"hook": MARK},
        "a bad hookInstance": {"hookInstance": MARK},
        "a bad context": {"context": {"userId": MARK, "patientId": "cnrymark/cnrymark"}},
        "a bad token": {"fhirAuthorization": {**good["fhirAuthorization"], "access_token": "cnrymark\r\ncnrymark: 1"}},
        "a token of another patient": {"fhirAuthorization": {**good["fhirAuthorization"], "patient": "cnrymark-other"}},
        "a server that is not listed": {"fhirServer": "https://cnrymark.example.org/fhir", "prefetch": {}},
        "an extension": {"extension": {"com.example.cnrymark": {MARK: MARK}}},
    }
    whole = json.dumps(good).encode()
    return {
        **{name: json.dumps({**good, **change}).encode() for name, change in changed.items()},
        "half": whole[: len(whole) // 2],
        "a key twice": b'{"hook":"cnrymark",' + whole[1:],
        "too large": whole.ljust(LARGEST + 1),
    }
