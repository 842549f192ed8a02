"""Clients that call without pause, over connections that they keep, and write down how each call ended."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Self

from tests.serving import HANG_SECONDS

Headers = Callable[[], dict[str, str]]


@dataclass
class Ended:
    """How calls ended: statuses, or the name of what broke a connection; and how long the slowest took."""

    how: Counter[int | str] = field(default_factory=Counter)
    slowest: float = 0.0


class Callers:
    """So many clients, each with a connection of its own; a call that broke is not sent again."""

    def __init__(self, port: int, path: str, body: bytes, *, number: int, headers: Headers = dict) -> None:
        self.ended = Ended()
        self._port, self._path, self._body, self._headers = port, path, body, headers
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(number)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> Ended:
        """Have each client finish the call that it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(HANG_SECONDS)
        return self.ended

    def until(self, calls: int, *, seconds: float = HANG_SECONDS) -> None:
        """Wait until so many more calls ended."""
        target, limit = self.ended.how.total() + calls, time.monotonic() + seconds
        while self.ended.how.total() < target:
            assert time.monotonic() < limit, f"no calls end any more: {self.ended.how}"
            time.sleep(0.005)

    def _work(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                headers = {"Content-Type": "application/json", **self._headers()}
                connection.request("POST", self._path, self._body, headers)
                answer = connection.getresponse()
                answer.read()
                how: int | str = answer.status
            except ConnectionRefusedError:
                break  # nobody is there any more: the call was not taken, and nothing of it is lost
            except (OSError, HTTPException) as broken:
                how = type(broken).__name__
                connection.close()
            with self._lock:
                self.ended.how[how] += 1
                self.ended.slowest = max(self.ended.slowest, time.monotonic() - began)
        connection.close()
