"""How fast, as ratios within one run: `python -m tests.bench [--quick]` writes deploy/BENCHMARKS.md.

Seconds say little on a machine that others use. So the least processor time of several rounds counts, and each figure
stands beside that of something simpler, measured in turns with it.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.serving import ROOT

from .contestants import Contestant, contestants, start_up_seconds
from .load import Load, load
from .page import OverHttp, Run, page, short
from .pipeline import Pipeline
from .requests_like import SIZES, request_of

CONNECTIONS = (1, 8, 32)
OUT = ROOT / "deploy" / "BENCHMARKS.md"
README = ROOT / "README.md"
START, END = "<!-- written by make bench -->\n", "<!-- end of make bench -->"


def main() -> None:
    """Measure everything, print it and write it down."""
    quick = "--quick" in sys.argv
    rounds, seconds = (1, 0.3) if quick else (3, 1.0)
    pipeline = Pipeline()
    bodies = {size: request_of(size, pipeline.templates) for size in SIZES}
    alone = {size: pipeline.against_orjson(body) for size, body in bodies.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = [start_up_seconds(_made(folder / f"start-{n}")) for n in range(1 if quick else 3)]
        with contestants(folder) as running:
            over = list(_over_http(running, bodies, rounds=rounds, seconds=seconds))
            memory = next(c for c in running if c.name == "the service").memory()
    run = Run({s: len(b) for s, b in bodies.items()}, alone, over, memory, min(starts), _machine())
    text = page(run)
    sys.stdout.write(text)
    if not quick:
        OUT.write_text(text, encoding="utf-8")
        readme = README.read_text(encoding="utf-8")
        before, rest = readme.split(START)
        README.write_text(before + START + short(run) + END + rest.split(END)[1], encoding="utf-8")


def _over_http(
    running: list[Contestant], bodies: dict[int, bytes], *, rounds: int, seconds: float
) -> Iterator[OverHttp]:
    for size, body in bodies.items():
        for connections in CONNECTIONS:
            best: dict[str, OverHttp] = {}
            for turn in range(rounds):
                for one in (*running[turn:], *running[:turn]):  # another begins in each round: the first pays for it
                    best[one.name] = _better(best.get(one.name), _one(one, size, body, connections, seconds))
            yield from best.values()


def _one(server: Contestant, size: int, body: bytes, connections: int, seconds: float) -> OverHttp:
    before = server.cpu_seconds()
    try:
        met = load(server.port, server.path, body, connections=connections, seconds=seconds)
    except RuntimeError as problem:
        raise RuntimeError(f"{server.name}: {problem}; its log:\n{server.log.read_text()[-2000:]}") from problem
    return OverHttp(server.name, size, connections, (server.cpu_seconds() - before) / met.calls, met)


def _better(one: OverHttp | None, other: OverHttp) -> OverHttp:
    """Return the least of each figure: what others did on this machine only ever adds."""
    if one is None:
        return other
    a, b = one.load, other.load
    best = Load(max(a.rate, b.rate), min(a.p50, b.p50), min(a.p95, b.p95), min(a.p99, b.p99), a.calls + b.calls)
    return OverHttp(one.name, one.size, one.connections, min(one.cpu, other.cpu), best)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _machine() -> str:
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load average {busy:.1f} at the end of the run"


if __name__ == "__main__":
    main()
