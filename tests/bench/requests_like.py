"""Requests of any size for measuring: one shipped chart with an episode, filled up with what charts are full of."""

from __future__ import annotations

import json
from typing import Any

from tests.cases.prefetch import prefetched
from tests.serving import ROOT

FIXTURE = ROOT / "fhir_fixtures" / "hip-unguided-obese" / "chart.json"
SIZES = (40, 400, 1_200, 4_000)  # resources in the prefetch
_NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>Generated narrative</b></p><p>Usual range.</p></div>'


def request_of(resources: int, templates: dict[str, str]) -> bytes:
    """Return a call whose prefetch holds so many resources."""
    bundle = json.loads(FIXTURE.read_text(encoding="utf-8"))
    patient = next(e["resource"]["id"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    missing = resources - len(bundle["entry"])
    bundle["entry"] += [{"resource": filler(number, patient)} for number in range(max(0, missing))]
    return json.dumps(
        {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/u1", "patientId": patient},
            "prefetch": prefetched(bundle, templates),
        }
    ).encode()


def filler(number: int, patient: str) -> dict[str, Any]:
    """Return one of the resources that charts are full of."""
    kind = ("Observation", "Condition", "MedicationRequest", "Procedure")[number % 4]
    concept = {"coding": [{"system": "http://snomed.info/sct", "code": f"9{number:06d}", "display": "Something else"}]}
    resource: dict[str, Any] = {
        "resourceType": kind,
        "id": f"filler-{number}",
        "meta": {
            "versionId": "1",
            "lastUpdated": "2026-01-12T08:15:30.000+00:00",
            "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{kind.lower()}"],
            "tag": [{"system": "http://example.org/source", "code": "imported", "display": "Imported"}],
        },
        "text": {"status": "generated", "div": _NARRATIVE},
        "identifier": [
            {
                "use": "official",
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "RI"}]},
                "system": "http://ehr.example.org/ids",
                "value": f"{number:012d}",
                "assigner": {"reference": "Organization/o1", "display": "Example Hospital"},
            }
        ],
        "subject": {"reference": f"Patient/{patient}", "display": "A Patient"},
        "encounter": {"reference": f"Encounter/e{number // 5}", "display": "Office visit"},
        "note": [{"time": "2026-01-12T08:15:30+00:00", "text": "Entered by the clinic."}],
        "extension": [{"url": "http://ehr.example.org/fhir/StructureDefinition/unit", "valueString": "3 West"}],
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
