"""Bodies that tests of the wire send."""

from __future__ import annotations

import json
from typing import Any

PATIENT = {"resourceType": "Patient", "id": "p1"}
PROCEDURE = {
    "resourceType": "Procedure",
    "id": "a",
    "status": "completed",
    "subject": {"reference": "Patient/p1"},
}
CALL = "/cds-services/toy"
FEEDBACK = "/cds-services/toy/feedback"
EXPLAIN = {"org.steroid-injection-followup.explain": True}
REASONING = "org.steroid-injection-followup.assessment"


def call(**changes: Any) -> dict[str, Any]:
    """Return the body of a call that is answered with one card; a change to `...` takes the field out."""
    body: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "prefetch": {"patient": PATIENT, "procedures": searchset(PROCEDURE), "allergies": searchset()},
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def sent(**changes: Any) -> bytes:
    """Return such a body as it is sent."""
    return json.dumps(call(**changes)).encode()


def searchset(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a Bundle as a search answers."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources], **more}


def overridden(card: str, **more: Any) -> dict[str, Any]:
    """Return one item of feedback."""
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-03-02T10:00:00Z", **more}
