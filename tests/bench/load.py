"""A closed loop of calls over kept connections, from a process of its own that costs as little as it can."""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

_LENGTH = b"content-length:"


class _TurnedAway(Exception):
    """The server has more calls than it can answer, and says so: not an answer, and no fault."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a loop of calls met: calls a second, and the time of a call in seconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    calls: int


def load(port: int, path: str, body: bytes, *, connections: int, seconds: float) -> Load:
    """Call without pause over so many connections for so long; calls that are turned away do not count."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        times, took = pool.apply(_times, (port, path, body, connections, seconds))
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    return Load(len(times) / took, cuts[49], cuts[94], cuts[98], len(times))


def _times(port: int, path: str, body: bytes, connections: int, seconds: float) -> tuple[list[float], float]:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        loops = [threads.submit(_loop, port, head.encode() + body, seconds) for _ in range(connections)]
        times = [one for loop in loops for one in loop.result()]
    return times, time.perf_counter() - began


def _loop(port: int, call: bytes, seconds: float) -> list[float]:
    times: list[float] = []
    until, longest = time.perf_counter() + seconds, time.perf_counter() + 60
    while time.perf_counter() < until or (not times and time.perf_counter() < longest):
        with suppress(_TurnedAway, ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=60) as there:
            there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _calls(there, call, until, times)
    return times


def _calls(there: socket.socket, call: bytes, until: float, times: list[float]) -> None:
    """Call over one connection until the time is over, or until the server turns a call away and hangs up."""
    while (start := time.perf_counter()) < until or not times:
        there.sendall(call)
        status = _answer(there)
        if status == 503:
            time.sleep(0.05)
            raise _TurnedAway
        if status != 200:
            raise RuntimeError(f"the server answered {status}")
        times.append(time.perf_counter() - start)


def _answer(there: socket.socket) -> int:
    """Read one answer to its end and return its status."""
    got = bytearray()
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += _some(there)
    head = bytes(got[:end]).lower()
    length = int(head[head.index(_LENGTH) + len(_LENGTH) :].split(b"\r\n", 1)[0])
    missing = length - (len(got) - end - 4)
    while missing > 0:
        missing -= len(_some(there))
    return int(head.split(b" ", 2)[1])


def _some(there: socket.socket) -> bytes:
    some = there.recv(262_144)
    if not some:
        raise ConnectionError("the server hung up")
    return some
