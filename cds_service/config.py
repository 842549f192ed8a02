"""Settings: one `CDS_*` environment variable a field, each with its meaning; a bad one stops the start.

`settings_from(environ)` reads them. An unknown `CDS_*` name is refused too, since a misspelt setting is a setting that
silently does not hold. `docs()` lists them for the deploy pages, and a test holds the two together.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from .errors import ConfigError

DEVELOPMENT_KEY = "development-only-not-a-secret"
_PREFIX = "CDS_"


def _of(meaning: str, **limits: Any) -> Meta:
    return Meta(description=meaning, **limits)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a site can set; the field `port` is the variable `CDS_PORT`."""

    env: Annotated[Literal["development", "production"], _of("development or production")] = "development"
    host: Annotated[str, _of("address to listen on", min_length=1)] = "127.0.0.1"
    port: Annotated[int, _of("port to listen on", ge=1, le=65535)] = 8080
    workers: Annotated[int, _of("server processes", ge=1, le=64)] = 1
    threads: Annotated[int, _of("threads of each server process", ge=1, le=256)] = 16
    worker_requests: Annotated[
        int, _of("calls after which a server process is replaced by a fresh one; 0 never", ge=0, le=10_000_000)
    ] = 0
    drain_seconds: Annotated[
        float, _of("time from being told to stop, in which calls are taken and /readyz says no", ge=0, le=60)
    ] = 0.0
    public_base_url: Annotated[str, _of("the URL that clients call, for token audiences and links")] = ""
    database_url: Annotated[str, _of("sqlite:///… or postgresql+psycopg://…, or @FILE")] = (
        "sqlite:///var/cds-service.db"
    )
    clients: Annotated[Path | None, _of("file of the client registry; with it every call must be signed")] = None
    fhir_servers: Annotated[
        tuple[str, ...], _of("FHIR bases that calls without a registered client may name (development)")
    ] = ()
    cors_origins: Annotated[tuple[str, ...], _of("browser origins that may call; * in development only")] = ()
    deadline_seconds: Annotated[float, _of("time for one answer, with all reading", gt=0, le=60)] = 4.0
    max_body_bytes: Annotated[int, _of("largest request body", ge=1024, le=268_435_456)] = 10_485_760
    playground: Annotated[bool | None, _of("page and endpoint for developers; development only")] = None
    services: Annotated[str, _of("package:NAME of the list of services to offer")] = "hooks:SERVICES"
    knowledge_overlay: Annotated[Path | None, _of("folder of a site's own knowledge pages")] = None
    repeat_days: Annotated[
        int, _of("days for which an overridden card stays away; 0 shows it always", ge=0, le=365)
    ] = 30
    repeat_per: Annotated[
        Literal["user", "patient"], _of("whose override counts: the same user's, or anyone's for the patient")
    ] = "user"
    comments: Annotated[
        Literal["encrypted", "dropped"], _of("what becomes of the free text that users add to feedback")
    ] = "encrypted"
    secret_key: Annotated[str, _of("key of the keyed hashes, 32 characters or more, or @FILE")] = DEVELOPMENT_KEY

    def __repr__(self) -> str:
        """Without values: a database URL or a key must not reach a log."""
        return f"Settings(env={self.env!r}, …)"

    @property
    def production(self) -> bool:
        """Whether the strict rules hold."""
        return self.env == "production"

    @property
    def playground_on(self) -> bool:
        """Whether the playground answers: by default in development."""
        return not self.production if self.playground is None else self.playground

    @property
    def base_url(self) -> str:
        """The URL that clients call, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_base_url or f"http://{host}:{self.port}").rstrip("/")


_LISTS = frozenset({"fhir_servers", "cors_origins"})
_SECRETS = frozenset({"database_url", "secret_key"})  # may be `@FILE`: environments are shown in too many places


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings out of an environment; raise `ConfigError` with one clear line at the first that is bad."""
    known = {_PREFIX + name.upper(): name for name in Settings.__struct_fields__}
    given: dict[str, Any] = {}
    for variable in sorted(v for v in environ if v.startswith(_PREFIX)):
        if variable not in known:
            raise ConfigError(_unknown(variable, known))
        value = environ[variable].strip()
        if known[variable] in _SECRETS and value.startswith("@"):
            value = _in_file(variable, Path(value[1:]))
        if value:
            given[known[variable]] = _parted(value) if known[variable] in _LISTS else value
    try:
        settings = msgspec.convert(given, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as problem:
        raise ConfigError(_bad(problem)) from None
    for broken in _broken_rules(settings):
        raise ConfigError(broken)
    return settings


def docs() -> Iterator[tuple[str, str, str]]:
    """Yield variable, default and meaning of each setting, in the order of the fields."""
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        meta = next(a for a in get_args(hints[field.name]) if isinstance(a, Meta))
        shown = "" if field.default in (None, (), "") else str(field.default)
        yield _PREFIX + field.name.upper(), shown, meta.description or ""


def _parted(value: str) -> list[str]:
    return [part.strip().rstrip("/") for part in value.split(",") if part.strip()]


def _in_file(variable: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{variable}: the file {file} cannot be read") from None


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)


def _unknown(variable: str, known: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(variable, known, n=1)
    return f"{variable} is no setting of this service" + (f"; did you mean {near[0]}?" if near else "; remove it.")


def _bad(problem: msgspec.ValidationError) -> str:
    """Name the variable, not the field; msgspec's message tells the type and never the value."""
    says, _, where = str(problem).partition(" - at `$.")
    field = where.rstrip("`").split("[")[0]
    return f"{_PREFIX}{field.upper()}: {says[0].lower()}{says[1:]}"


def _broken_rules(settings: Settings) -> Iterator[str]:
    """Yield each rule of the environment that the settings break, in words that say how to mend it."""
    yield from _broken_files(settings)
    yield from _broken_urls(settings)
    yield from _broken_in_production(settings) if settings.production else _broken_in_development(settings)


def _broken_files(settings: Settings) -> Iterator[str]:
    if settings.clients is not None and not settings.clients.is_file():
        yield f"CDS_CLIENTS: no file at {settings.clients}"
    if settings.knowledge_overlay is not None and not settings.knowledge_overlay.is_dir():
        yield f"CDS_KNOWLEDGE_OVERLAY: no folder at {settings.knowledge_overlay}"
    if ":" not in settings.services:
        yield "CDS_SERVICES: write package:NAME, as in hooks:SERVICES"


def _broken_urls(settings: Settings) -> Iterator[str]:
    if settings.public_base_url and not _is_base(settings.public_base_url):
        yield "CDS_PUBLIC_BASE_URL: write http(s)://host[:port][/path], without query, fragment or user"
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        yield "CDS_DATABASE_URL: write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    for server in settings.fhir_servers:
        if not _is_base(server):
            yield "CDS_FHIR_SERVERS: each is http(s)://host[:port][/path], without query, fragment or user"
    for origin in settings.cors_origins:
        if origin != "*" and not (_is_base(origin) and not urlsplit(origin).path):
            yield "CDS_CORS_ORIGINS: each is http(s)://host[:port], nothing after it"


def _broken_in_production(settings: Settings) -> Iterator[str]:
    if settings.clients is None:
        yield "CDS_CLIENTS: production needs a client registry, so that every call is signed"
    if not settings.public_base_url.startswith("https://"):
        yield "CDS_PUBLIC_BASE_URL: production needs the https URL that clients call"
    if len(settings.secret_key) < 32:
        yield "CDS_SECRET_KEY: production needs a random key of 32 characters or more"
    if settings.playground:
        yield "CDS_PLAYGROUND: the playground answers unsigned calls and stays off in production"
    if "*" in settings.cors_origins:
        yield "CDS_CORS_ORIGINS: * is for development; name each origin"
    if settings.fhir_servers:
        yield "CDS_FHIR_SERVERS: is for development; name fhir_servers in each client of CDS_CLIENTS"


def _broken_in_development(settings: Settings) -> Iterator[str]:
    if settings.clients is None and not is_loopback(settings.host):
        yield (
            "CDS_HOST: without CDS_CLIENTS unsigned calls are answered, so only on a loopback address "
            "such as 127.0.0.1; set CDS_CLIENTS to listen elsewhere"
        )


@lru_cache(maxsize=256)  # asked in every call of a developer's machine, of the same few
def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine's own loopback addresses."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_base(url: str) -> bool:
    if not url.isascii() or any(c.isspace() or ord(c) < 32 for c in url):
        return False
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or "\\" in url or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port_fits and plain
