"""Every way in which a request to a FHIR server fails, by name: for figures, for the breaker, and in words."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Why a read failed: a closed set, for figures; `WORDS` says each to a person."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    NAME = "name"
    ADDRESS = "address"
    TOO_LARGE = "too-large"
    REDIRECT = "redirect"
    TOKEN = "token"  # noqa: S105  # the name of a fault
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    REFUSED = "refused"
    THROTTLED = "throttled"
    SERVER = "server"
    NOT_FHIR = "not-fhir"


WORDS = {
    Fault.TIMEOUT: "the FHIR server did not answer in time",
    Fault.CONNECTION: "the connection to the FHIR server broke",
    Fault.TLS: "the FHIR server's certificate was not accepted",
    Fault.NAME: "the FHIR server's name was not resolved",
    Fault.ADDRESS: "the FHIR server's address is not allowed",
    Fault.TOO_LARGE: "the FHIR server sent more than is taken",
    Fault.REDIRECT: "the FHIR server pointed elsewhere",
    Fault.TOKEN: "the FHIR server did not accept the token",
    Fault.FORBIDDEN: "the FHIR server does not permit the reading",
    Fault.NOT_FOUND: "the FHIR server does not know it",
    Fault.REFUSED: "the FHIR server refused the query",
    Fault.THROTTLED: "the FHIR server asked for fewer requests",
    Fault.SERVER: "the FHIR server failed",
    Fault.NOT_FHIR: "the FHIR server's answer was not FHIR JSON",
}
BY_STATUS = {401: Fault.TOKEN, 403: Fault.FORBIDDEN, 404: Fault.NOT_FOUND, 410: Fault.NOT_FOUND, 429: Fault.THROTTLED}
TELLS_OF_TROUBLE = frozenset({Fault.TIMEOUT, Fault.CONNECTION, Fault.TLS, Fault.NAME, Fault.THROTTLED, Fault.SERVER})


class ReadFailed(Exception):
    """One request to the FHIR server gave no page; it carries no URL and no header."""

    def __init__(self, fault: Fault, status: int = 0) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.status = status
