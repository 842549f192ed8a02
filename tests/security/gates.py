"""A gate with a clock that a test sets, in front of one or more clients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cds_service.fhir_client.addresses import Resolver
from cds_service.metrics import Metrics
from cds_service.parts import Caller
from cds_service.security.clients import read_registry
from cds_service.security.gate import SignedGate
from cds_service.security.jwks import Fetch, KeySource
from cds_service.security.key_fetch import fetch_of
from cds_service.security.limits import Turnstile
from cds_service.security.replay import SeenHere, TokenUse

from .signing import BASE, NOW, PATH, write_registry


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: float = NOW) -> None:
        self.at = at

    def __call__(self) -> float:
        """Return the time."""
        return self.at


class Door:
    """A signed gate, asked as routes ask it."""

    def __init__(
        self,
        folder: Path,
        *rows: dict[str, Any],
        keys: bytes | None = None,
        fetch: Fetch | None = None,
        used: Callable[[], TokenUse] = SeenHere,
    ) -> None:
        self.clock = Clock()
        self.metrics = Metrics()
        registry = read_registry(write_registry(folder, *rows, keys=keys), production=False)
        resolver = Resolver()
        sources = {c.name: KeySource(fetch or fetch_of(c, resolver)) for c in registry.clients}
        self.gate = SignedGate(
            registry,
            base_url=BASE,
            keys=sources,
            used=used(),
            turnstile=Turnstile(),
            metrics=self.metrics,
            now=self.clock,
            steady=self.clock,
        )

    def knock(self, token: str, *, path: str = PATH, writes: bool = False) -> Caller:
        """Come with a token."""
        return self.knock_with(f"Bearer {token}", path=path, writes=writes)

    def knock_with(self, authorization: str | None, *, path: str = PATH, writes: bool = False) -> Caller:
        """Come with a whole Authorization header."""
        return self.gate.admit(authorization=authorization, path=path, remote="192.0.2.1", writes=writes)
