"""From a name to the addresses that may be connected to: asked once, all checked, and then held to.

A name is resolved once for all connections of some seconds, in threads of its own, since the system's resolver knows
no deadline. Every address of the answer must be allowed, or none is: a mixed answer is an attack or a mistake.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .deadline import Deadline
from .origins import FhirAccess

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Sequence[tuple[Any, ...]]]

KEEP_SECONDS = 30.0

# Ranges of the IANA special-purpose registries that are no host of a hospital, whatever `is_global` says of them.
_NEVER = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fe80::/10",
        "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_PRIVATE = tuple(
    ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class NotResolved(OSError):
    """A name gave no address in time."""


class NotAllowedAddress(OSError):
    """A name leads to an address that this client's calls may not reach."""


def permitted(text: str, access: FhirAccess, *, scheme: str) -> bool:
    """Whether a call of this client may connect to this address."""
    address = _unwrapped(ipaddress.ip_address(text))
    if address.is_loopback:
        return access.development
    if scheme != "https":
        return False
    if _among(address, _NEVER):
        return False
    if _among(address, _PRIVATE):
        return access.development or _among(address, access.networks)
    return address.is_global


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one leads to, through whichever of the four ways of writing it."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return inner
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _among(address: Address, networks: Sequence[Any]) -> bool:
    return any(address in n for n in networks)


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: Future[Sequence[tuple[Any, ...]]]
    until: float


def _system(host: str, port: int) -> Sequence[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Resolver:
    """Names to checked addresses, each name asked once in `KEEP_SECONDS` however many connections want it."""

    def __init__(self, lookup: Lookup = _system, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lookup = lookup
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, int], _Asked] = {}
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="names")

    def addresses(self, host: str, port: int, *, access: FhirAccess, scheme: str, deadline: Deadline) -> list[str]:
        """Return the addresses of a name, all of them allowed; raise `NotResolved` or `NotAllowedAddress`."""
        found = _literally(host) or self._resolved(host, port, deadline)
        if not found:
            raise NotResolved("the name has no address")
        if not all(permitted(a, access, scheme=scheme) for a in found):
            raise NotAllowedAddress("the name leads to an address that is not allowed")
        return found

    def close(self) -> None:
        """End the threads; a lookup that hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _resolved(self, host: str, port: int, deadline: Deadline) -> list[str]:
        asked = self._ask(host, port)
        try:
            rows = asked.answer.result(timeout=deadline.left())
        except (OSError, UnicodeError):  # a TimeoutError is an OSError
            self._forget(host, port, asked)
            raise NotResolved("the name could not be resolved in time") from None
        return list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))

    def _ask(self, host: str, port: int) -> _Asked:
        with self._lock:
            known = self._asked.get((host, port))
            if known is None or known.until <= self._clock():
                answer = self._threads.submit(self._lookup, host, port)
                known = self._asked[host, port] = _Asked(answer, self._clock() + KEEP_SECONDS)
            return known

    def _forget(self, host: str, port: int, asked: _Asked) -> None:
        """Drop a failure; an answer that is only late stays, so that a dead resolver is not asked by every call."""
        with self._lock:
            if asked.answer.done() and self._asked.get((host, port)) is asked:
                del self._asked[host, port]


def _literally(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return []
