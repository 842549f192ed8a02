"""Calls for the tests of this room: a body, templates, and one gathering with all defaults set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from cds_service.envelope import read_call
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.origins import FhirAccess, access_of
from cds_service.prefetch import Gathered, gather
from cds_service.protocol import RequestBody
from cds_service.service import PrefetchTemplate

TOKEN = "canary-token-9f2c"
AS_OF = date(2026, 3, 2)

NEEDED = PrefetchTemplate("procedures", "Procedure?patient={{context.patientId}}", ("Procedure",), needed=True)
OPTIONAL = PrefetchTemplate("procedures", "Procedure?patient={{context.patientId}}", ("Procedure",))
PATIENT = PrefetchTemplate("patient", "Patient/{{context.patientId}}", ("Patient",))


def body(
    fhir_server: str | None = None,
    *,
    prefetch: dict[str, Any] | None = None,
    scope: str = "patient/*.read",
    expires_in: int = 300,
    token: str | None = TOKEN,
    **context: Any,
) -> RequestBody:
    """A conformant request."""
    raw: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1", **context},
    }
    if fhir_server is not None:
        raw["fhirServer"] = fhir_server
        if token is not None:
            raw["fhirAuthorization"] = {
                "access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": scope,
                "subject": "our-client-id",
            }  # fmt: skip
    if prefetch is not None:
        raw["prefetch"] = prefetch
    return read_call(msgspec.json.encode(raw))


def gathered(
    request: RequestBody,
    templates: Sequence[PrefetchTemplate] = (OPTIONAL,),
    *,
    servers: FhirServers,
    seconds: float = 4.0,
    access: FhirAccess | None = None,
) -> Gathered:
    """Gather with an access that allows the server named, in development."""
    allowed = access or access_of("c1", [request.fhir_server] if request.fhir_server else [], development=True)
    return gather(templates, request, as_of=AS_OF, access=allowed, servers=servers, deadline=Deadline.after(seconds))
