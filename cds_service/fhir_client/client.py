"""Reading from an EHR's FHIR server with the token of one request, and everything that may go wrong by name.

One `FhirServer` a client and origin keeps what calls share: connections, threads, the breaker. The token is never kept;
it goes into the header of one request and into nothing else.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import requests
import urllib3

from ..bundle import Page, read_page
from .addresses import NotAllowedAddress, NotResolved, Resolver
from .breaker import Breaker
from .deadline import Deadline
from .faults import BY_STATUS, TELLS_OF_TROUBLE, Fault, ReadFailed
from .origins import Base, FhirAccess, within
from .scopes import Grant
from .sockets import BoundAdapter, Exchange, OutOfTime, TooManyBytes, bound_by, open_socket, tls_context

# A chart takes fourteen reads at once; more clinicians than four at a moment should not wait for each other.
PARALLEL = 64
PAGE_BYTES = 5 * 1024 * 1024
_CHUNK = 65_536
_AGAIN_SECONDS = 1.0
_FHIR_JSON = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "text/json", ""})
_HEADERS = {
    "Accept": "application/fhir+json",
    "Accept-Encoding": "identity",
    "User-Agent": "cds-service",
    # An unknown parameter is to be left out and said, not refused (FHIR R4, 3.1.1.1.1): we filter again ourselves.
    "Prefer": "handling=lenient",
}

Count = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a URL to get, or, with `form`, a search to post."""

    url: str
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """One page as read, and how many bytes it took."""

    page: Page
    size: int


class FhirServer:
    """What all calls of one client to one FHIR origin share."""

    def __init__(self, access: FhirAccess, resolver: Resolver, count: Count) -> None:
        self.access = access
        self.breaker = Breaker()
        self.count = count
        self.searches_by_post = False
        self.threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="fhir")
        self._resolver = resolver
        self._adapter = BoundAdapter(tls_context(access.ca_file), connections=PARALLEL)

    def ask(self, ask: Ask, *, base: Base, grant: Grant, deadline: Deadline) -> Answered:
        """Send one request and read its page; raise `ReadFailed`. A dropped connection is tried once more."""
        if deadline.left() <= 0:  # our own time is up, which tells nothing of the server
            self.count(Fault.TIMEOUT.value)
            raise ReadFailed(Fault.TIMEOUT)
        try:
            answered = self._once_or_twice(ask, base, grant, deadline)
        except ReadFailed as failed:
            (self.breaker.failed if failed.fault in TELLS_OF_TROUBLE else self.breaker.succeeded)()
            self.count(failed.fault.value)
            raise
        self.breaker.succeeded()
        self.count("ok")
        return answered

    def close(self) -> None:
        """End threads and connections."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self._adapter.close()

    def _once_or_twice(self, ask: Ask, base: Base, grant: Grant, deadline: Deadline) -> Answered:
        exchange = self._exchange(base, deadline)
        try:
            return self._exchanged(ask, base, grant, exchange)
        except ReadFailed as failed:
            unheard = failed.fault is Fault.CONNECTION and not exchange.received
            if not unheard or deadline.left() < _AGAIN_SECONDS:
                raise
        return self._exchanged(ask, base, grant, self._exchange(base, deadline))

    def _exchange(self, base: Base, deadline: Deadline) -> Exchange:
        def connect(deadline: Deadline) -> socket.socket:
            addresses = self._resolver.addresses(
                base.host, base.port, access=self.access, scheme=base.scheme, deadline=deadline
            )
            return open_socket(addresses, base.port, deadline)

        return Exchange(deadline, PAGE_BYTES, connect)

    def _exchanged(self, ask: Ask, base: Base, grant: Grant, exchange: Exchange) -> Answered:
        prepared = _prepared(ask, base, grant)
        try:
            with bound_by(exchange), closing(self._adapter.send(prepared, stream=True)) as response:
                _check_head(response)
                body = _body(response)
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError) as problem:
            # Without the cause: errors of requests carry the request, and with it the token.
            raise ReadFailed(_fault(problem, exchange)) from None
        return Answered(_page(body), len(body))


class FhirServers:
    """All FHIR servers that calls have named, one entry a client and origin.

    `count` is told how each request ended: "ok", a `Fault`, or "paused" for an answer that the breaker kept back.
    `before_asking` is called by the thread that is about to wait for a server.
    """

    def __init__(
        self,
        resolver: Resolver | None = None,
        *,
        count: Count = lambda _: None,
        before_asking: Callable[[], None] = lambda: None,
    ) -> None:
        self._resolver = resolver or Resolver()
        self._count = count
        self._before_asking = before_asking
        self._lock = threading.Lock()
        self._servers: dict[tuple[str, tuple[str, str, int], Path | None], FhirServer] = {}

    def server(self, base: Base, access: FhirAccess) -> FhirServer:
        """Return the shared parts of one client's calls to one origin; clients never share a connection."""
        self._before_asking()
        key = (access.client, base.origin, access.ca_file)
        with self._lock:
            if key not in self._servers:
                self._servers[key] = FhirServer(access, self._resolver, self._count)
            return self._servers[key]

    def close(self) -> None:
        """End all threads and connections."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()
        self._resolver.close()


def _prepared(ask: Ask, base: Base, grant: Grant) -> requests.PreparedRequest:
    headers = dict(_HEADERS)
    if grant.header:
        headers["Authorization"] = grant.header
    if ask.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    prepared = requests.Request("GET" if ask.form is None else "POST", ask.url, headers, data=ask.form).prepare()
    if within(base, prepared.url) is None:  # what requests made of the URL is checked, not what we gave it
        raise ReadFailed(Fault.ADDRESS)
    return prepared


def _check_head(response: requests.Response) -> None:
    status = response.status_code
    if 300 <= status < 400:
        raise ReadFailed(Fault.REDIRECT, status)
    if status != http.HTTPStatus.OK:
        fault = BY_STATUS.get(status) or (Fault.SERVER if status >= 500 else Fault.REFUSED)
        raise ReadFailed(fault, status)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if kind not in _FHIR_JSON or encoding not in {"identity", ""}:
        raise ReadFailed(Fault.NOT_FHIR, status)


def _body(response: requests.Response) -> bytes:
    """Read the body as sent: nothing is unpacked, so that a small body stays small."""
    chunks: list[bytes] = []
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        chunks.append(chunk)
    return b"".join(chunks)


def _page(body: bytes) -> Page:
    try:
        return read_page(body)
    except (msgspec.DecodeError, RecursionError):
        raise ReadFailed(Fault.NOT_FHIR, 200) from None


def _fault(problem: Exception, exchange: Exchange) -> Fault:
    """Name a failure by the bound that was hit first, else by what the libraries made of it."""
    match exchange.broken or problem:
        case OutOfTime():
            return Fault.TIMEOUT
        case TooManyBytes():
            return Fault.TOO_LARGE
        case NotResolved():
            return Fault.NAME
        case NotAllowedAddress():
            return Fault.ADDRESS
        case TimeoutError() | requests.Timeout():
            return Fault.TIMEOUT
        case ssl.SSLError() | requests.exceptions.SSLError():
            return Fault.TLS
        case _:
            return Fault.TIMEOUT if exchange.deadline.passed() else Fault.CONNECTION
