"""An adapter for `requests` whose every socket operation is bound: by a deadline, a byte cap and checked addresses.

A timeout of `requests` bounds one silence, not one call: a server that drips a byte a second holds it for ever. So the
bound sits on the socket itself, below HTTP and TLS. The adapter is used without a `Session`: what a session adds
(redirects, cookies, netrc, proxies from the environment) is what must not happen to a token.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .deadline import Deadline

# Its messages hold whole URLs, and a URL of a search names the patient. Nothing of it may reach a log at any level.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


class OutOfTime(TimeoutError):
    """The deadline of the exchange has passed."""


class TooManyBytes(OSError):
    """The server sent more than the exchange may take."""


@dataclass(slots=True)
class Exchange:
    """What one request and its response may use; `connect` opens a connection to an address that was checked.

    `broken` keeps the first bound that was hit, since the libraries above wrap it in errors of their own.
    """

    deadline: Deadline
    bytes_left: int
    connect: Callable[[Deadline], socket.socket]
    received: int = 0
    broken: Exception | None = None

    def seconds(self) -> float:
        """Return the seconds left for the next operation, or raise `OutOfTime`."""
        left = self.deadline.left()
        if left <= 0:
            self.broken = self.broken or OutOfTime("the deadline has passed")
            raise self.broken
        return left

    def took(self, count: int) -> None:
        """Count received bytes; raise `TooManyBytes` over the cap."""
        self.received += count
        if self.received > self.bytes_left:
            self.broken = self.broken or TooManyBytes("more bytes than this service takes")
            raise self.broken


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def bound_by(exchange: Exchange) -> Iterator[None]:
    """Bind every socket operation of this thread to the exchange."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


class _Bound:
    """The reading and writing of a socket, each cut to what the current exchange has left."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        exchange = self._wait_at_most_what_is_left()
        count: int = super().recv_into(buffer, nbytes or 0, flags)  # type: ignore[misc]
        exchange.took(count)
        return count

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        exchange = self._wait_at_most_what_is_left()
        data: bytes = super().recv(buflen, flags)  # type: ignore[misc]
        exchange.took(len(data))
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        self._wait_at_most_what_is_left()
        return super().send(data, flags)  # type: ignore[misc, no-any-return]

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._wait_at_most_what_is_left()
        super().sendall(data, flags)  # type: ignore[misc]

    def _wait_at_most_what_is_left(self) -> Exchange:
        exchange = _current.get()
        self.settimeout(exchange.seconds())  # type: ignore[attr-defined]
        return exchange


class BoundSocket(_Bound, socket.socket):
    """A TCP socket bound to the current exchange."""


class BoundTLSSocket(_Bound, ssl.SSLSocket):
    """A TLS socket bound to the current exchange."""


def open_socket(addresses: list[str], port: int, deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers; each gets its share of the time that is left."""
    problem: OSError = OSError("no address")
    for number, address in enumerate(addresses):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        opened = BoundSocket(family, socket.SOCK_STREAM)
        try:
            opened.settimeout(max(0.001, deadline.left() / (len(addresses) - number)))
            _keep_alive(opened)
            opened.connect((address, port))
            # The TLS handshake takes this timeout for the whole of itself.
            opened.settimeout(max(0.001, deadline.left()))
            return opened
        except OSError as failed:
            opened.close()
            problem = failed
    raise problem


def _keep_alive(opened: socket.socket) -> None:
    """Have the system find out that a firewall forgot a kept connection, before a clinician waits on it."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 2)):
        if hasattr(socket, option):
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _connect(connection: Any) -> socket.socket:  # noqa: ARG001  # the host is the exchange's business, by checked address
    exchange = _current.get()
    exchange.seconds()
    try:
        return exchange.connect(exchange.deadline)
    except OSError as problem:
        exchange.broken = exchange.broken or problem
        raise


class _Plain(HTTPConnection):
    _new_conn = _connect


class _Tls(HTTPSConnection):
    _new_conn = _connect


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return the TLS rules: certificates checked against the system's authorities, or against the given file alone."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = BoundTLSSocket
    return context


class BoundAdapter(HTTPAdapter):
    """Sends one prepared request over kept connections, inside `bound_by`; retries nothing, follows nothing."""

    def __init__(self, context: ssl.SSLContext, *, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, *args: Any, **kwargs: Any) -> None:
        """Use our connections and our TLS rules."""
        super().init_poolmanager(connections, maxsize, *args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Key connections by host alone: there is one set of TLS rules."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Add no authorities of `requests` to ours: the TLS rules are the context's."""

    def close(self) -> None:
        """Close the kept connections now; urllib3 would leave them to the garbage collector."""
        pools = self.poolmanager.pools
        for pool in [pools[key] for key in pools.keys()]:  # noqa: SIM118 (it cannot be iterated over by itself)
            pool.close()
        super().close()
