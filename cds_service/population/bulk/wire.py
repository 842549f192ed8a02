"""Requests of the bulk client, as guarded as a read for a card: checked addresses, no redirect, bounded silence.

A token goes only to the server itself, or to an origin that was named for files.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import urllib3

from ...errors import ExportFailed
from ...fhir_client.addresses import Resolver
from ...fhir_client.deadline import Deadline
from ...fhir_client.origins import Base, FhirAccess, NotAUrl, parse_base, within
from ...fhir_client.sockets import BoundAdapter, Exchange, bound_by, open_socket, tls_context

SILENCE_SECONDS = 60.0
_MOST_ANSWER = 64 << 20
_MOST_FILE = 1 << 44
_CHUNK = 1 << 20
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "cds-service"}
_BROKEN = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError)


class Unheard(Exception):
    """No whole answer came; the request may be repeated."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Wire:
    """Sends requests to the origins that were named, and to no other."""

    def __init__(self, access: FhirAccess, origins: tuple[Base, ...]) -> None:
        self._access = access
        self._origins = list(origins)
        self._resolver = Resolver()
        self._adapter = BoundAdapter(tls_context(access.ca_file), connections=4)

    def trust(self, url: str) -> None:
        """Take an address that the server itself names for signing in."""
        self._origins.append(_origin(url))

    def covers(self, url: str) -> bool:
        """Whether a request may go there."""
        return any(within(origin, url) for origin in self._origins)

    def ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, *, form: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request and return the answer, whatever its status; raise `Unheard` when none came."""
        with self._sent(method, url, headers or {}, form, most=_MOST_ANSWER) as (response, _):
            return Reply(response.status_code, _lower(response), response.raw.read(decode_content=False))

    def download(self, url: str, headers: Mapping[str, str], path: Path) -> int:
        """Append a file to what is there of it; return the status. Raises `Unheard`, with what came kept."""
        there = path.stat().st_size if path.exists() else 0
        asked = {**headers, **({"Range": f"bytes={there}-"} if there else {})}
        with self._sent("GET", url, asked, None, most=_MOST_FILE) as (response, exchange):
            status = response.status_code
            if status not in (200, 206):
                return status
            goes_on = status == 206 and _lower(response).get("content-range", "").startswith(f"bytes {there}-")
            if status == 206 and not goes_on:
                raise Unheard("another part of the file came than was asked for")
            with path.open("ab" if goes_on else "wb") as out:
                while chunk := response.raw.read(_CHUNK, decode_content=False):
                    out.write(chunk)
                    exchange.deadline = Deadline.after(SILENCE_SECONDS)
            return status

    def close(self) -> None:
        """End connections and threads."""
        self._adapter.close()
        self._resolver.close()

    @contextmanager
    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None, *, most: int
    ) -> Iterator[tuple[requests.Response, Exchange]]:
        prepared = requests.Request(method, url, {**_HEADERS, **headers}, data=form).prepare()
        if not self.covers(prepared.url or ""):
            raise ExportFailed(f"{_shown(url)} is no address that was named; name its origin with --also-from")
        exchange = self._exchange(prepared.url or "", most)
        try:
            with bound_by(exchange), closing(self._adapter.send(prepared, stream=True)) as response:
                if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
                    raise Unheard("the answer is packed, which was not asked for")
                yield response, exchange
        except _BROKEN as problem:
            raise Unheard(type(exchange.broken or problem).__name__) from None

    def _exchange(self, url: str, most: int) -> Exchange:
        base = _origin(url)

        def connect(deadline: Deadline) -> socket.socket:
            found = self._resolver.addresses(
                base.host, base.port, access=self._access, scheme=base.scheme, deadline=deadline
            )
            return open_socket(found, base.port, deadline)

        return Exchange(Deadline.after(SILENCE_SECONDS), most, connect)


def _origin(url: str) -> Base:
    try:
        scheme, _, rest = url.partition("://")
        return parse_base(f"{scheme}://{rest.partition('/')[0].partition('?')[0]}")
    except NotAUrl as problem:
        raise ExportFailed(f"{_shown(url)}: {problem}") from None


def _shown(url: str) -> str:
    """Return an address without its query, which may hold a secret."""
    return url.partition("?")[0][:200]


def _lower(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
