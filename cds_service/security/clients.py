"""The client registry: who may call, read from one TOML file, strictly, before the first call is answered.

Each `[[client]]` table is one caller. A mistake in it stops the start, with the file, the row and what to write
instead: a client that is registered wrongly would be refused in production for a reason that no answer may tell.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ..errors import ConfigError
from ..fhir_client.origins import FhirAccess, NotAUrl, access_of, parse_base
from .jwks import NotAKeySet, parse_key_set
from .limits import Limits

Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512"]
Words = Annotated[str, Meta(min_length=1, max_length=512)]
LONGEST_TOKEN_SECONDS = 3600

_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(?::\d{1,5})?|https?://\[[0-9a-f:]+\](?::\d{1,5})?")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[client]]` table as it is written."""

    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._ -]{0,63}\Z")]
    issuer: Words
    jwks_url: Words | None = None
    jwks_file: Words | None = None
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)] = ("ES384", "RS384")
    audiences: tuple[Words, ...] = ()
    tenants: tuple[Words, ...] = ()
    fhir_servers: tuple[Words, ...] = ()
    fhir_ca_file: Words | None = None
    fhir_networks: tuple[Words, ...] = ()
    fhir_subjects: tuple[Words, ...] = ()
    cors_origins: tuple[Words, ...] = ()
    max_token_seconds: Annotated[int, Meta(ge=1, le=LONGEST_TOKEN_SECONDS)] = 600
    allow_token_reuse: bool = False
    requests_per_minute: Annotated[int, Meta(ge=1, le=1_000_000)] = 6000
    max_concurrent: Annotated[int, Meta(ge=1, le=10_000)] = 16
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client, checked: what its tokens must be and what its calls may do."""

    name: str
    issuer: str
    jwks_url: str | None
    jwks_file: Path | None
    algorithms: frozenset[str]
    audiences: frozenset[str]
    tenants: frozenset[str]
    access: FhirAccess
    cors_origins: frozenset[str]
    max_token_seconds: int
    allow_token_reuse: bool
    limits: Limits
    shadow: bool


class Registry:
    """All clients of a site; one issuer may stand in several rows when their tenants tell them apart."""

    def __init__(self, clients: tuple[Client, ...]) -> None:
        self.clients = clients
        self._found = {(c.issuer, tenant): c for c in clients for tenant in (c.tenants or {""})}
        self.issuers = frozenset(c.issuer for c in clients)
        self.cors_origins = frozenset(o for c in clients for o in c.cors_origins)

    def find(self, issuer: str, tenant: str) -> Client | None:
        """Return the client of an issuer and tenant (empty: the token names none), each letter by letter."""
        return self._found.get((issuer, tenant))


def read_registry(path: Path, *, production: bool) -> Registry:
    """Read the registry; raise `ConfigError` at the first row that cannot be used."""
    rows = list(_rows(path))
    if not rows:
        raise ConfigError(f"{path}: no client in it; write at least one [[client]] table with name, issuer, jwks_url")
    clients: list[Client] = []
    for number, raw in enumerate(rows, start=1):
        where = _where(path, number, raw)
        client = _client(_row(raw, where), path.parent, where, production=production)
        for said in _clashes(client, clients):
            raise ConfigError(f"{where}: {said}")
        clients.append(client)
    return Registry(tuple(clients))


def _rows(path: Path) -> Iterator[Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read ({problem.strerror}); CDS_CLIENTS names the registry") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: is not TOML: {problem}") from None
    for key in document:
        if key != "client":
            raise ConfigError(f"{path}: `{key}` is not known here; every client is a [[client]] table")
    rows = document.get("client", [])
    if not isinstance(rows, list):
        raise ConfigError(f"{path}: write [[client]] with two brackets, once for each client")
    yield from rows


def _where(path: Path, number: int, raw: Any) -> str:
    name = raw.get("name") if isinstance(raw, dict) else None
    return f"{path}: client {number}" + (f" ({name})" if isinstance(name, str) else "")


def _row(raw: Any, where: str) -> Row:
    if isinstance(raw, dict):
        for key in raw:
            if key not in Row.__struct_fields__:
                near = difflib.get_close_matches(key, Row.__struct_fields__, n=1)
                raise ConfigError(f"{where}: `{key}` is not known" + (f"; did you mean `{near[0]}`?" if near else ""))
    try:
        return msgspec.convert(raw, Row)
    except msgspec.ValidationError as problem:
        says, _, at = str(problem).partition(" - at `$.")
        field = f"{at.rstrip('`')}: " if at else ""
        raise ConfigError(f"{where}: {field}{says[0].lower()}{says[1:]}") from None


def _client(row: Row, folder: Path, where: str, *, production: bool) -> Client:
    for said in _broken(row, production=production):
        raise ConfigError(f"{where}: {said}")
    return Client(
        name=row.name,
        issuer=row.issuer,
        jwks_url=row.jwks_url,
        jwks_file=_key_file(row, folder, where),
        algorithms=frozenset(row.algorithms),
        audiences=frozenset(row.audiences),
        tenants=frozenset(row.tenants),
        access=_access(row, folder, where, production=production),
        cors_origins=frozenset(row.cors_origins),
        max_token_seconds=row.max_token_seconds,
        allow_token_reuse=row.allow_token_reuse,
        limits=Limits(requests_per_minute=row.requests_per_minute, max_concurrent=row.max_concurrent),
        shadow=row.shadow,
    )


def _broken(row: Row, *, production: bool) -> Iterator[str]:
    """Yield each rule that a row breaks, in words that say how to mend it."""
    if row.jwks_url is None and row.jwks_file is None:
        yield 'no keys; write jwks_url = "https://…" or jwks_file = "keys.json"'
    if row.jwks_url is not None and not _is_key_url(row.jwks_url, production=production):
        yield "jwks_url: write an https URL without user, query or fragment"
    for audience in row.audiences:
        if urlsplit(audience).scheme not in {"http", "https"}:
            yield "audiences: each is a URL, just as the client writes it into `aud`"
    for origin in row.cors_origins:
        if not _ORIGIN.fullmatch(origin):
            yield "cors_origins: each is http(s)://host[:port] in lower case, nothing after it; * stands for no client"


def _is_key_url(url: str, *, production: bool) -> bool:
    try:
        base = parse_base(url)
    except NotAUrl:
        return False
    return base.scheme == "https" or (not production and base.host in _LOOPBACK)


def _key_file(row: Row, folder: Path, where: str) -> Path | None:
    if row.jwks_file is None:
        return None
    path = folder / row.jwks_file
    try:
        parse_key_set(path.read_bytes())
    except OSError as problem:
        raise ConfigError(f"{where}: jwks_file: {path} cannot be read ({problem.strerror})") from None
    except NotAKeySet as problem:
        raise ConfigError(f"{where}: jwks_file: {path}: {problem}") from None
    return path


def _access(row: Row, folder: Path, where: str, *, production: bool) -> FhirAccess:
    try:
        return access_of(
            row.name,
            row.fhir_servers,
            networks=row.fhir_networks,
            ca_file=None if row.fhir_ca_file is None else folder / row.fhir_ca_file,
            subjects=row.fhir_subjects,
            development=not production,
        )
    except ConfigError as problem:
        raise ConfigError(f"{where}: {problem}") from None


def _clashes(client: Client, others: list[Client]) -> Iterator[str]:
    for other in others:
        if other.name == client.name:
            yield "the name stands twice; the log could not tell the two apart"
        if other.issuer == client.issuer and (client.tenants or {""}) & (other.tenants or {""}):
            yield f"issuer and tenant are those of client {other.name} as well; give each row tenants of its own"
