"""Requests of three sizes for measuring: one shipped chart with an episode, filled up with what charts are full of."""

from __future__ import annotations

import json
from typing import Any

from tests.cases.prefetch import prefetched
from tests.serving import ROOT

FIXTURE = ROOT / "fhir_fixtures" / "hip-unguided-obese" / "chart.json"
SIZES = {"small": 15, "medium": 200, "large": 2_500}
_NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml">' + "<p>Result within the usual range.</p>" * 20 + "</div>"


def request_of(size: str, templates: dict[str, str]) -> bytes:
    """Return a call whose prefetch holds so many resources."""
    bundle = json.loads(FIXTURE.read_text(encoding="utf-8"))
    patient = next(e["resource"]["id"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    missing = SIZES[size] - len(bundle["entry"])
    bundle["entry"] += [{"resource": _filler(number, patient)} for number in range(max(0, missing))]
    return json.dumps(
        {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/u1", "patientId": patient},
            "prefetch": prefetched(bundle, templates),
        }
    ).encode()


def _filler(number: int, patient: str) -> dict[str, Any]:
    kind = ("Observation", "Condition", "MedicationRequest", "Procedure")[number % 4]
    concept = {"coding": [{"system": "http://snomed.info/sct", "code": f"9{number:06d}", "display": "Something else"}]}
    resource: dict[str, Any] = {
        "resourceType": kind,
        "id": f"filler-{number}",
        "text": {"status": "generated", "div": _NARRATIVE},
        "subject": {"reference": f"Patient/{patient}"},
    }
    day = f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    match kind:
        case "Observation":
            return resource | {
                "status": "final", "code": concept, "effectiveDateTime": day,
                "category": [{"coding": [{"code": "laboratory"}]}],
                "valueQuantity": {"value": number, "unit": "mg/dL", "code": "mg/dL"},
            }  # fmt: skip
        case "Condition":
            return resource | {
                "clinicalStatus": {"coding": [{"code": "active"}]}, "code": concept, "recordedDate": day,
            }  # fmt: skip
        case "MedicationRequest":
            return resource | {
                "status": "active", "intent": "order", "medicationCodeableConcept": concept, "authoredOn": day,
            }  # fmt: skip
    return resource | {"status": "completed", "code": concept, "performedDateTime": day}
