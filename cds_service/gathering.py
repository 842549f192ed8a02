"""The reader of charts that a running application uses: prefetch first, the EHR's FHIR server for what is missing."""

from __future__ import annotations

from datetime import date

from .config import Settings
from .fhir_client.client import FhirServers
from .fhir_client.deadline import Deadline
from .parts import Caller
from .prefetch import Gathered, gather
from .protocol import RequestBody
from .service import Service
from .stages import Stages


class Gatherer:
    """Brings charts together within the time that the settings give an answer."""

    def __init__(self, settings: Settings, servers: FhirServers) -> None:
        self._seconds = settings.deadline_seconds
        self._servers = servers

    def read(self, service: Service, body: RequestBody, *, caller: Caller, as_of: date, stages: Stages) -> Gathered:
        """Return the chart with how it came; the time counts from the first byte of the exchange."""
        return gather(
            service.prefetch,
            body,
            as_of=as_of,
            access=caller.access,
            servers=self._servers,
            deadline=Deadline.after(max(0.0, self._seconds - stages.elapsed())),
            stages=stages,
        )
