"""Load for a long time, and what breaks services: `make soak` writes deploy/SOAK.md, a section a phase.

A phase that is named is measured again alone, and the other sections of the page stay as they are.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.serving import ROOT

from .house import House, house
from .phases import Aim, endurance, overload, sick_tenant, slow_clients, steady

OUT = ROOT / "deploy" / "SOAK.md"
RATE = 100.0
_ABOUT = """\
# Load and soak

Written by `make soak`: one instance of two processes.
{cores} cores, which the clients, the proxy and the database use as well.
Calls arrive at their own time (an open loop) and are timed from it; each has a token of its own (ES384).
"""
_HEAD = (
    "Behind {made_of}; load average {busy:.1f} at the start.\n\n| what | to reach | measured | |\n|---|---|---|---|\n"
)

# The steady phase lasts as long as was asked; at half its rate three times as long follow; the others are short.
PHASES: Mapping[str, Callable[[House, float], Iterator[Aim]]] = {
    "steady": lambda standing, seconds: steady(standing, rate=RATE, seconds=seconds),
    "endurance": lambda standing, seconds: endurance(standing, rate=RATE / 2, seconds=seconds * 3),
    "slow-clients": lambda standing, seconds: slow_clients(standing, seconds=min(10.0, _short(seconds))),
    "sick-tenant": lambda standing, seconds: sick_tenant(standing, seconds=_short(seconds)),
    "overload": lambda standing, seconds: overload(standing, seconds=_short(seconds)),
}


def main() -> int:
    """Run the phases, say each figure as it comes, and write the page."""
    asked = _arguments()
    aims: list[Aim] = []
    sections = _sections(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    with tempfile.TemporaryDirectory(prefix="soak", dir="/tmp") as folder, house(Path(folder)) as standing:
        for name in asked.phases or PHASES:
            head = _HEAD.format(busy=os.getloadavg()[0], made_of=standing.made_of)
            met = [_said(aim) for aim in PHASES[name](standing, asked.seconds)]
            sections[name] = head + "".join(map(row, met))
            aims += met
    OUT.write_text(page(sections), encoding="utf-8")
    return 0 if all(aim.met for aim in aims) else 1


def page(sections: Mapping[str, str]) -> str:
    """Return the page of the sections, in the order of the phases."""
    parts = (f"\n## {name}\n\n{sections[name]}" for name in PHASES if name in sections)
    return _ABOUT.format(cores=os.cpu_count()) + "".join(parts)


def row(aim: Aim) -> str:
    """Return an aim as a row of the table."""
    return f"| {aim.of} | {aim.target} | {aim.got} | {'✓' if aim.met else '✗ missed'} |\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument(
        "seconds", nargs="?", type=float, default=600.0, help="length of the steady phase (%(default)g)"
    )
    parser.add_argument("phases", nargs="*", metavar="phase", help=f"which alone, of {', '.join(PHASES)}")
    asked = parser.parse_args()
    if unknown := set(asked.phases) - PHASES.keys():
        parser.error(f"no phase {', '.join(sorted(unknown))}; the phases are {', '.join(PHASES)}")
    return asked


def _said(aim: Aim) -> Aim:
    sys.stdout.write(row(aim))
    sys.stdout.flush()
    return aim


def _sections(text: str) -> dict[str, str]:
    """Return the sections that a page holds already."""
    parts: Iterable[str] = text.split("\n## ")[1:]
    return {name.strip(): rest for name, _, rest in (part.partition("\n\n") for part in parts)}


def _short(seconds: float) -> float:
    return max(4.0, min(60.0, seconds / 10))


if __name__ == "__main__":
    sys.exit(main())
