"""The reading of one answer from one FHIR server: whether it may be done at all, and all of it at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait

from msgspec import UNSET

from ..protocol import RequestBody
from .client import Answered, Ask, FhirServer, FhirServers
from .deadline import Deadline
from .faults import Fault, ReadFailed
from .origins import Base, FhirAccess
from .paging import Reading
from .queries import Query
from .scopes import Grant, grant_of, without_token

ANSWER_BYTES = 48 * 1024 * 1024
_RESERVE_SECONDS = 0.3
_RESERVE_SHARE = 0.1


class Reader:
    """Reads for one answer; `refused` says why it may not, `requests` counts what was sent."""

    def __init__(self, body: RequestBody, *, access: FhirAccess, servers: FhirServers, deadline: Deadline) -> None:
        self.requests = 0
        self._size = 0
        self._servers = servers
        self._access = access
        reserve = min(_RESERVE_SECONDS, _RESERVE_SHARE * (deadline.at - deadline.started))
        permission = _permission(body, access, deadline.earlier(by=reserve))
        self.refused = permission if isinstance(permission, str) else None
        self.base: Base | None = None if isinstance(permission, str) else permission[0]
        self._grant: Grant | None = None if isinstance(permission, str) else permission[1]

    def refusal(self, query: Query) -> str | None:
        """Return why this query may not be sent, or `None`."""
        if self._grant is None:
            return self.refused
        may = self._grant.may(query.kind, "s" if query.is_search else "r")
        return None if may else "the token's scope does not cover it"

    def limit(self, query: Query) -> str | None:
        """Return why even a whole answer to the query does not hold everything, or `None`."""
        if self._grant is None or not query.is_search or self._grant.whole(query.kind):
            return None
        return "the token's scope covers only a part of it"

    def read(self, readings: Iterable[Reading]) -> None:
        """Send all that the readings ask for, and what they ask for next, until all is there or time is up."""
        asks = [(reading, ask) for reading in readings for ask in reading.opening()]
        if not asks or self.base is None or self._grant is None:
            return
        server = self._servers.server(self.base, self._access)
        if not server.breaker.admits():
            server.count("paused")
            for reading, _ in asks:
                reading.refused = "the FHIR server fails at the moment and is not asked"
            return
        if server.searches_by_post:
            asks = [(reading, reading.posted(ask) or ask) for reading, ask in asks]
        self._read_all(asks, server, self.base, self._grant)

    def _read_all(self, asks: list[tuple[Reading, Ask]], server: FhirServer, base: Base, grant: Grant) -> None:
        pending: dict[Future[Answered], tuple[Reading, Ask]] = {}

        def send(reading: Reading, ask: Ask) -> None:
            self.requests += 1
            sent = server.threads.submit(server.ask, ask, base=base, grant=grant, deadline=grant.until)
            pending[sent] = reading, ask

        for reading, ask in asks:
            send(reading, ask)
        while pending:
            done, _ = wait(pending, timeout=grant.until.left(), return_when=FIRST_COMPLETED)
            if not done:
                break
            for answer in done:
                reading, ask = pending.pop(answer)
                server.searches_by_post |= ask.form is not None and answer.exception() is None
                for following in self._next(reading, ask, answer):
                    send(reading, following)
        for late, (reading, ask) in pending.items():
            late.cancel()
            reading.failed(ask, Fault.TIMEOUT)

    def _next(self, reading: Reading, ask: Ask, answer: Future[Answered]) -> list[Ask]:
        try:
            answered = answer.result()
        except ReadFailed as failed:
            return reading.failed(ask, failed.fault, failed.status)
        self._size += answered.size
        if self._size > ANSWER_BYTES:
            return reading.failed(ask, Fault.TOO_LARGE)
        return reading.came(ask, answered.page)


def _permission(body: RequestBody, access: FhirAccess, deadline: Deadline) -> tuple[Base, Grant] | str:
    """Return where to read and with what, or why not; a token that contradicts the request raises `NotConformant`."""
    grant: Grant | str = without_token(deadline) if access.development else "no access token was sent"
    if body.fhir_authorization is not UNSET:
        grant = grant_of(body.fhir_authorization, patient_id=body.context.patient_id, access=access, deadline=deadline)
    if body.fhir_server is UNSET:
        return "no FHIR server was named"
    base = access.allowed(body.fhir_server)
    if base is None:
        return "the FHIR server named is not one that this client may name"
    return grant if isinstance(grant, str) else (base, grant)
