"""The elements of FHIR R4 that the rules read, as lean structs: nothing else of a resource is decoded.

`Resource` is the union of all of them, told apart by `resourceType`. Every other R4 resource type is known by
name only (`UNREAD_TYPES`) and decodes to an empty struct, so that a Bundle that holds Claims and Immunizations
costs no second look. References, dates and codes stay text; `dates` and `terminology` give them meaning.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

# FHIR's id and a little more, since published charts exceed it. What is not of this form could be markup on a card.
# Of the id of a resource the decoder sees the length alone; `bundle` looks at the letters of all ids together, since a
# pattern for each costs more than a quarter of all reading.
LETTERS_OF_AN_ID = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:#=+%"
Id = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9\-._:#=+%]{1,200}\Z")]
Integer = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]  # FHIR integer: 32 bits
IdUnread = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Element(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A FHIR element: camelCase on the wire, unknown fields skipped, absent fields `None` or empty."""


class Coding(Element, frozen=True):
    """FHIR Coding."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element, frozen=True):
    """FHIR CodeableConcept; `text` alone may show that an injection took place, never more (contract, Codes)."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Reference(Element, frozen=True):
    """FHIR Reference, of which nearly everywhere only the literal (relative, absolute, `urn:uuid:`, `#id`) is read."""

    reference: str | None = None


class NamedReference(Reference, frozen=True):
    """FHIR Reference with its display, which names a medication that did not come."""

    display: str | None = None


class Quantity(Element, frozen=True):
    """FHIR Quantity; `unit` and `code` as sent."""

    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Ratio(Element, frozen=True):
    """FHIR Ratio, for the strength of a medication."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(Element, frozen=True):
    """FHIR Period."""

    start: str | None = None
    end: str | None = None


class Extension(Element, frozen=True):
    """FHIR Extension, as far as it may carry a body site or a pain location."""

    value_codeable_concept: CodeableConcept | None = None


class Range(Element, frozen=True):
    """A reference range of an Observation."""

    low: Quantity | None = None
    high: Quantity | None = None


class Dosage(Element, frozen=True):
    """Dosage of a MedicationRequest, MedicationStatement or MedicationAdministration, as far as it is read."""

    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose: Quantity | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()


class DoseAndRate(Element, frozen=True):
    """Dosage.doseAndRate."""

    dose_quantity: Quantity | None = None


class Component(Element, frozen=True):
    """Observation.component."""

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_integer: Integer | None = None
    value_string: str | None = None


class Participant(Element, frozen=True):
    """Appointment.participant."""

    actor: Reference | None = None


class Series(Element, frozen=True):
    """ImagingStudy.series."""

    modality: Coding | None = None
    body_site: Coding | None = None
    laterality: Coding | None = None


class Ingredient(Element, frozen=True):
    """Medication.ingredient."""

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    strength: Ratio | None = None


class DomainResource(Element, frozen=True, tag_field="resourceType"):
    """What every resource that is read has in common."""

    id: IdUnread | None = None


class Patient(DomainResource, frozen=True, tag="Patient"):
    """FHIR Patient."""

    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Procedure(DomainResource, frozen=True, tag="Procedure"):
    """FHIR Procedure."""

    contained: tuple[msgspec.Raw, ...] = ()
    based_on: tuple[Reference, ...] = ()
    part_of: tuple[Reference, ...] = ()
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()
    outcome: CodeableConcept | None = None
    complication: tuple[CodeableConcept, ...] = ()
    used_reference: tuple[Reference, ...] = ()
    used_code: tuple[CodeableConcept, ...] = ()


class Medication(DomainResource, frozen=True, tag="Medication"):
    """FHIR Medication; it names no patient, so it is used only where a resource of the patient refers to it."""

    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()


class MedicationAdministration(DomainResource, frozen=True, tag="MedicationAdministration"):
    """FHIR MedicationAdministration."""

    contained: tuple[msgspec.Raw, ...] = ()
    part_of: tuple[Reference, ...] = ()
    status: str | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: NamedReference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    request: Reference | None = None
    dosage: Dosage | None = None


class DispenseRequest(Element, frozen=True):
    """MedicationRequest.dispenseRequest."""

    validity_period: Period | None = None
    quantity: Quantity | None = None


class MedicationRequest(DomainResource, frozen=True, tag="MedicationRequest"):
    """FHIR MedicationRequest."""

    contained: tuple[msgspec.Raw, ...] = ()
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: NamedReference | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None


class MedicationStatement(DomainResource, frozen=True, tag="MedicationStatement"):
    """FHIR MedicationStatement."""

    contained: tuple[msgspec.Raw, ...] = ()
    status: str | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: NamedReference | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    dosage: tuple[Dosage, ...] = ()


class Observation(DomainResource, frozen=True, tag="Observation"):
    """FHIR Observation."""

    extension: tuple[Extension, ...] = ()
    part_of: tuple[Reference, ...] = ()
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    focus: tuple[Reference, ...] = ()
    encounter: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    performer: tuple[Reference, ...] = ()
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_integer: Integer | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    reference_range: tuple[Range, ...] = ()
    component: tuple[Component, ...] = ()


class Condition(DomainResource, frozen=True, tag="Condition"):
    """FHIR Condition."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    body_site: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    recorded_date: str | None = None


class DiagnosticReport(DomainResource, frozen=True, tag="DiagnosticReport"):
    """FHIR DiagnosticReport; `conclusion` is free text and is not read."""

    extension: tuple[Extension, ...] = ()
    based_on: tuple[Reference, ...] = ()
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    result: tuple[Reference, ...] = ()
    imaging_study: tuple[Reference, ...] = ()
    conclusion_code: tuple[CodeableConcept, ...] = ()


class ImagingStudy(DomainResource, frozen=True, tag="ImagingStudy"):
    """FHIR ImagingStudy."""

    status: str | None = None
    modality: tuple[Coding, ...] = ()
    subject: Reference | None = None
    started: str | None = None
    procedure_code: tuple[CodeableConcept, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    series: tuple[Series, ...] = ()


class ServiceRequest(DomainResource, frozen=True, tag="ServiceRequest"):
    """FHIR ServiceRequest."""

    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    code: CodeableConcept | None = None
    order_detail: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    authored_on: str | None = None
    performer_type: CodeableConcept | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()


class DeviceRequest(DomainResource, frozen=True, tag="DeviceRequest"):
    """FHIR DeviceRequest, for braces and orthoses."""

    status: str | None = None
    intent: str | None = None
    code_codeable_concept: CodeableConcept | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()


class Reaction(Element, frozen=True):
    """AllergyIntolerance.reaction."""

    substance: CodeableConcept | None = None


class AllergyIntolerance(DomainResource, frozen=True, tag="AllergyIntolerance"):
    """FHIR AllergyIntolerance."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    reaction: tuple[Reaction, ...] = ()


class Encounter(DomainResource, frozen=True, tag="Encounter"):
    """FHIR Encounter."""

    status: str | None = None
    type: tuple[CodeableConcept, ...] = ()
    service_type: CodeableConcept | None = None
    subject: Reference | None = None
    based_on: tuple[Reference, ...] = ()
    period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()


class Appointment(DomainResource, frozen=True, tag="Appointment"):
    """FHIR Appointment; the patient is one of the participants."""

    status: str | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    start: str | None = None
    based_on: tuple[Reference, ...] = ()
    participant: tuple[Participant, ...] = ()


class Issue(Element, frozen=True):
    """OperationOutcome.issue; diagnostics are not read, they may hold anything."""

    severity: str | None = None
    code: str | None = None


class OperationOutcome(DomainResource, frozen=True, tag="OperationOutcome"):
    """FHIR OperationOutcome, as an answer in place of data or as an entry beside it."""

    issue: tuple[Issue, ...] = ()


class Link(Element, frozen=True):
    """Bundle.link."""

    relation: str | None = None
    url: str | None = None


UNREAD_TYPES = tuple(
    """Account ActivityDefinition AdverseEvent AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
    CompartmentDefinition Composition ConceptMap Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceUseStatement
    DocumentManifest DocumentReference EffectEvidenceSynthesis Endpoint EnrollmentRequest EnrollmentResponse
    EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService Immunization
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage
    List Location Measure MeasureReport Media MedicationDispense MedicationKnowledge MedicinalProduct
    MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder ObservationDefinition
    OperationDefinition Organization OrganizationAffiliation Parameters PaymentNotice PaymentReconciliation
    Person PlanDefinition Practitioner PractitionerRole Provenance Questionnaire QuestionnaireResponse
    RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject
    RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter Slot Specimen SpecimenDefinition
    StructureDefinition StructureMap Subscription Substance SupplyDelivery SupplyRequest Task
    TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription""".split()
)

_unread: tuple[type[msgspec.Struct], ...] = tuple(
    msgspec.defstruct(name, [], namespace={"id": None}, frozen=True, gc=False, tag_field="resourceType", tag=name)
    for name in UNREAD_TYPES
)

READ_TYPES: tuple[type[DomainResource], ...] = (
    Patient, Procedure, Medication, MedicationAdministration, MedicationRequest, MedicationStatement, Observation,
    Condition, DiagnosticReport, ImagingStudy, ServiceRequest, DeviceRequest, AllergyIntolerance, Encounter,
    Appointment, OperationOutcome,
)  # fmt: skip

Resource: Any = READ_TYPES[0]
for _type in (*READ_TYPES[1:], *_unread):
    Resource = Resource | _type


class Entry(Element, frozen=True):
    """Bundle.entry with the resource decoded."""

    full_url: str | None = None
    resource: Resource | None = None  # a union built at import, for msgspec


class Bundle(Element, frozen=True, tag_field="resourceType", tag="Bundle"):
    """FHIR Bundle with every entry decoded in one pass."""

    type: str | None = None
    total: int | None = None
    link: tuple[Link, ...] = ()
    entry: tuple[Entry, ...] = ()


class RawEntry(Element, frozen=True):
    """Bundle.entry with the resource left as text, for the second look when one entry is bad; empty when there is none.

    msgspec reads `Raw | None` as null alone, so the empty text stands for absent.
    """

    full_url: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"")


class RawBundle(Element, frozen=True, tag_field="resourceType", tag="Bundle"):
    """FHIR Bundle whose entries are decoded one by one."""

    type: str | None = None
    total: int | None = None
    link: tuple[Link, ...] = ()
    entry: tuple[msgspec.Raw, ...] = ()


class Head(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The two fields that name a resource, for a list of what could not be read."""

    resource_type: str | None = None
    id: str | None = None


class Identified(msgspec.Struct, frozen=True, gc=False):
    """The id of a resource, every letter of it looked at."""

    id: Id | None = None
