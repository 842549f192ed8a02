"""Questions to the database that an answer may wait for a moment, and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from .tally import Tally

T = TypeVar("T")
THREADS = 4
LATE_REST_SECONDS = 1.0
FAILED_REST_SECONDS = 5.0


class Lookup:
    """Asks within a time; after a failure it does not ask for a while, so that a dead database costs one wait."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-lookup")
        self._resting_until = 0.0

    def within(self, seconds: float, ask: Callable[[], T], *, otherwise: T, careful: bool = True) -> T:
        """Return what `ask` returns, or `otherwise` when it fails, is late, or the database is being left in peace."""
        if careful and time.monotonic() < self._resting_until:
            return otherwise
        try:
            asked: Future[T] = self._threads.submit(ask)
            return asked.result(seconds)
        except TimeoutError:
            return self._rested(LATE_REST_SECONDS, otherwise)
        except (SQLAlchemyError, RuntimeError):  # RuntimeError: asked after close
            return self._rested(FAILED_REST_SECONDS, otherwise)

    def here(self, ask: Callable[[], T], *, otherwise: T) -> T:
        """Return what `ask` returns, which keeps within the time by itself; `otherwise` as above."""
        if time.monotonic() < self._resting_until:
            return otherwise
        try:
            return ask()
        except SQLAlchemyError:
            return self._rested(LATE_REST_SECONDS, otherwise)

    def _rested(self, seconds: float, otherwise: T) -> T:
        self._tally.add("lookup_failed")
        self._resting_until = time.monotonic() + seconds
        return otherwise

    def close(self) -> None:
        """Take no more questions."""
        self._threads.shutdown(wait=False, cancel_futures=True)
