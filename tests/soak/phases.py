"""What is done to the service, one phase after the other, and what each must show."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.contestants import PATH
from tests.serving import Server

from .arrivals import Arrivals, Ended, Summary, Traffic, summary
from .house import House, bearer, sick_bearer

SLOW_CLIENTS = 900


@dataclass(frozen=True, slots=True)
class Aim:
    """One figure: what it is of, what was to be reached, what was measured, whether that is it."""

    of: str
    target: str
    got: str
    met: bool


@dataclass
class Watch:
    """Memory, files and threads of the service's processes, looked at every second."""

    house: House
    rss: list[tuple[float, float]] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def growth(self) -> float:
        """Return the megabytes that all processes grow by in ten minutes, by the last four fifths of the time."""
        settled = self.rss[len(self.rss) // 5 :]
        if len(settled) < 3:
            return 0.0
        slope = statistics.linear_regression([at for at, _ in settled], [mb for _, mb in settled]).slope
        return slope * 600

    def _look(self) -> None:
        began = time.monotonic()
        while True:
            processes = self.house.processes().processes()
            self.rss.append((time.monotonic() - began, sum(_rss(pid) for pid in processes)))
            self.files.append(sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in processes))
            self.threads.append(sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in processes))
            if self._stop.wait(1.0):
                return


def steady(house: House, *, rate: float, seconds: float) -> Iterator[Aim]:
    """F7: calls at a steady rate; none fails, and they are quick."""
    before = house.processes().cpu_seconds()
    met = summary(send(house, rate=rate, seconds=seconds).ended())
    name = _named(house, rate, seconds)
    yield _none_failed(name, met)
    yield from _within(name, met, p50=50, p95=250, p99=500)
    each = (house.processes().cpu_seconds() - before) / met.calls * 1000
    yield Aim("processor time of the service a call, with signature and store", "< 10 ms", f"{each:.1f} ms", each < 10)


def endurance(house: House, *, rate: float, seconds: float) -> Iterator[Aim]:
    """F9: calls for long; none fails, and nothing grows."""
    watch = Watch(house)
    met = summary(send(house, rate=rate, seconds=seconds).ended())
    watch.stop()
    yield _none_failed(_named(house, rate, seconds), met)
    growth = watch.growth()
    yield Aim("memory of all processes in ten minutes", "< 1 MB", f"{growth:+.1f} MB", growth < 1)
    for what, seen in (("open files", watch.files), ("threads", watch.threads)):
        half = max(1, len(seen) // 2)
        first, last = (max(part, default=0) for part in (seen[:half], seen[half:]))
        yield Aim(f"{what}, most in each half", "flat", f"{first} · {last}", last <= first * 1.1 + 2)


def overload(house: House, *, seconds: float) -> Iterator[Aim]:
    """F8: three times what it can do; who is turned away hears it at once, who is not is answered, and it recovers."""
    able = capacity(house)
    met = send(house, rate=3 * able, seconds=seconds).ended()
    taken, turned = [e for e in met if e.how == 200], [e for e in met if e.how in {429, 503}]
    name = f"{3 * able:.0f} calls a second for {seconds:.0f} s, three times its capacity"
    broken = len(met) - len(taken) - len(turned)
    yield Aim(f"{name}: neither answered nor turned away", "0", str(broken), broken == 0)
    done = len(taken) / seconds
    yield Aim("answered a second meanwhile", f"> {0.6 * able:.0f} (60 %)", f"{done:.0f}", done > 0.6 * able)
    longest = summary(taken).longest / 1000
    yield Aim("longest answer", "< 5 s", f"{longest:.2f} s", longest < 5)
    told = summary(turned).p50
    yield Aim("turned away after (p50)", "< 50 ms", f"{told:.0f} ms", told < 50)
    silent = sum(not e.comes_back for e in turned)
    yield Aim("turned away without Retry-After", "0", f"{silent} of {len(turned)}", silent == 0)
    after = send(house, rate=able / 4, seconds=min(10.0, seconds)).ended()
    normal = _normal_after(after)
    yield Aim("normal again after", "< 10 s", f"{normal:.1f} s", normal < 10)


def slow_clients(house: House, *, seconds: float, number: int = SLOW_CLIENTS) -> Iterator[Aim]:
    """F6: clients that send a few bytes and wait; the others do not notice."""
    proxy = Server("127.0.0.1", house.port, Path("/dev/null"), 0)
    begun = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{{"
    with ExitStack() as held:
        for _ in range(number):
            held.enter_context(socket.create_connection(("127.0.0.1", house.port))).sendall(begun.encode())
        running = send(house, rate=20, seconds=seconds)
        times = [_timed(lambda: proxy.ask("GET", "/healthz").status) for _ in range(5)]
        met = summary(running.ended())
    name = f"{number} slow clients"
    best = min(times) * 1000
    yield Aim(f"{name}: /healthz", "< 100 ms", f"{best:.0f} ms", best < 100)
    yield Aim(f"{name}: other calls that failed", "0", str(met.calls - met.how[200]), met.how.keys() == {200})


def sick_tenant(house: House, *, seconds: float) -> Iterator[Aim]:
    """F14: the FHIR server of one tenant is dead; the answers to the other take no longer."""
    alone = summary(send(house, rate=30, seconds=seconds).ended(), only=200)
    sick = Arrivals(Traffic(house.port, PATH, house.sick_body, sick_bearer, rate=10, seconds=seconds))
    beside = summary(send(house, rate=30, seconds=seconds).ended(), only=200)
    of_sick = summary(sick.ended())
    ratio = beside.p95 / alone.p95
    name = "beside a tenant whose FHIR server is dead"
    got = f"{ratio:.2f} ({alone.p95:.0f} → {beside.p95:.0f} ms)"
    yield Aim(f"{name}: p95 of the other's calls, of that alone", "< 1.20", got, ratio < 1.2)
    yield Aim(
        f"{name}: the other's calls that failed", "0", str(beside.calls - beside.how[200]), beside.how.keys() == {200}
    )
    told = ", ".join(f"{how}: {count}" for how, count in sorted(of_sick.how.items(), key=str))
    yield Aim("the dead one's own calls", "412 or 429", told, of_sick.how.keys() <= {412, 429})


def send(house: House, *, rate: float, seconds: float) -> Arrivals:
    """Begin to send the healthy tenant's calls."""
    return Arrivals(Traffic(house.port, PATH, house.body, bearer, rate, seconds))


def capacity(house: House) -> float:
    """Return how many signed calls a second eight clients get answered who wait for each answer."""
    from tests.deploy.callers import Callers

    with Callers(house.port, PATH, house.body, number=8, headers=bearer) as callers:
        callers.until(20)
        before, began = callers.ended.how.total(), time.monotonic()
        time.sleep(2.0)
        return (callers.ended.how.total() - before) / (time.monotonic() - began)


def _named(house: House, rate: float, seconds: float) -> str:
    return f"{rate:.0f} calls a second for {seconds:.0f} s, {len(house.body) / 1e3:.0f} kB each"


def _none_failed(name: str, met: Summary) -> Aim:
    ends = ", ".join(f"{how}: {count}" for how, count in sorted(met.how.items(), key=str))
    return Aim(f"{name}: failed", "0", f"{met.calls - met.how[200]} ({ends})", met.how.keys() == {200})


def _within(name: str, met: Summary, **limits: float) -> Iterator[Aim]:
    for which, limit in limits.items():
        got: float = getattr(met, which)
        yield Aim(f"{name}: {which}", f"< {limit:.0f} ms", f"{got:.0f} ms", got < limit)


def _normal_after(ended: list[Ended]) -> float:
    """Return the moment after which every call is answered within a quarter of a second, save one in twenty."""
    slow = sorted((e.due for e in ended if e.how != 200 or e.took > 0.25), reverse=True)
    allowed = len(ended) // 20
    return slow[allowed] if len(slow) > allowed else 0.0


def _timed(ask: Callable[[], int]) -> float:
    began = time.monotonic()
    if ask() != 200:
        return float("inf")
    return time.monotonic() - began


def _rss(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
