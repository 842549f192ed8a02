"""A small builder of FHIR R4 charts as plain dictionaries, so that a test reads like the case that it tests.

    chart = Chart("F66")
    arthritis = chart.condition("hip OA", side="right")
    chart.injection("2026-01-12", region="hip", side="right", mg=40, guidance="unguided", reason=arthritis)
    chart.pain("2026-01-12", 7, region="hip", side="right")
    chart.bundle()

Every method returns the resource that it added, which the test may change further. Codes are named in `codes.toml`.
`region` is a region of the contract or a site of that table. Dates are ISO texts of any precision.
"""

from __future__ import annotations

from typing import Any

from tests.codes import (
    Json,
    body_site,
    coding,
    concept,
    injection,
    injection_code,
    local,
    place,
    quantity,
    sided,
    status,
    table,
    used_codes,
    value,
)  # fmt: skip
from tests.records import Records, listed, to


class Chart(Records):
    """One patient's chart."""

    # What is wrong

    def condition(
        self, name: str, *, side: str | None = None, site: str | None = None, recorded: str | None = None,
        clinical: str = "active", verified: str = "confirmed", **more: Any,
    ) -> Json:  # fmt: skip
        """Add a Condition; the side is in the code where there is a sided one, else in the body site."""
        code, says_side = sided("condition", name, side)
        return self.record(
            "Condition",
            f"{name} {side or ''}",
            clinicalStatus=status("condition-clinical", clinical),
            verificationStatus=status("condition-ver-status", verified),
            category=[status("condition-category", "problem-list-item")],
            code=code,
            bodySite=listed(body_site(site, None if says_side else side)),
            subject=self.subject,
            recordedDate=recorded or f"{int(self.as_of[:4]) - 1}-03-20",
            **more,
        )

    def finding(
        self, code: str, day: str, *, region: str | None = None, side: str | None = None, present: bool = True
    ) -> Json:
        """Add a finding of the local code system as an Observation with a yes or no."""
        return self.observation(local(code), day, "exam", bodySite=place(region, side), valueBoolean=present)

    # What was injected

    def injection(
        self, day: str, *, region: str, side: str | None = None, drug: str | None = "triamcinolone",
        mg: float | None = 40, guidance: str = "unknown", la_ml: float | None = None, steroid_ml: float | None = None,
        reason: Json | None = None, linked: bool = True, **more: Any,
    ) -> Json:  # fmt: skip
        """Add an injection: the Procedure, its encounter, the drug given in it, and the volumes where known.

        `guidance` is "guided", "unguided" (the record says so) or "unknown"; `drug=None` is an injection of no
        recorded drug; `linked=False` leaves the drug to be joined by its day and encounter.
        """
        row = injection(region)
        visit = self.encounter(day)
        fields: Json = {
            "hint": "injection",
            "bodySite": listed(place(region, side)),
            "reasonReference": listed(to(reason)),
            "usedCode": used_codes(row, guidance, drug),
        }
        procedure = self.procedure(day, injection_code(row, guidance), encounter=visit, **fields | more)
        if guidance == "guided" and "guided" not in row:
            self.procedure(day, concept("guidance", "ultrasound"), encounter=visit)
        if drug:
            part_of = procedure if linked else None
            self.administration(day, drug, mg=mg, encounter=visit, route=row.get("route"), part_of=part_of)
        self._volumes(day, procedure, _millilitres(drug, mg, steroid_ml), la_ml)
        return procedure

    def administration(
        self, day: str, drug: str, *, mg: float | None = 40, encounter: Json | None = None, route: str | None = None,
        part_of: Json | None = None, **more: Any,
    ) -> Json:  # fmt: skip
        """Add a MedicationAdministration of a steroid."""
        dosage: Json = {"route": concept("route", route)} if route else {}
        if mg is not None:
            dosage["dose"] = quantity(mg, "mg")
        fields: Json = {
            "status": "completed",
            "medicationCodeableConcept": {
                "coding": [coding(entry) for entry in table()["drug"][drug]["product"]],
                "text": drug,
            },
            "subject": self.subject,
            "context": to(encounter),
            "effectiveDateTime": day,
            "partOf": listed(to(part_of)),
            "dosage": dosage or None,
        }
        return self.record("MedicationAdministration", f"given {day}", **fields | more)

    # How it went

    def pain(
        self, day: str, score: float, *, region: str | None = None, side: str | None = None,
        scale: str = "pain numeric", **more: Any,
    ) -> Json:  # fmt: skip
        """Add a pain score; without a region it is a score of no stated site."""
        return self.measure(scale, day, score, region=region, side=side, category="survey", **more)

    def measure(
        self, name: str, day: str, number: float | None = None, *, region: str | None = None, side: str | None = None,
        unit: str | None = None, category: str = "exam", flag: str | None = None, **more: Any,
    ) -> Json:  # fmt: skip
        """Add an Observation of a number; `flag` is its interpretation code ("H", "POS", "A", "N")."""
        fields: Json = {
            "bodySite": place(region, side),
            "interpretation": listed(status("v3-ObservationInterpretation", flag) if flag else None),
            **({} if number is None else value(number, unit or table()["unit"].get(name))),
        }
        return self.observation(concept("measure", name), day, category, **fields | more)

    def lab(self, name: str, day: str, number: float | None = None, **more: Any) -> Json:
        """Add a laboratory result."""
        return self.measure(name, day, number, category="laboratory", **more)

    def report(
        self, name: str, day: str, *, found: str = "", region: str | None = None, side: str | None = None, **more: Any
    ) -> Json:
        """Add a DiagnosticReport ("knee radiograph", "lumbar MRI", "nerve study").

        `found` names local conclusion codes, comma between ("kl-4"); the side is in the ImagingStudy and the result.
        """
        codes = [code for code in found.split(",") if code]
        study = self._study(name, day, region, side)
        fields: Json = {
            "status": "final",
            "category": [status("v2-0074", "RAD")] if study else None,
            "code": concept("study", name),
            "subject": self.subject,
            "effectiveDateTime": day,
            "result": listed(*(to(self._result(name, day, code, region, side)) for code in codes)),
            "imagingStudy": listed(to(study)),
            "conclusionCode": [{"coding": local(code)["coding"]} for code in codes] or None,  # bare, as many send it
        }
        return self.record("DiagnosticReport", f"{name} {day}", **fields | more)

    # What else was done, ordered or taken

    def therapy(
        self, name: str, start: str, end: str | None = None, *, region: str | None = None, side: str | None = None,
        **more: Any,
    ) -> Json:  # fmt: skip
        """Add a therapy or an operation that took place, over a period where it has an end."""
        code, says_side = sided("therapy", name, side)
        fields: Json = {"bodySite": listed(place(region, None if says_side else side))}
        if end:
            fields["performedPeriod"] = {"start": start, "end": end}
        return self.procedure(start, code, **fields | more)

    def order(
        self, name: str, day: str, *, section: str = "therapy", region: str | None = None, side: str | None = None,
        due: str | None = None, **more: Any,
    ) -> Json:  # fmt: skip
        """Add a ServiceRequest: a therapy, an operation or a referral (or a study, with `section="study"`)."""
        code, says_side = sided(section, name, side)
        fields: Json = {
            "status": "active",
            "intent": "order",
            "code": code,
            "subject": self.subject,
            "authoredOn": day,
            "occurrenceDateTime": due,
            "bodySite": listed(place(region, None if says_side else side)),
        }
        return self.record("ServiceRequest", f"order {name} {day}", **fields | more)

    def medicine(self, name: str, start: str, **more: Any) -> Json:
        """Add a MedicationRequest."""
        fields: Json = {
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept("medicine", name),
            "subject": self.subject,
            "authoredOn": start,
        }
        return self.record("MedicationRequest", f"{name} {start}", **fields | more)

    def allergy(self, substance: Json) -> Json:
        """Add an active, confirmed AllergyIntolerance."""
        return self.record(
            "AllergyIntolerance",
            f"allergy {substance.get('text', '')}",
            clinicalStatus=status("allergyintolerance-clinical", "active"),
            verificationStatus=status("allergyintolerance-verification", "confirmed"),
            code=substance,
            patient=self.subject,
        )

    def _volumes(self, day: str, procedure: Json, steroid_ml: float | None, la_ml: float | None) -> None:
        if la_ml is None:
            return
        self.measure("anaesthetic volume", day, la_ml, partOf=[to(procedure)])
        if steroid_ml is not None:
            self.measure("injectate volume", day, la_ml + steroid_ml, partOf=[to(procedure)])

    def _result(self, name: str, day: str, found: str, region: str | None, side: str | None) -> Json | None:
        """The Observation behind a conclusion, where a real report would have one: it carries site and side."""
        if found.startswith("kl-"):
            return self.measure("Kellgren-Lawrence grade", day, int(found[3:]), region=region, side=side)
        if found.startswith("nerve-study-"):
            flag = status("v3-ObservationInterpretation", "A" if found.endswith("abnormal") else "N")
            site = place(region, side)
            return self.observation(concept("study", name), day, "procedure", bodySite=site, interpretation=[flag])
        return None

    def _study(self, name: str, day: str, region: str | None, side: str | None) -> Json | None:
        if name.split()[-1] not in table()["modality"]:
            return None
        modality = coding(table()["modality"][name.split()[-1]])
        site, laterality = place(region, None), place(None, side)
        series = {"uid": f"2.25.{day.replace('-', '')}", "modality": modality}
        series |= {"bodySite": site["coding"][0]} if site else {}
        series |= {"laterality": laterality["coding"][0]} if laterality else {}
        return self.record(
            "ImagingStudy", f"{name} {day}", status="available", modality=[modality], subject=self.subject,
            started=day, procedureCode=[concept("study", name)], series=[series],
        )  # fmt: skip


def _millilitres(drug: str | None, mg: float | None, said: float | None) -> float | None:
    """The volume of steroid: as said, else from the dose and the product's strength."""
    per_ml = table()["drug"].get(drug or "", {}).get("per_ml")
    return said if said is not None else mg / per_ml if mg and per_ml else None
