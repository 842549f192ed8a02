"""Fetching a client's key set from its registered URL, as guarded as a read from a FHIR server: checked addresses, no
redirect, little time, few bytes, and nothing of the environment."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus

import requests
import urllib3

from ..fhir_client.addresses import Resolver
from ..fhir_client.deadline import Deadline
from ..fhir_client.origins import parse_base
from ..fhir_client.sockets import BoundAdapter, Exchange, bound_by, open_socket, tls_context
from .clients import Client
from .jwks import MAX_BYTES, Fetch, NotFetched

FETCH_SECONDS = 2.0
_HEADERS = {
    "Accept": "application/jwk-set+json, application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "cds-service",
}
_KEY_SET = frozenset({"application/json", "application/jwk-set+json", "application/jwk+json", "text/json", ""})
_HEAD_BYTES = 16_384


def fetch_of(client: Client, resolver: Resolver) -> Fetch:
    """Return how the keys of a client are had: from its file, else from its URL."""
    if client.jwks_file is not None:
        return _from_file(client)
    if client.jwks_url is None:
        raise ValueError("a checked client has a file or a URL")
    return _from_url(client.jwks_url, client, resolver)


def _from_file(client: Client) -> Fetch:
    def read() -> bytes:
        try:
            return client.jwks_file.read_bytes() if client.jwks_file else b""
        except OSError as problem:
            raise NotFetched(type(problem).__name__) from None

    return read


def _from_url(url: str, client: Client, resolver: Resolver) -> Fetch:
    base = parse_base(url)

    def connect(deadline: Deadline) -> socket.socket:
        addresses = resolver.addresses(
            base.host, base.port, access=client.access, scheme=base.scheme, deadline=deadline
        )
        return open_socket(addresses, base.port, deadline)

    def get() -> bytes:
        exchange = Exchange(Deadline.after(FETCH_SECONDS), MAX_BYTES + _HEAD_BYTES, connect)
        prepared = requests.Request("GET", url, _HEADERS).prepare()
        try:
            with closing(BoundAdapter(tls_context(client.access.ca_file), connections=1)) as adapter:
                return _sent(adapter, prepared, exchange)
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError) as problem:
            raise NotFetched(type(exchange.broken or problem).__name__) from None

    return get


def _sent(adapter: BoundAdapter, prepared: requests.PreparedRequest, exchange: Exchange) -> bytes:
    with bound_by(exchange), closing(adapter.send(prepared, stream=True)) as response:
        if response.status_code != HTTPStatus.OK:
            raise NotFetched(f"status {response.status_code}")
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if kind not in _KEY_SET or encoding not in {"identity", ""}:
            raise NotFetched("not JSON")
        return _all_of(response.raw.read)


def _all_of(read: Callable[..., bytes]) -> bytes:
    chunks: list[bytes] = []
    while chunk := read(MAX_BYTES, decode_content=False):
        chunks.append(chunk)
    return b"".join(chunks)
