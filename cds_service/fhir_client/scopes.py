"""What the access token of a request lets us read: SMART App Launch scopes, version 1 and 2, and the token's limits.

CDS Hooks 2.0.1 shows version 1 (`patient/Procedure.read`), 3.0 version 2 (`patient/Procedure.rs`); both are read. What
was not granted is not tried: it would cost a round trip and put a refusal in the EHR's audit log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from msgspec import UNSET

from ..errors import NotConformant, Problem
from ..protocol import FhirAuthorization
from .deadline import Deadline
from .origins import FhirAccess

_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)  # RFC 6750 2.1: nothing that could end a header line
_LONGEST_TOKEN = 8192
_SCOPE = re.compile(
    r"(?:patient|user|system)/(?P<kind>[A-Za-z]+|\*)\.(?P<may>read|write|\*|c?r?u?d?s?)(?P<filter>\?\S+)?", re.ASCII
)
_VERSION_1 = {"read": "rs", "write": "", "*": "rs"}


@dataclass(frozen=True, slots=True)
class Grant:
    """A usable token: the header it makes, until when, and which types may be read (`r`) or searched (`s`).

    `narrowed` are the types that are granted only with a filter (`?category=…`): their lists are never whole.
    """

    header: str = field(repr=False)
    until: Deadline
    letters: dict[str, str]
    narrowed: frozenset[str]

    def may(self, kind: str, letter: str) -> bool:
        """Whether a resource type may be read (`r`) or searched (`s`)."""
        return letter in self.letters.get(kind, "") or letter in self.letters.get("*", "")

    def whole(self, kind: str) -> bool:
        """Whether a search of the type is granted without a filter."""
        granted_by = kind if "s" in self.letters.get(kind, "") else "*"
        return granted_by not in self.narrowed


def grant_of(
    authorization: FhirAuthorization, *, patient_id: str, access: FhirAccess, deadline: Deadline
) -> Grant | str:
    """Return what the token grants, or why it is not used; raise `NotConformant` when it contradicts the request."""
    _refuse_malformed(authorization, patient_id)
    if authorization.expires_in <= 0:
        return "the access token has expired"
    if access.subjects and authorization.subject not in access.subjects:
        return "the access token was issued to another client"
    letters, narrowed = _granted(authorization.scope)
    return Grant(
        header=f"Bearer {authorization.access_token}",
        until=deadline.earlier(at_most=authorization.expires_in),
        letters=letters,
        narrowed=narrowed,
    )


def without_token(deadline: Deadline) -> Grant:
    """Return the grant of an open server, which development alone may read."""
    return Grant(header="", until=deadline, letters={"*": "rs"}, narrowed=frozenset())


def _refuse_malformed(authorization: FhirAuthorization, patient_id: str) -> None:
    token = authorization.access_token
    if len(token) > _LONGEST_TOKEN or not _BEARER.fullmatch(token):
        says = f"a bearer token has the characters of RFC 6750 and at most {_LONGEST_TOKEN} of them"
        raise NotConformant(problems=[Problem("fhirAuthorization.access_token", says)])
    if authorization.patient is not UNSET and authorization.patient.removeprefix("Patient/") != patient_id:
        says = "the token is for another patient than context.patientId"
        raise NotConformant(problems=[Problem("fhirAuthorization.patient", says)])


def _granted(scope: str) -> tuple[dict[str, str], frozenset[str]]:
    """Return the letters of each type, and the types that have a search only with a filter."""
    letters: dict[str, str] = {}
    unfiltered: set[str] = set()
    for word in scope.split():
        found = _SCOPE.fullmatch(word)
        if found is None:
            continue
        kind, may = found["kind"], found["may"]
        may = _VERSION_1.get(may, may)
        letters[kind] = letters.get(kind, "") + may
        if "s" in may and not found["filter"]:
            unfiltered.add(kind)
    searched = {kind for kind, may in letters.items() if "s" in may}
    return letters, frozenset(() if "*" in unfiltered else searched - unfiltered)
