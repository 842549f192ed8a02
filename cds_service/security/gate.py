"""Who is calling: every call passes one of two gates before anything of it is read.

With a client registry each call carries a signed token, also discovery and feedback (CDS Hooks, Trusting CDS Clients).
Without one, in development, unsigned calls of this machine are answered and no others. Whatever is wrong, the answer is
the same 401; only the log and a figure tell why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from flask import Flask, request

from ..config import Settings, is_loopback
from ..errors import NotAuthenticated
from ..fhir_client.addresses import Resolver
from ..fhir_client.origins import access_of
from ..metrics import Metrics
from ..parts import Caller, Gate
from .clients import Client, Registry, read_registry
from .jwks import KeySource
from .key_fetch import fetch_of
from .limits import Limits, Turnstile
from .replay import TokenUse
from .tokens import Refused, Token, Why, bearer, check_signature, check_words, client_of, read_token

Clock = Callable[[], float]

# Each asks the gate by itself.
SIGNED = frozenset({"cds.discovery", "cds.call", "cds.feedback"})
# For machines that watch over the service, and what it publishes of itself; nothing here is about a patient.
OPEN = frozenset(
    {"cds.healthz", "cds.readyz", "cds.metrics", "cds.schema", "cds.openapi", "pages.knowledge", "pages.static"}
)
_FOR_OTHERS = SIGNED | OPEN
_FEEDBACK = "/feedback"
_FREE = Limits(requests_per_minute=1_000_000, max_concurrent=10_000)


def keep_the_rest_on_this_machine(app: Flask) -> None:
    """Refuse every other address to other machines: pages for developers ask for no token, nor may a new one."""

    @app.before_request
    def _refuse_from_elsewhere() -> None:
        if request.endpoint is None or request.endpoint in _FOR_OTHERS:
            return
        if not is_loopback(request.remote_addr or ""):
            raise NotAuthenticated(Why.NOT_LOOPBACK.value)


def gate_of(settings: Settings, *, used: TokenUse, metrics: Metrics) -> Gate:
    """Return the gate that the settings ask for; raise `ConfigError` when the registry cannot be used."""
    turnstile = Turnstile(processes=settings.workers)
    if settings.clients is None:
        return OpenGate(settings, turnstile=turnstile, metrics=metrics)
    registry = read_registry(settings.clients, production=settings.production)
    resolver = Resolver()
    keys = {client.name: KeySource(fetch_of(client, resolver)) for client in registry.clients}
    return SignedGate(registry, base_url=settings.base_url, keys=keys, used=used, turnstile=turnstile, metrics=metrics)


class _Held:
    """What both gates do with a caller that is known: let it in as often as its limits allow."""

    def __init__(self, *, turnstile: Turnstile, metrics: Metrics, steady: Clock) -> None:
        self._turnstile = turnstile
        self._metrics = metrics
        self._steady = steady

    def hold(self, caller: Caller) -> AbstractContextManager[None]:
        """Hold a place for the caller while its call is answered; raise 429 when there is none."""
        return self._turnstile.admit((caller.issuer, caller.tenant), caller.limits, now=self._steady())

    def _refuse(self, why: Why) -> NotAuthenticated:
        self._metrics.callers_refused.labels(why.value).inc()
        return NotAuthenticated(why.value)


class OpenGate(_Held):
    """Admits unsigned calls from this machine, and no others; a token that comes along is not looked at."""

    cors_origins: frozenset[str] = frozenset()

    def __init__(
        self, settings: Settings, *, turnstile: Turnstile, metrics: Metrics, steady: Clock = time.monotonic
    ) -> None:
        super().__init__(turnstile=turnstile, metrics=metrics, steady=steady)
        self._caller = Caller(limits=_FREE, access=access_of("unsigned", settings.fhir_servers, development=True))

    def admit(self, *, authorization: str | None, path: str, remote: str, writes: bool = False) -> Caller:
        """Return the unsigned caller when it is on this machine."""
        del authorization, path, writes
        if not is_loopback(remote):
            raise self._refuse(Why.NOT_LOOPBACK)
        return self._caller


class SignedGate(_Held):
    """Admits the registered clients, each by a token that it signed for this very address and has not used before."""

    def __init__(
        self,
        registry: Registry,
        *,
        base_url: str,
        keys: Mapping[str, KeySource],
        used: TokenUse,
        turnstile: Turnstile,
        metrics: Metrics,
        now: Clock = time.time,
        steady: Clock = time.monotonic,
    ) -> None:
        super().__init__(turnstile=turnstile, metrics=metrics, steady=steady)
        self.cors_origins = registry.cors_origins
        self._registry = registry
        self._base_url = base_url
        self._keys = keys
        self._used = used
        self._now = now

    def admit(self, *, authorization: str | None, path: str, remote: str, writes: bool = False) -> Caller:
        """Return the caller whose token it is, or raise the one `NotAuthenticated`."""
        del remote
        try:
            token = read_token(bearer(authorization))
            client = self._checked(token, called=self._addresses(path), writes=writes)
        except Refused as refused:
            raise self._refuse(refused.why) from None
        return _caller(client, token)

    def _checked(self, token: Token, *, called: frozenset[str], writes: bool) -> Client:
        """Check issuer and tenant, audience and times, signature, first use: in the order of the best practices."""
        now = self._now()
        client = client_of(token, self._registry)
        check_words(token, client, called=called, now=now)
        source = self._keys[client.name]
        check_signature(token, source.key(token.header.kid, now=now))
        self._metrics.key_age.labels(client.name).set(source.age(now))
        if not client.allow_token_reuse and not self._is_first(token, now=now, writes=writes):
            raise Refused(Why.REPLAYED)
        return client

    def _is_first(self, token: Token, *, now: float, writes: bool) -> bool:
        claims = token.claims
        return self._used.is_first(claims.iss, token.tenant, claims.jti, expires=token.expires, now=now, writes=writes)

    def _addresses(self, path: str) -> frozenset[str]:
        """Return the URL that was called, from our own settings and not from a Host header.

        For feedback the specification leaves open whether that of the service is meant: both are taken.
        """
        url = self._base_url + path
        return frozenset({url, url.removesuffix(_FEEDBACK)})


def _caller(client: Client, token: Token) -> Caller:
    return Caller(
        name=client.name,
        issuer=client.issuer,
        tenant=token.tenant,
        token_id=token.claims.jti,
        access=client.access,
        limits=client.limits,
        shadow=client.shadow,
    )
