"""How long a thread may wait for a database in all, however many answers it waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_thread = threading.local()


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Have this thread wait no longer than this for PostgreSQL in the block; SQLite's lock wait is its own bound."""
    _thread.until = time.monotonic() + seconds
    try:
        yield
    finally:
        del _thread.until


def seconds_left(most: float) -> float:
    """Return how long this thread may wait still: `most`, or less where it is in a hurry."""
    until = getattr(_thread, "until", None)
    return most if until is None else max(0.0, min(most, until - time.monotonic()))
