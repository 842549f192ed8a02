"""Calls that come when they come: an open loop, in threads of its own.

Each call has its moment, whether or not those before it are answered, and its time counts from that moment. A closed
loop would wait with a service that stalls, and so not see it stall.
"""

from __future__ import annotations

import queue
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

THREADS = 96
Headers = Callable[[], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is sent: so many calls a second for so long, to one address."""

    port: int
    path: str
    body: bytes
    headers: Headers
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """One call: when it was due, how it ended, how long that took, whether it was told when to come back."""

    due: float
    how: int | str
    took: float
    comes_back: bool


class Arrivals:
    """Traffic under way."""

    def __init__(self, traffic: Traffic) -> None:
        self._pool = ThreadPoolExecutor(1)  # no fork: a process with threads may hold a lock that its child waits for
        self._result = self._pool.submit(_send, traffic)

    def ended(self) -> list[Ended]:
        """Wait until all calls ended."""
        try:
            return self._result.result()
        finally:
            self._pool.shutdown(wait=False)


@dataclass(frozen=True, slots=True)
class Summary:
    """How some calls ended, and the times of those that did so in one way, in milliseconds."""

    calls: int
    how: Counter[int | str]
    p50: float
    p95: float
    p99: float
    longest: float


def summary(ended: list[Ended], *, only: int | None = None) -> Summary:
    """Sum calls up; times are of those with the one status where one is named."""
    times = sorted(e.took * 1000 for e in ended if only is None or e.how == only) or [0.0]
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    return Summary(len(ended), Counter(e.how for e in ended), cuts[49], cuts[94], cuts[98], times[-1])


def _send(traffic: Traffic) -> list[Ended]:
    waiting: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    ended: list[Ended] = []
    start = time.monotonic() + 0.1
    threads = [threading.Thread(target=_work, args=(traffic, start, waiting, ended)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    due, chance = 0.0, random.Random(1)
    while (due := due + chance.expovariate(traffic.rate)) < traffic.seconds:
        if (ahead := start + due - time.monotonic()) > 0:
            time.sleep(ahead)
        waiting.put(due)
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    return ended


def _work(traffic: Traffic, start: float, waiting: queue.SimpleQueue[float | None], ended: list[Ended]) -> None:
    connection = HTTPConnection("127.0.0.1", traffic.port, timeout=20)
    while (due := waiting.get()) is not None:
        comes_back = False
        try:
            headers = {"Content-Type": "application/json", **traffic.headers()}
            connection.request("POST", traffic.path, traffic.body, headers)
            answer = connection.getresponse()
            answer.read()
            how: int | str = answer.status
            comes_back = answer.getheader("Retry-After") is not None
        except (OSError, HTTPException) as broken:
            how = type(broken).__name__
            connection.close()
        ended.append(Ended(due, how, time.monotonic() - start - due, comes_back))
    connection.close()
