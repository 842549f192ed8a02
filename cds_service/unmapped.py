"""`cds-service check --unmapped`: the codes of some charts that no value set knows, the most frequent first.

Only code systems, codes and their display names are shown: nothing of a patient, and no name of a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from . import charts_on_disk, playground
from .chart import Chart
from .service import Service, UnmappedCode

NOTHING = "Every code near an injection is in a value set."
_HEAD = ("resources", "system", "code", "display")
_ELSE = "Beside a code that is known, so that nothing is lost:"
_FIRST = "In no value set:"
_WORDS = "Without a code, in words alone, which are not shown since they may name a patient: {words}"


def charts(paths: Iterable[Path]) -> Iterator[Chart]:
    """Read the charts at some paths, each as of its folder's day or today."""
    for path in paths:
        found = charts_on_disk.chart_at(path)
        yield playground.chart_of(found.text, as_of=found.as_of or datetime.now(UTC).date())


def ranked(services: Iterable[Service], read: Iterable[Chart]) -> list[tuple[UnmappedCode, int]]:
    """Return each unknown code with the number of resources that hold it: unknown concepts first, then by number."""
    asked = list(services)
    counted: Counter[tuple[bool, str, str]] = Counter()
    shown: dict[tuple[bool, str, str], UnmappedCode] = {}
    for code in (code for chart in read for service in asked for code in service.unmapped(chart)):
        key = (code.beside_known, code.system, code.code or code.display)
        counted[key] += 1
        if key not in shown or not shown[key].display:
            shown[key] = code
    return [(shown[k], n) for k, n in sorted(counted.items(), key=lambda item: (item[0][0], -item[1], item[0][1:]))]


def lines(found: Sequence[tuple[UnmappedCode, int]]) -> Iterator[str]:
    """Write the codes as a table for a terminal."""
    if not found:
        yield NOTHING
        return
    coded = [(code, count) for code, count in found if code.code]
    words = sum(count for code, count in found if not code.code)
    rows = [(str(count), code.system or "(none)", code.code, code.display) for code, count in coded]
    widths = [max(len(row[n]) for row in (_HEAD, *rows)) for n in range(3)]
    for beside, title in ((False, _FIRST), (True, _ELSE)):
        part = [row for row, (code, _) in zip(rows, coded, strict=True) if code.beside_known is beside]
        if part:
            yield title
            yield from (_row(row, widths) for row in (_HEAD, *part))
    if words:
        yield _WORDS.format(words=words)


def _row(row: tuple[str, str, str, str], widths: Sequence[int]) -> str:
    return f"  {row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}".rstrip()
