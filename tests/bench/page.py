"""The page that a run writes: ratios first, then what they were made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .load import Load
from .pipeline import Alone

OURS, PLAIN, PEER, OTHER = "the service", "Flask, orjson", "HealthChain", "the service, granian"
PARSING, EMPTY, PIPELINE = (f"Flask, {what}, our server" for what in ("orjson", "empty", "pipeline"))
_TARGET = "of `orjson.loads` + an empty Flask call"
_ABOUT = """\
# How fast

Written by `make bench`: {machine}. Each figure is the least (of rates the most) of several rounds in turns.

The floors beside the service, each doing less: `orjson.loads` of the same body; a Flask endpoint that parses the body
with orjson and answers nothing, under gunicorn as it comes (its threads, as many processes) and again under our server,
which is gunicorn with larger reads and a settled collector; under our server as well, one that only reads the body and
one that runs the pipeline alone; a HealthChain handler that only reads the call (under uvicorn, one process). The
service reads, judges, writes cards and records them in SQLite. Unsigned calls; checking a signature adds about half a
millisecond.
"""


@dataclass(frozen=True, slots=True)
class OverHttp:
    """One server at one size and number of connections: processor seconds a call, and what the clients met."""

    name: str
    size: int
    connections: int
    cpu: float
    load: Load


@dataclass(frozen=True, slots=True)
class Run:
    """All that a run measured."""

    bytes: Mapping[int, int]
    alone: Mapping[int, Alone]
    over: Sequence[OverHttp]
    memory: Sequence[tuple[float, float]]
    start: float
    machine: str

    def at(self, name: str, size: int, connections: int) -> OverHttp | None:
        """Return one measurement, where that server ran."""
        found = (o for o in self.over if (o.name, o.size, o.connections) == (name, size, connections))
        return next(found, None)


def page(run: Run) -> str:
    """Return the page."""
    parts = (_pipeline(run), _ratios(run), _latency(run), _servers(run), _memory(run))
    return _ABOUT.format(machine=run.machine) + "".join(f"\n{line}\n" for part in parts for line in part)


def short(run: Run) -> str:
    """Return the table that the README shows: whole calls, as ratios."""

    def rows() -> Iterator[str]:
        for size, one in run.alone.items():
            ours = run.at(OURS, size, 8)
            if ours is not None:
                others = (run.at(name, size, 8) for name in (PLAIN, PARSING, PEER))
                ratios = " | ".join(_ratio(ours.cpu, o.cpu if o else None) for o in others)
                yield f"| {size:,} | {run.bytes[size] / 1e3:,.0f} kB | {one.ours / one.orjson:.2f} | {ratios} |"

    whole = f"whole call, {_TARGET} | the same, both under our server | of HealthChain, no rules"
    head = f"resources | body | pipeline, of `orjson.loads` | {whole}"
    return _table(head, rows()) + "\n"


def _table(head: str, rows: Iterator[str]) -> str:
    names = head.split(" | ")
    return f"| {head} |\n|{'---|' * len(names)}\n" + "\n".join(rows)


def _pipeline(run: Run) -> Iterator[str]:
    yield "## The pipeline alone, against `orjson.loads` of the same body"
    first = min(run.alone)

    def rows() -> Iterator[str]:
        for size, one in run.alone.items():
            per = one.ours / size / (run.alone[first].ours / first)
            cells = (f"{size:,}", f"{run.bytes[size] / 1e3:,.0f} kB", f"{one.ours * 1e3:.2f} ms")
            yield f"| {' | '.join(cells)} | **{one.ours / one.orjson:.2f}** | {per:.2f} |"

    yield _table("resources | body | processor time | of `orjson.loads` | a resource, of that at 40", rows())


def _ratios(run: Run) -> Iterator[str]:
    yield "## Whole calls over HTTP: processor time of the server a call, as ratios (8 connections)"

    def rows() -> Iterator[str]:
        for size in run.bytes:
            ours = run.at(OURS, size, 8)
            if ours is not None:
                floors = (run.at(name, size, 8) for name in (PLAIN, PARSING, EMPTY, PEER))
                target, *others = (_ratio(ours.cpu, o.cpu if o else None) for o in floors)
                around = _more(ours, run.at(PIPELINE, size, 8))
                yield f"| {size:,} | {ours.cpu * 1e3:.2f} ms | **{target}** | {' | '.join(others)} | {around} |"

    floors = f"{_TARGET} | both under our server | of an empty Flask call there"
    yield _table(f"resources | ours | {floors} | of HealthChain | around the pipeline", rows())
    yield (
        "The target is 1 at 400 resources: a whole call for no more than a minimal Flask endpoint that parses it to\n"
        "dictionaries. Under our server that endpoint costs less than as it comes; the second column says what ours\n"
        "costs beside it there. Around the pipeline: what a call costs more than the pipeline alone in a Flask view\n"
        "under our server, for the caller's admission, look-up and record in the store, log, figures and headers."
    )


def _latency(run: Run) -> Iterator[str]:
    yield "## Calls a second and time of a call, in milliseconds (p50 · p95 · p99), two processes"

    def rows() -> Iterator[str]:
        for size in run.bytes:
            for name in (OURS, PLAIN, PARSING, PEER):
                cells = [_met(run.at(name, size, n)) for n in (1, 8, 32)]
                yield f"| {size:,} | {name} | {' | '.join(cells)} |"

    yield _table("resources | server | 1 connection | 8 connections | 32 connections", rows())


def _servers(run: Run) -> Iterator[str]:
    yield "## The server underneath: gunicorn's threads against granian, the same application"

    def rows() -> Iterator[str]:
        for size in run.bytes:
            for n in (1, 32):
                ours, other = run.at(OURS, size, n), run.at(OTHER, size, n)
                if ours and other:
                    yield (
                        f"| {size:,} | {n} | {ours.cpu / other.cpu:.2f} | {ours.load.p50 / other.load.p50:.2f}"
                        f" | {ours.load.p99 / other.load.p99:.2f} |"
                    )

    yield _table("resources | connections | processor time, of granian's | p50 | p99", rows())
    yield (
        "gunicorn is what `cds-service serve` runs. It answers every call that it took when it is told to stop or\n"
        "replaces a process (tests/deploy), sheds what waited too long, and answers broken HTTP in JSON."
    )


def _memory(run: Run) -> Iterator[str]:
    yield "## Memory and start"
    resident = max(rss for rss, _ in run.memory)
    own = max(private for _, private in run.memory)
    yield (
        f"A process holds {resident:.0f} MB after charts of 4,000 resources over 32 connections, {own:.0f} MB of it not"
        f" shared with the others.\nFrom the command to the first ready answer: {run.start:.2f} s."
    )


def _ratio(ours: float, other: float | None) -> str:
    return f"{ours / other:.2f}" if other else "not installed"


def _more(ours: OverHttp, other: OverHttp | None) -> str:
    return f"{(ours.cpu - other.cpu) * 1e3:.2f} ms" if other else "not measured"


def _met(one: OverHttp | None) -> str:
    if one is None:
        return "not installed"
    met = one.load
    return f"{met.rate:,.0f}/s · {met.p50 * 1e3:.1f} · {met.p95 * 1e3:.1f} · {met.p99 * 1e3:.1f}"
