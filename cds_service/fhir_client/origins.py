"""Which FHIR servers a client's calls may name, compared as parsed origin and path segments, never as text.

A URL is taken only in the narrow form that every parser reads alike: ASCII, no user, no backslash, no escape that
hides a dot or a slash, no host that a resolver might read as a number. What is not in that form names no server.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SEGMENT = r"[A-Za-z0-9\-._~!$&'()*+,;=:@|%]+"
_URL = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.\-]{1,253})"
    r"(?::(?P<port>[0-9]{1,5}))?"
    rf"(?P<path>(?:/{_SEGMENT})*)(?P<slash>/?)"
    r"(?P<query>\?[A-Za-z0-9\-._~!$&'()*+,;=:@|%/?\[\]]*)?",
    re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f]{2})?")
_HIDING = frozenset({"%2e", "%2f", "%5c", "%00", "%0a", "%0d", "%"})


class NotAUrl(ValueError):
    """A text is no URL of the narrow form; the message never repeats it."""


@dataclass(frozen=True, slots=True)
class Base:
    """A FHIR base: origin and path segments, normalised so that equal servers are equal values."""

    scheme: str
    host: str
    port: int
    segments: tuple[str, ...] = ()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}" + "".join(f"/{s}" for s in self.segments)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host, self.port

    def covers(self, other: Base) -> bool:
        """Whether `other` has the same origin and lies at this path or below it."""
        return self.origin == other.origin and other.segments[: len(self.segments)] == self.segments


def parse_base(text: str) -> Base:
    """Read a FHIR base; a query, an escape or anything unusual raises `NotAUrl`."""
    found = _match(text)
    if found["query"] is not None or "%" in (found["path"] or ""):
        raise NotAUrl("a FHIR base has no query and no escapes")
    return _base_of(found)


def within(base: Base, url: str | None) -> str | None:
    """Return a page's URL when it lies under the base, else `None`; a relative one names no origin and is not taken."""
    try:
        found = _match(url or "")
        return url if base.covers(_base_of(found)) and _escapes_are_plain(found["path"]) else None
    except NotAUrl:
        return None


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """What the calls of one client may reach: bases, address ranges of the hospital's own network, and the CA.

    `subjects` are the OAuth client ids under which the EHR knows us; a token for another is not used (empty: not
    checked). `development` allows loopback, http on it, private ranges, and reading without a token.
    """

    client: str
    bases: tuple[Base, ...] = ()
    networks: tuple[Network, ...] = ()
    ca_file: Path | None = None
    subjects: frozenset[str] = frozenset()
    development: bool = False

    def allowed(self, fhir_server: str) -> Base | None:
        """Return the parsed server when this client may name it, else `None`."""
        try:
            asked = parse_base(fhir_server)
        except NotAUrl:
            return None
        if asked.scheme != "https" and not self.development:
            return None
        return asked if any(base.covers(asked) for base in self.bases) else None


def access_of(
    client: str,
    fhir_servers: Iterable[str],
    *,
    networks: Iterable[str] = (),
    ca_file: Path | None = None,
    subjects: Iterable[str] = (),
    development: bool = False,
) -> FhirAccess:
    """Make the access of a client out of its registry entry; a bad entry stops the start with `ConfigError`."""
    bases = tuple(_configured(client, server, development=development) for server in fhir_servers)
    if ca_file is not None and not ca_file.is_file():
        raise ConfigError(f"client {client}: fhir_ca_file: no file at {ca_file}")
    try:
        listed = tuple(ipaddress.ip_network(n) for n in networks)
    except ValueError as problem:
        raise ConfigError(f"client {client}: fhir_networks: {problem}; write 10.20.0.0/16") from None
    return FhirAccess(
        client=client,
        bases=bases,
        networks=listed + tuple(n for n in (_literal(base.host) for base in bases) if n is not None),
        ca_file=ca_file,
        subjects=frozenset(subjects),
        development=development,
    )


def _configured(client: str, server: str, *, development: bool) -> Base:
    try:
        base = parse_base(server)
    except NotAUrl as problem:
        raise ConfigError(f"client {client}: fhir_servers: {problem}; write https://host[:port][/path]") from None
    if base.scheme != "https" and not development:
        raise ConfigError(f"client {client}: fhir_servers: production needs https, so that no token travels in clear")
    return base


def _match(text: str) -> dict[str, str | None]:
    found = _URL.fullmatch(text) if len(text) <= 4096 else None
    if found is None:
        raise NotAUrl("it is not an http(s) URL in plain form")
    return found.groupdict()


def _base_of(found: dict[str, str | None]) -> Base:
    scheme = (found["scheme"] or "").lower()
    segments = tuple((found["path"] or "").split("/")[1:])
    if any(set(s) == {"."} for s in segments):
        raise NotAUrl("its path climbs")
    return Base(scheme, _host(found["host"] or ""), _port(scheme, found["port"]), segments)


def _port(scheme: str, text: str | None) -> int:
    port = _DEFAULT_PORTS[scheme] if text is None else int(text)
    if not 1 <= port <= 65535:
        raise NotAUrl("its port does not exist")
    return port


def _host(text: str) -> str:
    """Return a host in one spelling; a number that only some resolvers would read as an address is refused."""
    try:
        if text.startswith("["):
            return ipaddress.IPv6Address(text[1:-1]).compressed
        lowered = text.lower()
        if _NUMBER.fullmatch(lowered.rpartition(".")[2]):
            return str(ipaddress.IPv4Address(lowered))
    except ValueError:
        raise NotAUrl("its host is no address in canonical form") from None
    if not all(_LABEL.fullmatch(label) for label in lowered.split(".")):
        raise NotAUrl("its host is no name in canonical form")
    return lowered


def _escapes_are_plain(path: str | None) -> bool:
    return not any(escape.lower() in _HIDING for escape in _ESCAPE.findall(path or ""))


def _literal(host: str) -> Network | None:
    """A base that is written as an address is its own permission for exactly that address."""
    try:
        return ipaddress.ip_network(host)
    except ValueError:
        return None
