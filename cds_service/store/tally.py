"""The store's own counts, kept here and passed on to the metrics."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Literal

Event = Literal["issued_written", "issued_lost", "write_failed", "lookup_failed", "feedback_refused"]
Count = Callable[[str, int], None]


class Tally:
    """Counts what happens in the store, from any thread."""

    def __init__(self, forward: Count | None = None) -> None:
        self._lock = threading.Lock()
        self._forward = forward
        self.counts: Counter[Event] = Counter()

    def add(self, event: Event, by: int = 1) -> None:
        """Count an event."""
        with self._lock:
            self.counts[event] += by
        if self._forward is not None:
            self._forward(event, by)
