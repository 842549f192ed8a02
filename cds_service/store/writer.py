"""Writes issued cards behind the answers: a journal, a bounded queue, a thread, one transaction a batch.

A database that is down, full or locked keeps the batch waiting; a process that is killed leaves its journal to others.
Cards are lost only when the queue is full, or when a process without a journal must stop; the losses are counted.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from .issued import Batch, Entry, IssuedExchange
from .journal import Journal, orphans
from .tally import Tally

QUEUE_LENGTH = 20_000
BATCH_LENGTH = 500
LOOK_SECONDS = 0.1
GATHER_SECONDS = 0.5  # a transaction costs as much as forty cards; the journal keeps what waits for it
ADOPT_SECONDS = 10.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
CLOSING_SECONDS = 5.0


class Writer:
    """One thread that drains one queue; a process starts its own, after any fork."""

    def __init__(self, write: Callable[[Batch], None], tally: Tally, folder: Path) -> None:
        self._write = write
        self._tally = tally
        self._folder = folder
        self._journal = Journal(folder)
        self._queue: queue.Queue[Entry] = queue.Queue(QUEUE_LENGTH)
        self._putting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._hurry = threading.Event()
        self._adopted_at = float("-inf")

    @property
    def waiting(self) -> int:
        """How many exchanges the queue holds."""
        return self._queue.qsize()

    def put(self, exchange: IssuedExchange) -> bool:
        """Take an exchange without waiting; `False` when the queue is full and its cards are lost."""
        with self._putting:
            if self._queue.full() or self._closing.is_set():
                self._tally.add("issued_lost", len(exchange.cards))
                return False
            self._queue.put_nowait(self._journal.append(exchange))
        self.start()
        return True

    def start(self) -> None:
        """Start the thread, if it does not run yet; it begins with what other processes left behind."""
        if self._thread is not None:
            return
        with self._putting:
            if self._thread is None and not self._closing.is_set():
                atexit.register(self.close)
                self._thread = threading.Thread(target=self._run, name="issued-cards", daemon=True)
                self._thread.start()

    def flush(self, seconds: float = CLOSING_SECONDS) -> bool:
        """Wait until all that was put is written, or the time is over."""
        until = time.monotonic() + seconds
        while self._queue.unfinished_tasks and time.monotonic() < until:
            self._hurry.set()
            time.sleep(0.005)
        return not self._queue.unfinished_tasks

    def close(self, seconds: float = CLOSING_SECONDS) -> None:
        """Write what waits, within the time; what cannot be written stays in the journal, or is counted as lost."""
        self._closing.set()
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(seconds)
        atexit.unregister(self.close)

    def _run(self) -> None:
        written = True
        while not (self._closing.is_set() and self._queue.empty()):
            self._adopt()
            entries = self._gather()
            if entries:
                written = self._persist(Batch(self._journal.id, tuple(entries))) and written
                self._settle(len(entries), written=written)
        self._journal.close(written=written)

    def _gather(self) -> list[Entry]:
        """Wait for a first exchange, give others a moment to join it, and take them together."""
        try:
            gathered = [self._queue.get(timeout=LOOK_SECONDS)]
        except queue.Empty:
            return []
        if self._queue.qsize() < BATCH_LENGTH and not self._closing.is_set():
            self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()
        while len(gathered) < BATCH_LENGTH:
            try:
                gathered.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return gathered

    def _settle(self, number: int, *, written: bool) -> None:
        """Count the exchanges as done; when they were the last and all is written, the journal forgets its lines."""
        with self._putting:
            if written and self._queue.unfinished_tasks == number:
                self._journal.shrink()
            for _ in range(number):
                self._queue.task_done()

    def _adopt(self) -> None:
        """Write what processes that are gone had in their journals."""
        if time.monotonic() < self._adopted_at + ADOPT_SECONDS:
            return
        self._adopted_at = time.monotonic()
        with orphans(self._folder) as found:
            for path, batch in found:
                if all(self._persist(part) for part in batch.parts(BATCH_LENGTH)):
                    path.unlink(missing_ok=True)

    def _persist(self, batch: Batch) -> bool:
        """Try until the batch is committed; `False` when the process must stop before it could be."""
        pause = FIRST_PAUSE
        while not self._tried(batch):
            if self._closing.is_set():
                lost = (entry for entry in batch.entries if not entry.kept)
                self._tally.add("issued_lost", sum(len(entry.exchange.cards) for entry in lost))
                return False
            self._closing.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return True

    def _tried(self, batch: Batch) -> bool:
        try:
            self._write(batch)
        except SQLAlchemyError as error:
            self._tally.add("write_failed")
            return _refuses_data(error) and self._parted(batch)
        self._tally.add("issued_written", batch.cards)
        return True

    def _parted(self, batch: Batch) -> bool:
        """Write a batch that the database refuses for what it holds line by line, and give up the line at fault."""
        if len(batch.entries) == 1:
            self._tally.add("issued_lost", batch.cards)
            return True
        return all(self._persist(Batch(batch.journal, (entry,))) for entry in batch.entries)


def _refuses_data(error: SQLAlchemyError) -> bool:
    """Whether what the batch holds is at fault, so that trying again is in vain; anything else may pass."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    return isinstance(error, StatementError)
