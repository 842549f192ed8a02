"""Everything that goes wrong in a way we can name.

    CdsError
    ├── ConfigError            the start stops: a setting is unknown or bad
    ├── KnowledgeError         the start stops: a knowledge page cannot be used
    ├── UsageError             a command was asked for what is not there
    ├── ExportFailed           a bulk export could not be fetched; the command may be repeated
    └── RequestRefused         an exchange ends with an OperationOutcome
        ├── NotJson               400  structure      the body is no JSON object
        ├── NotAuthenticated      401  login          never says why
        ├── NotFound              404  not-found
        ├── MethodNotAllowed      405  not-supported
        ├── NeededDataMissing     412  processing     names the prefetch keys
        ├── TooLarge              413  too-long
        ├── UnsupportedMediaType  415  not-supported
        ├── NotConformant         422  invalid        every problem with its path
        │   └── WrongPatient      422  conflict       a Patient that is not the context's
        ├── TooManyRequests       429  throttled
        ├── InternalError         500  exception      never says what
        └── Unavailable           503  transient

A message says what, where and how to mend it. It never carries a value out of a request: no health data, no token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with a request: where (a FHIRPath-like path) and what."""

    path: str
    says: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that `cds-service check` found: the room, what is wrong, and how to mend it."""

    room: str
    says: str
    mend: str = ""


class CdsError(Exception):
    """The root: everything that this project raises by name."""


class ConfigError(CdsError):
    """A setting is unknown, badly formed or against the rules of its environment."""


class KnowledgeError(CdsError):
    """A knowledge page cannot be used; the message names the file, the row and the fix."""


class UsageError(CdsError):
    """A command was asked for something that is not there; the message says what it takes."""


class ExportFailed(CdsError):
    """A bulk export could not be fetched; the message says from where and why, and what came so far is kept."""


class RequestRefused(CdsError):
    """The exchange ends here, with this status and an OperationOutcome."""

    status: ClassVar[int] = 500
    issue: ClassVar[str] = "exception"
    default: ClassVar[str] = "The request could not be answered."
    why: str = ""

    def __init__(
        self,
        message: str = "",
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or self.default)
        self.problems = tuple(problems)
        self.headers = dict(headers or {})


class NotJson(RequestRefused):
    """The body is not one JSON object in UTF-8 that everyone reads alike."""

    status = 400
    issue = "structure"
    default = "The body is not a JSON object. Send one JSON object in UTF-8."


class NotAuthenticated(RequestRefused):
    """The caller did not prove who it is; the answer is the same whatever the reason, which only the log is told."""

    status = 401
    issue = "login"
    default = "Authentication is required."

    def __init__(self, why: str = "") -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})
        self.why = why


class NotFound(RequestRefused):
    """Nothing lives at this address."""

    status = 404
    issue = "not-found"
    default = "Nothing lives at this address. GET /cds-services lists the services."


class MethodNotAllowed(RequestRefused):
    """The address exists and does not take this method; `Allow` says which it takes."""

    status = 405
    issue = "not-supported"
    default = "This address does not take this method. The Allow header says which it takes."


class NeededDataMissing(RequestRefused):
    """Data without which no answer is safe came neither by prefetch nor from the FHIR server."""

    status = 412
    issue = "processing"
    default = "Needed data could not be had by prefetch nor from the FHIR server."

    def __init__(self, keys: Sequence[str], *, reasons: Mapping[str, str] | None = None) -> None:
        why = reasons or {}
        problems = [Problem(f"prefetch.{key}", why.get(key, "absent, and not to be had by query")) for key in keys]
        super().__init__(
            f"Needed data could not be had: {', '.join(keys)}. Send it as prefetch, or name a fhirServer with a token.",
            problems=problems,
        )
        self.keys = tuple(keys)


class TooLarge(RequestRefused):
    """The body is larger than this server reads, or does not say how large it is."""

    status = 413
    issue = "too-long"
    default = "The body is larger than this server reads."


class UnsupportedMediaType(RequestRefused):
    """The body is not declared as plain JSON."""

    status = 415
    issue = "not-supported"
    default = "Send Content-Type: application/json, in UTF-8 and uncompressed."


class NotConformant(RequestRefused):
    """The body is JSON but not what CDS Hooks asks for; every problem is listed with its path."""

    status = 422
    issue = "invalid"
    default = "The body is JSON but not a conformant request."


class WrongPatient(NotConformant):
    """A Patient resource is not the patient of the context, so nothing in the request can be trusted."""

    issue = "conflict"
    default = "A Patient resource was sent that is not context.patientId."


class TooManyRequests(RequestRefused):
    """The caller exceeds its rate or its number of requests at a time."""

    status = 429
    issue = "throttled"
    default = "Too many requests. Wait as long as the Retry-After header says."

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})


class InternalError(RequestRefused):
    """A defect of ours; the audit line has the place, the caller gets the exchange's id."""

    status = 500
    issue = "exception"
    default = "The service failed. No conclusion about the patient may be drawn from this."


class Unavailable(RequestRefused):
    """Something that the service depends on is not there at the moment."""

    status = 503
    issue = "transient"
    default = "The service cannot answer at the moment. Try again."

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})
