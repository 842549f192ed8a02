"""How many charts a process works on at a time.

Python works on one at a time in any case. With all threads at it in turns, each chart takes as long as all of them, and
the memory of a process is that of as many charts as it has threads. So a call waits for its turn, and is then answered
without a pause. Two have one: a small chart passes a large one. Whoever waits for a FHIR server gives its turn back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .stages import Stages

AT_A_TIME = 2


class Turns:
    """The turns of one process; each is held by a thread."""

    def __init__(self, at_a_time: int = AT_A_TIME) -> None:
        self._free = threading.Semaphore(at_a_time)
        self._held_by: set[int] = set()

    @contextmanager
    def taken(self, stages: Stages) -> Iterator[None]:
        """Have a turn while the block runs."""
        self.take(stages)
        try:
            yield
        finally:
            self.leave()

    def take(self, stages: Stages) -> None:
        """Take a turn, unless this thread has one; a wait for it is a stage of its own."""
        if threading.get_ident() in self._held_by:
            return
        if not self._free.acquire(blocking=False):
            with stages("turn"):
                self._free.acquire()
        self._held_by.add(threading.get_ident())

    def leave(self) -> None:
        """Give this thread's turn to another, if it has one."""
        if threading.get_ident() in self._held_by:
            self._held_by.discard(threading.get_ident())
            self._free.release()
