"""Everything that the insights can be taken along as, by file name: one list for the page and for the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from .measure_report import measure_report
from .page import alone
from .plots import plots
from .report import Insights
from .tabular import as_csv, tables


def exports(found: Insights, *, at: datetime) -> dict[str, Callable[[], bytes]]:
    """Return how to make each file."""
    files: dict[str, Callable[[], bytes]] = {
        "measure-report.json": lambda: json.dumps(measure_report(found, at=at), indent=2).encode(),
    }
    for name, table in tables(found).items():
        files[f"{name}.csv"] = lambda table=table: as_csv(table).encode()  # type: ignore[misc]
    for name, draw in plots(found).items():
        files[f"{name}.svg"] = draw
    return files


def write_all(found: Insights, folder: Path, *, at: datetime) -> list[Path]:
    """Write every file and the page that shows them; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = exports(found, at=at)
    files["insights.html"] = lambda: alone(found, plots(found)).encode()
    for name, make in files.items():
        (folder / name).write_bytes(make())
    return [folder / name for name in sorted(files)]
