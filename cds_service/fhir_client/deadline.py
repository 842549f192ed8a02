"""One moment by which an answer must be ready; every wait of the exchange is cut to what is left until then."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, so that a change of the wall clock moves nothing."""

    at: float
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the moment `seconds` from now."""
        now = time.monotonic()
        return cls(now + seconds, now)

    def left(self) -> float:
        """Return the seconds that are left; never below zero."""
        return max(0.0, self.at - time.monotonic())

    def passed(self) -> bool:
        """Whether the moment is over."""
        return time.monotonic() >= self.at

    def earlier(self, *, by: float = 0.0, at_most: float | None = None) -> Deadline:
        """Return a deadline `by` seconds before this one, and at most `at_most` seconds after its start."""
        at = self.at - by
        return Deadline(at if at_most is None else min(at, self.started + at_most), self.started)
