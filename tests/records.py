"""The ground under `charts.Chart`: one patient's resources with readable ids, and the Bundle of them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from tests.codes import Json, status

AS_OF = "2026-03-02"
SERVER = "http://ehr.example.org/fhir"


def to(resource: Json | None) -> Json | None:
    """Return a relative reference to a resource."""
    return {"reference": f"{resource['resourceType']}/{resource['id']}"} if resource else None


def listed(*items: Json | None) -> list[Json] | None:
    """Return the items that are there as a list, or nothing at all: FHIR has no empty lists."""
    return [item for item in items if item] or None


class Records:
    """Resources of one patient; `patient` is sex and age at `as_of` ("F62")."""

    def __init__(self, patient: str = "F62", *, as_of: str = AS_OF, patient_id: str = "p1") -> None:
        self.as_of = as_of
        self.subject = {"reference": f"Patient/{patient_id}"}
        self.resources: list[Json] = []
        self.patient = self.record(
            "Patient", patient_id, active=True, name=[{"use": "official", "family": "Example", "given": ["Alex"]}],
            gender={"F": "female", "M": "male"}[patient[0]],
            birthDate=f"{date.fromisoformat(as_of).year - int(patient[1:]) - 1}-06-15",
        )  # fmt: skip

    def bundle(self, kind: str = "collection") -> Json:
        """Return the chart as a Bundle."""
        entries = [
            {"fullUrl": f"{SERVER}/{r['resourceType']}/{r['id']}", "resource": r} if r.get("id") else {"resource": r}
            for r in self.resources
        ]
        return {"resourceType": "Bundle", "type": kind, "entry": entries}

    def add(self, resource: Json) -> Json:
        """Add a resource as it is."""
        self.resources.append(resource)
        return resource

    def record(self, kind: str, hint: str, **fields: Any) -> Json:
        """Add a resource with an id made from the hint; fields without a value are left out."""
        taken = {r.get("id") for r in self.resources if r["resourceType"] == kind}
        stem = re.sub(r"[^A-Za-z0-9]+", "-", hint).strip("-").lower()[:56]
        chosen = next(i for n in range(1, 1000) if (i := stem if n == 1 else f"{stem}-{n}") not in taken)
        return self.add(
            {"resourceType": kind, "id": chosen} | {name: value for name, value in fields.items() if value is not None}
        )

    def observation(self, code: Json, day: str, category: str, **fields: Any) -> Json:
        """Add an Observation of any code."""
        head = {
            "status": "final", "category": [status("observation-category", category)],
            "code": code, "subject": self.subject, "effectiveDateTime": day,
        }  # fmt: skip
        return self.record("Observation", f"{code.get('text', 'observation')} {day}", **head | fields)

    def procedure(self, day: str, code: Json, *, encounter: Json | None = None, hint: str = "", **fields: Any) -> Json:
        """Add a Procedure of any code; the hint goes into its id."""
        head = {"status": "completed", "code": code, "subject": self.subject, "encounter": to(encounter)}
        when = {} if "performedPeriod" in fields else {"performedDateTime": day}
        return self.record("Procedure", f"{hint or code.get('text', 'procedure')} {day}", **head | when | fields)

    def encounter(self, day: str, *, service: Json | None = None, for_order: Json | None = None) -> Json:
        """Add a finished outpatient Encounter."""
        ambulatory = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
        fields = {
            "status": "finished", "class": ambulatory, "serviceType": service, "subject": self.subject,
            "basedOn": listed(to(for_order)), "period": {"start": day, "end": day},
        }  # fmt: skip
        return self.record("Encounter", f"visit {day}", **fields)
