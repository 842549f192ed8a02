"""How much one client may ask for: so many calls a minute, and so many at a time.

The buckets are of one process. With several server processes each is given its share, so that the sum is the limit;
with several machines the limit is set at the ingress.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

from ..errors import TooManyRequests

BURST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may use."""

    requests_per_minute: int
    max_concurrent: int

    def share(self, processes: int) -> Limits:
        """Return the part of one of several server processes, never less than one."""
        return Limits(max(1, self.requests_per_minute // processes), max(1, self.max_concurrent // processes))


@dataclass(slots=True)
class _Use:
    """What one client uses at the moment: tokens of its bucket, and calls under way."""

    tokens: float
    at: float
    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Turnstile:
    """Lets calls in, one client not at the cost of another."""

    def __init__(self, *, processes: int = 1) -> None:
        self._processes = processes
        self._uses: dict[tuple[str, str], _Use] = {}
        self._lock = threading.Lock()

    def admit(self, client: tuple[str, str], limits: Limits, *, now: float) -> Place:
        """Return a place to hold while a call is answered; entering it raises 429 over the client's limits.

        The key is issuer and tenant, both proven: their number is that of the registry. `now` never goes back.
        """
        share = limits.share(self._processes)
        use = self._uses.get(client) or self._first_use(client, share, now)
        return Place(use, share, now)

    def _first_use(self, client: tuple[str, str], share: Limits, now: float) -> _Use:
        with self._lock:
            return self._uses.setdefault(client, _Use(_bucket(share), now))


class Place:
    """A place among the calls of one client, held while its block runs."""

    __slots__ = ("_now", "_share", "_use")

    def __init__(self, use: _Use, share: Limits, now: float) -> None:
        self._use = use
        self._share = share
        self._now = now

    def __enter__(self) -> None:
        """Take it, or raise 429."""
        _take(self._use, self._share, self._now)

    def __exit__(self, *failure: object) -> None:
        """Give it back."""
        with self._use.lock:
            self._use.running -= 1


def _bucket(share: Limits) -> float:
    return max(1.0, share.requests_per_minute * BURST_SECONDS / 60)


def _take(use: _Use, share: Limits, now: float) -> None:
    """Take a place and a token, or raise 429 with the time to wait."""
    per_second = share.requests_per_minute / 60
    with use.lock:
        use.tokens = min(_bucket(share), use.tokens + max(0.0, now - use.at) * per_second)
        use.at = now
        if use.running >= share.max_concurrent:
            raise TooManyRequests("Too many requests at a time.")
        if use.tokens < 1:
            raise TooManyRequests(retry_after=math.ceil((1 - use.tokens) / per_second))
        use.tokens -= 1
        use.running += 1
