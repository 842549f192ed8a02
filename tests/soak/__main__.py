"""Load for a long time, and what breaks services: `python -m tests.soak [SECONDS]` writes deploy/SOAK.md.

SECONDS is the length of the steady part (600); the part that looks for what grows takes three times as long, the others
up to a minute each.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.serving import ROOT

from .house import House, house
from .phases import Aim, endurance, overload, sick_tenant, slow_clients, steady

OUT = ROOT / "deploy" / "SOAK.md"
RATE = 100.0
_ABOUT = """\
# Load and soak

Written by `make soak`: {made_of}; one instance of two processes.
{cores} cores, which the clients, nginx and the database use as well; load average {busy:.1f} at the start.
Calls arrive at their own time (an open loop) and are timed from it; each has a token of its own (ES384).

| what | to reach | measured | |
|---|---|---|---|
"""


def main() -> int:
    """Run every phase, say each figure as it comes, and write the page."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="soak", dir="/tmp") as folder, house(Path(folder)) as standing:
        aims = []
        for aim in phases(standing, seconds=seconds):
            aims.append(aim)
            sys.stdout.write(row(aim))
            sys.stdout.flush()
        about = _ABOUT.format(cores=os.cpu_count(), busy=busy, made_of=standing.made_of)
    OUT.write_text(about + "".join(map(row, aims)), encoding="utf-8")
    return 0 if all(aim.met for aim in aims) else 1


def phases(standing: House, *, seconds: float, rate: float = RATE) -> Iterator[Aim]:
    """Yield every figure of every phase: the steady one lasts so long, at half its rate three times as long follow."""
    short = max(4.0, min(60.0, seconds / 10))
    yield from steady(standing, rate=rate, seconds=seconds)
    yield from endurance(standing, rate=rate / 2, seconds=seconds * 3)
    yield from slow_clients(standing, seconds=min(10.0, short))
    yield from sick_tenant(standing, seconds=short)
    yield from overload(standing, seconds=short)


def row(aim: Aim) -> str:
    """Return an aim as a row of the table."""
    return f"| {aim.of} | {aim.target} | {aim.got} | {'✓' if aim.met else '✗ missed'} |\n"


if __name__ == "__main__":
    sys.exit(main())
