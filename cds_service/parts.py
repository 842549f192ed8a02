"""What the endpoints are given: one value for each room that an exchange passes, and the shape that they rely on.

`app.create_app` makes them; nothing else does. A test may put a small one of its own in a place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from .audit import Line
from .catalogue import Catalogue
from .chart import Chart
from .config import Settings
from .errors import Finding
from .metrics import Metrics
from .protocol import Feedback, RequestBody
from .service import Assessment, Service
from .stages import Stages


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as the exchange needs it; in shadow nothing is shown to that caller's users."""

    name: str = "unsigned"
    tenant: str = ""
    token_id: str = ""
    shadow: bool = False


class Gate(Protocol):
    """Says who is calling."""

    def admit(self, *, authorization: str | None, path: str, remote: str) -> Caller:
        """Return the caller, or raise `NotAuthenticated` or `TooManyRequests`."""
        ...


class Reader(Protocol):
    """Brings a patient's chart together."""

    def read(self, service: Service, body: RequestBody, *, caller: Caller, as_of: date, stages: Stages) -> Chart:
        """Return the chart, or raise `NeededDataMissing` or `WrongPatient`."""
        ...


class Record(Protocol):
    """Keeps what was shown, and what users did with it."""

    def shown(self, service: Service, body: RequestBody, assessment: Assessment, *, caller: Caller) -> None:
        """Keep the cards of an answer; a store that is down must not cost the answer."""
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
    today: Callable[[], date]


def name_caller(line: Line, caller: Caller) -> None:
    """Write the caller into the audit line."""
    line.client, line.tenant, line.token_id, line.shadow = caller.name, caller.tenant, caller.token_id, caller.shadow
