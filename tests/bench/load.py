"""A closed loop of requests over kept connections, from a process of its own."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

from tests.serving import Server


def load(server: Server, path: str, body: bytes, *, connections: int, seconds: float) -> tuple[float, float, float]:
    """Return requests a second, and the median and 99th percentile of the latency in seconds."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        times = pool.apply(_times, (server.host, server.port, path, body, connections, seconds))
    cuts = statistics.quantiles(times, n=100)
    return len(times) / seconds, cuts[49], cuts[98]


def _times(host: str, port: int, path: str, body: bytes, connections: int, seconds: float) -> list[float]:
    with ThreadPoolExecutor(connections) as threads:
        loops = [threads.submit(_loop, host, port, path, body, seconds) for _ in range(connections)]
        return [one for loop in loops for one in loop.result()]


def _loop(host: str, port: int, path: str, body: bytes, seconds: float) -> list[float]:
    connection = HTTPConnection(host, port, timeout=30)
    times: list[float] = []
    until = time.perf_counter() + seconds
    while (start := time.perf_counter()) < until:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        times.append(time.perf_counter() - start)
    connection.close()
    return times
