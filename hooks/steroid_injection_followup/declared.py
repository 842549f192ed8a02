"""What discovery says of the service: title, description, and the data it asks for."""

from __future__ import annotations

from cds_service.service import PrefetchTemplate

TITLE = "Steroid injection follow-up"
DESCRIPTION = (
    "Reads prior corticosteroid injections (joint, tendon, bursa, spine), judges whether each one worked, weighs the "
    "eight known reasons for failure, and offers explanations, tests and referrals as drafts."
)
USAGE_REQUIREMENTS = (
    "Procedures and medication administrations are needed; without them the call is answered with 412. Every other "
    "key is optional: the answer then says what could not be read. Adults only. Read access to the types named in "
    "prefetch lets the service fetch what is not sent."
)


def _of_patient(
    key: str, kind: str, *, extra: str = "", needed: bool = False, also: tuple[str, ...] = ()
) -> PrefetchTemplate:
    return PrefetchTemplate(key, f"{kind}?patient={{{{context.patientId}}}}{extra}", (kind, *also), needed)


PREFETCH: tuple[PrefetchTemplate, ...] = (
    PrefetchTemplate("patient", "Patient/{{context.patientId}}", ("Patient",)),
    _of_patient("procedures", "Procedure", needed=True),
    _of_patient(
        "medicationAdministrations",
        "MedicationAdministration",
        needed=True,
        extra="&_include=MedicationAdministration:medication",
    ),
    _of_patient("observations", "Observation"),
    _of_patient("conditions", "Condition"),
    _of_patient("medicationRequests", "MedicationRequest", extra="&_include=MedicationRequest:medication"),
    _of_patient("medicationStatements", "MedicationStatement"),
    _of_patient("diagnosticReports", "DiagnosticReport"),
    _of_patient("imagingStudies", "ImagingStudy"),
    _of_patient("serviceRequests", "ServiceRequest"),
    _of_patient("deviceRequests", "DeviceRequest"),
    _of_patient("allergies", "AllergyIntolerance"),
    _of_patient("encounters", "Encounter"),
    _of_patient("appointments", "Appointment"),
)
