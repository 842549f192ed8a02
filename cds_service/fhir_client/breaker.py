"""A circuit breaker: a FHIR server that keeps failing is left alone for some seconds, and the caller is told at once.

Forty lines of our own. The usual package (pybreaker 1.4) holds one lock for the length of each call that it guards,
which would put our parallel reads in a row, and its probe is one call where ours is one *answer* of many reads.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

OPEN_AFTER = 5
WINDOW = 20
OPEN_SECONDS = 15.0


class Breaker:
    """Closed until five failures in a row, or half of the last twenty; then open; then one answer as a probe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._in_a_row = 0
        self._closed_again_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether calls are refused at the moment, or only a probe was let through."""
        return self._closed_again_at is not None

    def admits(self) -> bool:
        """Whether an answer may read from the server now; when open, one in `OPEN_SECONDS` may, as the probe."""
        with self._lock:
            if self._closed_again_at is None:
                return True
            if self._clock() < self._closed_again_at:
                return False
            self._closed_again_at = self._clock() + OPEN_SECONDS
            return True

    def succeeded(self) -> None:
        """Note that the server answered."""
        with self._lock:
            self._in_a_row = 0
            self._recent.append(True)
            if self._closed_again_at is not None:
                self._closed_again_at = None
                self._recent.clear()

    def failed(self) -> None:
        """Note that the server did not answer, or answered that it cannot."""
        with self._lock:
            self._in_a_row += 1
            self._recent.append(False)
            full = len(self._recent) == WINDOW
            if self._in_a_row >= OPEN_AFTER or (full and self._recent.count(False) * 2 >= WINDOW):
                self._closed_again_at = self._clock() + OPEN_SECONDS
