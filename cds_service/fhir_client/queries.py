"""Our own prefetch templates made into queries: tokens filled in, values escaped, filters left out for weaker servers.

The tokens are those of CDS Hooks 2.0.1 (`context.*` at root level, the four user identifiers) and `today()` with days
of 3.0. A value that could change the meaning of a URL is refused before it gets into one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from msgspec import UNSET

from ..errors import NotConformant, Problem
from ..protocol import Context
from .origins import Base

PAGE_SIZE = 250

_TOKEN = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_ID = re.compile(r"[A-Za-z0-9\-._]{1,128}", re.ASCII)  # FHIR's id and a little more: published examples exceed 64
_TODAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d{1,5})\s+days?)?")
_USERS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
_WHOSE = frozenset({"patient", "subject", "actor", "_id"})


class Unfillable(Exception):
    """The request has no value for a token of the template, so the query cannot be made."""


@dataclass(frozen=True, slots=True)
class Query:
    """A read (`Patient/p1`) or a search (`Procedure` with parameters as they stand in a URL)."""

    kind: str
    path: str
    parameters: str | None = None

    @property
    def is_search(self) -> bool:
        """Whether it yields a Bundle."""
        return self.parameters is not None

    def url(self, base: Base) -> str:
        """Return the URL to get."""
        return f"{base}/{self.path}" + (f"?{self.parameters}" if self.is_search else "")

    def post(self, base: Base) -> tuple[str, str]:
        """Return URL and form of the same search by POST, for a server that takes no other."""
        return f"{base}/{self.path}/_search", self.parameters or ""

    def about_the_patient_only(self) -> Query | None:
        """Return the search without filter and page size, for a server that refuses one; `None` when it has none."""
        pairs = (self.parameters or "").split("&")
        kept = [p for p in pairs if p.partition("=")[0] in _WHOSE]
        return Query(self.kind, self.path, "&".join(kept)) if len(kept) < len(pairs) and len(kept) > 0 else None


def query_of(template: str, context: Context, *, as_of: date) -> Query:
    """Fill in a template; raise `Unfillable` for a missing value, `NotConformant` for one that is no identifier."""
    filled = _TOKEN.sub(lambda token: _value(token[1], context, as_of), template)
    path, mark, parameters = filled.partition("?")
    kind = path.partition("/")[0]
    if not mark:
        return Query(kind, path)
    if not any(p.startswith("_count=") for p in parameters.split("&")):
        parameters += f"&_count={PAGE_SIZE}"
    return Query(kind, path, parameters)


def _value(name: str, context: Context, as_of: date) -> str:
    if name == "context.patientId":
        return _identifier(context.patient_id, name)
    if name == "context.userId":
        kind, _, own = context.user_id.partition("/")
        return f"{_identifier(kind, name)}/{_identifier(own, name)}"
    if name == "context.encounterId" and context.encounter_id is not UNSET:
        return _identifier(context.encounter_id, name)
    if name in _USERS:
        return _user(name, context)
    return _day(name, as_of)


def _user(name: str, context: Context) -> str:
    kind, _, own = context.user_id.partition("/")
    if kind != _USERS[name]:
        raise Unfillable(f"the user is no {_USERS[name]}")
    return _identifier(own, "context.userId")


def _day(name: str, as_of: date) -> str:
    found = _TODAY.fullmatch(name)
    if found is None:
        raise Unfillable(f"the request has no {name}")
    days = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
    return (as_of + timedelta(days=days)).isoformat()


def _identifier(value: str, name: str) -> str:
    if not _ID.fullmatch(value) or set(value) == {"."}:
        raise NotConformant(problems=[Problem(name, "it is no FHIR id: letters, digits, - and . only")])
    return quote(value, safe="")
