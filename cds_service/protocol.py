"""The words of CDS Hooks as types; the JSON Schemas in `schemas/` are generated from here.

Camel case on the wire. What we read is lenient about fields that we do not know, since hooks may add them. What we
write leaves out every field without a value: CDS Hooks allows neither `null` nor empty, save `cards` and `services`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Text = Annotated[str, Meta(min_length=1, pattern=r"\S")]
Uuid = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        description="a bare UUID, without urn:uuid:",
    ),
]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s/]+", description="an absolute http(s) URL")]
Extension = dict[str, Any]

SUMMARY_LIMIT = 140
EXPLAIN = "org.steroid-injection-followup.explain"  # in a request's extension: true asks for the reasoning
ASSESSMENT = "org.steroid-injection-followup.assessment"  # in the response's extension: the reasoning


class Received(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What we read: unknown fields are passed over, a wrong type is not."""


class Sent(msgspec.Struct, frozen=True, rename="camel", kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What we write: a field without a value is left out."""


class Coding(Sent, frozen=True):
    """A code of a code system."""

    system: Text
    code: Text
    display: Text | None = None


class ServiceDescription(Sent, frozen=True):
    """One service as discovery lists it; `version` is that of CDS Hooks, not of the service."""

    id: Text
    hook: Text
    title: Text
    description: Text
    version: Text
    hook_version: Text | None = None
    usage_requirements: Text | None = None
    prefetch: dict[str, str] = {}
    extension: Extension = {}


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `GET /cds-services`."""

    services: list[ServiceDescription]


class Context(Received, frozen=True):
    """Who looks at whom; ids are bare, `userId` has its type in front."""

    user_id: Annotated[
        str,
        Meta(
            pattern=r"^(Practitioner|PractitionerRole|Patient|RelatedPerson)/[^/\s\x00-\x1f]+$",
            description="the current user, [ResourceType]/[id]",
        ),
    ]
    patient_id: Annotated[str, Meta(pattern=r"^[^/\s\x00-\x1f]+$", description="the FHIR id, without Patient/")]
    encounter_id: (
        Annotated[str, Meta(pattern=r"^[^/\s\x00-\x1f]+$", description="the FHIR id, without Encounter/")] | UnsetType
    ) = UNSET


class FhirAuthorization(Received, frozen=True):
    """The access token for the EHR's FHIR server; it is used during this call and never written down."""

    access_token: Annotated[str, Meta(min_length=1)] = msgspec.field(name="access_token")
    token_type: Literal["Bearer"] = msgspec.field(name="token_type")
    expires_in: Annotated[int, Meta(ge=0)] = msgspec.field(name="expires_in")
    scope: str
    subject: Text
    patient: Text | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the token, so that no log or traceback can hold it."""
        return "FhirAuthorization(access_token=…)"


class RequestBody(Received, frozen=True):
    """The body of a service call; each prefetch value is FHIR or null."""

    hook: Text
    hook_instance: Uuid
    context: Context
    fhir_server: Url | UnsetType = UNSET
    fhir_authorization: FhirAuthorization | UnsetType = UNSET
    prefetch: dict[str, Any] | UnsetType = UNSET  # a `bundle.Page` or `None`; raw text in an odd body (`envelope`)
    extension: Extension | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Hold the specification's invariant cds-r-1."""
        if self.fhir_authorization is not UNSET and self.fhir_server is UNSET:
            raise ValueError("fhirAuthorization needs fhirServer")


class Source(Sent, frozen=True):
    """Where the advice comes from; `topic` is the kind of card."""

    label: Text
    url: Url | None = None
    icon: Url | None = None
    topic: Coding | None = None


class Action(Sent, frozen=True):
    """One thing that the client does when the suggestion is taken."""

    type: Literal["create", "update", "delete"]
    description: Text
    resource: dict[str, Any] | None = None
    resource_id: Text | None = None


class Suggestion(Sent, frozen=True):
    """Something that the clinician can take with one click."""

    label: Text
    uuid: Uuid | None = None
    is_recommended: bool | None = None
    actions: list[Action] = []
    extension: Extension = {}


class Link(Sent, frozen=True):
    """A way on from the card."""

    label: Text
    url: Url
    type: Literal["absolute", "smart"]
    app_context: Text | None = None
    autolaunchable: bool | None = None

    def __post_init__(self) -> None:
        """Hold the specification's invariant cds-resp-3."""
        if self.app_context is not None and self.type != "smart":
            raise ValueError("appContext is for smart links only")


class OverrideReason(Sent, frozen=True):
    """A reason that the client offers when the card is dismissed."""

    system: Text
    code: Text
    display: Text


class Card(Sent, frozen=True):
    """One piece of advice."""

    summary: Annotated[str, Meta(min_length=1, max_length=SUMMARY_LIMIT - 1, pattern=r"\S")]
    indicator: Literal["info", "warning", "critical"]
    source: Source
    uuid: Uuid | None = None
    detail: Text | None = None
    suggestions: list[Suggestion] = []
    selection_behavior: Literal["at-most-one", "any"] | None = None
    override_reasons: list[OverrideReason] = []
    links: list[Link] = []
    extension: Extension = {}

    def __post_init__(self) -> None:
        """Hold the specification's invariants cds-resp-1 and cds-resp-6, and the length of the summary."""
        if bool(self.suggestions) != (self.selection_behavior is not None):
            raise ValueError("selectionBehavior stands if and only if there are suggestions")
        if self.selection_behavior == "at-most-one" and sum(bool(s.is_recommended) for s in self.suggestions) > 1:
            raise ValueError("at-most-one allows one recommended suggestion")
        if not 0 < len(self.summary) < SUMMARY_LIMIT or not self.summary.strip():
            raise ValueError("the summary is one sentence of fewer than 140 characters")


class Response(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The answer to a service call; `cards` stands even when empty."""

    cards: list[Card]
    system_actions: list[Action] | UnsetType = UNSET
    extension: Extension | UnsetType = UNSET


class FeedbackReason(Received, frozen=True):
    """The reason that was picked; older clients leave the system out, and it need not be one of ours."""

    code: Text
    system: Text | UnsetType = UNSET
    display: Text | UnsetType = UNSET


class FeedbackOverride(Received, frozen=True):
    """Why a card was overridden: `reason`, `userComment` or both."""

    reason: FeedbackReason | UnsetType = UNSET
    user_comment: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Hold the specification's invariant cds-fb-3."""
        if self.reason is UNSET and self.user_comment is UNSET:
            raise ValueError("overrideReason needs reason or userComment")


class AcceptedSuggestion(Received, frozen=True):
    """The suggestion that was taken, by its uuid."""

    id: Text


class Feedback(Received, frozen=True):
    """What a user did with one card."""

    card: Text
    outcome: Literal["accepted", "overridden"]
    outcome_timestamp: Annotated[
        str,
        Meta(
            pattern=r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$",
            description="RFC 3339 date-time with its offset",
        ),
    ]
    accepted_suggestions: list[AcceptedSuggestion] | UnsetType = UNSET
    override_reason: FeedbackOverride | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Hold the specification's invariant cds-fb-2."""
        if self.outcome == "accepted" and not self.accepted_suggestions:
            raise ValueError("an accepted card needs acceptedSuggestions")


class FeedbackBody(Received, frozen=True):
    """The body of a feedback call; it may speak of several cards and several hook instances."""

    feedback: list[Feedback]
