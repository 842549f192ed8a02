"""Writes issued cards behind the answers: a bounded queue, a thread, one transaction a batch.

A database that is down, full or locked keeps the batch waiting; only a full queue loses cards, and counts them.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from .issued import Batch, IssuedExchange
from .tally import Tally

QUEUE_LENGTH = 20_000
BATCH_LENGTH = 500
GATHER_SECONDS = 0.05
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
CLOSING_SECONDS = 5.0


class Writer:
    """One thread that drains one queue; started by the first exchange, so that a forked process has its own."""

    def __init__(self, write: Callable[[Batch, str], None], tally: Tally) -> None:
        self._write = write
        self._tally = tally
        self._queue: queue.Queue[IssuedExchange] = queue.Queue(QUEUE_LENGTH)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._previous = ""

    @property
    def waiting(self) -> int:
        """How many exchanges the queue holds."""
        return self._queue.qsize()

    def put(self, exchange: IssuedExchange) -> bool:
        """Take an exchange without waiting; `False` when the queue is full and its cards are lost."""
        try:
            self._queue.put_nowait(exchange)
        except queue.Full:
            self._tally.add("issued_lost", len(exchange.cards))
            return False
        if self._thread is None:
            self._start()
        return True

    def flush(self, seconds: float = CLOSING_SECONDS) -> bool:
        """Wait until all that was put is written, or the time is over."""
        until = time.monotonic() + seconds
        while self._queue.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.005)
        return not self._queue.unfinished_tasks

    def close(self, seconds: float = CLOSING_SECONDS) -> None:
        """Write what waits, within the time; count what could not be written as lost."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(seconds)
        atexit.unregister(self.close)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                atexit.register(self.close)
                self._thread = threading.Thread(target=self._run, name="issued-cards", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            exchanges = self._gather()
            if exchanges:
                self._persist(Batch(tuple(exchanges)))
                for _ in exchanges:
                    self._queue.task_done()

    def _gather(self) -> list[IssuedExchange]:
        """Wait for a first exchange, give others a moment to join it, and take them together."""
        try:
            gathered = [self._queue.get(timeout=GATHER_SECONDS)]
        except queue.Empty:
            return []
        self._closing.wait(GATHER_SECONDS)
        while len(gathered) < BATCH_LENGTH:
            try:
                gathered.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return gathered

    def _persist(self, batch: Batch) -> None:
        """Try until the batch is committed; a batch that the database refuses for what it holds is tried in parts."""
        pause = FIRST_PAUSE
        while not self._tried(batch):
            if self._closing.is_set():
                self._tally.add("issued_lost", batch.cards)
                return
            self._closing.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _tried(self, batch: Batch) -> bool:
        try:
            self._write(batch, self._previous)
        except SQLAlchemyError as error:
            self._tally.add("write_failed")
            return _refuses_data(error) and self._parted(batch)
        self._previous = batch.id
        self._tally.add("issued_written", batch.cards)
        return True

    def _parted(self, batch: Batch) -> bool:
        if len(batch.exchanges) == 1:
            self._tally.add("issued_lost", batch.cards)
            return True
        for exchange in batch.exchanges:
            self._persist(Batch((exchange,)))
        return True


def _refuses_data(error: SQLAlchemyError) -> bool:
    """Whether what the batch holds is at fault, so that trying again is in vain; anything else may pass."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    return isinstance(error, StatementError)
