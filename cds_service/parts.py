"""What the endpoints are given: one value for each room that an exchange passes, and the shape that they rely on.

`app.create_app` makes them; nothing else does. A test may put a small one of its own in a place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from .audit import Line
from .catalogue import Catalogue
from .config import Settings
from .errors import Finding
from .fhir_client.origins import FhirAccess
from .metrics import Metrics
from .prefetch import Gathered
from .protocol import Feedback, RequestBody
from .security.limits import Limits
from .service import Assessment, Service
from .stages import Stages
from .turns import Turns

_NO_ACCESS = FhirAccess("unsigned")
_USUAL = Limits(requests_per_minute=6000, max_concurrent=16)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as the exchange needs it; in shadow nothing is shown to that caller's users."""

    name: str = "unsigned"
    issuer: str = ""
    tenant: str = ""
    token_id: str = ""
    access: FhirAccess = _NO_ACCESS
    limits: Limits = _USUAL
    shadow: bool = False


class Gate(Protocol):
    """Says who is calling."""

    @property
    def cors_origins(self) -> frozenset[str]:
        """The browser origins of all who may call."""
        ...

    def admit(self, *, authorization: str | None, path: str, remote: str, writes: bool = False) -> Caller:
        """Return the caller, or raise `NotAuthenticated`; a call that writes is never admitted on a guess."""
        ...

    def hold(self, caller: Caller) -> AbstractContextManager[None]:
        """Hold a place for the caller while its call is answered, or raise `TooManyRequests`."""
        ...


class Reader(Protocol):
    """Brings a patient's chart together."""

    def read(self, service: Service, body: RequestBody, *, caller: Caller, as_of: date, stages: Stages) -> Gathered:
        """Return the chart with how it came, or raise `NeededDataMissing` or `WrongPatient`."""
        ...


class Record(Protocol):
    """Keeps what was shown, and what users did with it."""

    def shown(self, service: Service, body: RequestBody, assessment: Assessment, *, caller: Caller) -> Assessment:
        """Return what the user is to see, and keep it with what was held back; a store that is down costs no answer."""
        ...

    def issued(self, service: Service, assessment: Assessment, *, caller: Caller) -> None:
        """Keep which cards were shown, of nobody in particular and none held back, so that they can be answered."""
        ...

    def feedback(self, service_id: str, items: Sequence[Feedback], *, caller: Caller) -> None:
        """Keep feedback, all or nothing; raise `Unavailable` when it cannot be kept."""
        ...

    def ready(self) -> Finding | None:
        """Return why nothing can be kept at the moment, or `None`."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms of one application."""

    settings: Settings
    catalogue: Catalogue
    gate: Gate
    reader: Reader
    record: Record
    metrics: Metrics
    turns: Turns
    today: Callable[[], date]


def name_caller(line: Line, caller: Caller) -> None:
    """Write the caller into the audit line."""
    line.client, line.tenant, line.token_id, line.shadow = caller.name, caller.tenant, caller.token_id, caller.shadow
