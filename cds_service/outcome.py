"""An error as a FHIR OperationOutcome: the body of every answer that is not a success."""

from __future__ import annotations

import msgspec

from .errors import RequestRefused
from .protocol import Sent

PROBLEMS_SHOWN = 100


class Details(Sent, frozen=True):
    """What happened, in words for people."""

    text: str


class Issue(Sent, frozen=True):
    """One thing that is wrong, with its place in the request where it has one."""

    severity: str
    code: str
    details: Details
    diagnostics: str | None = None
    expression: tuple[str, ...] = ()


class OperationOutcome(msgspec.Struct, frozen=True, tag_field="resourceType", tag="OperationOutcome"):
    """FHIR OperationOutcome, as we send it."""

    issue: list[Issue]


def outcome_of(error: RequestRefused, exchange_id: str) -> bytes:
    """Say an error as FHIR: one issue a problem, or one for the whole; the exchange's id finds the audit line."""
    found = [_issue(error, problem.says, problem.path) for problem in error.problems[:PROBLEMS_SHOWN]]
    if len(error.problems) > PROBLEMS_SHOWN:
        found.append(_issue(error, f"and {len(error.problems) - PROBLEMS_SHOWN} more problems like these"))
    whole = Issue(
        severity="error",
        code=error.issue,
        details=Details(text=str(error)),
        diagnostics=f"exchange {exchange_id}" if exchange_id else None,
    )
    return msgspec.json.encode(OperationOutcome([whole, *found]))


def _issue(error: RequestRefused, says: str, path: str | None = None) -> Issue:
    return Issue(severity="error", code=error.issue, details=Details(text=says), expression=(path,) if path else ())
