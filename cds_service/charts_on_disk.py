"""Charts on disk, for `cds-service try`: a Bundle file, or a fixture folder with its Bundle and its day."""

from __future__ import annotations

import gzip
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .errors import UsageError

BUNDLE = "chart.json"
CASE = "case.toml"


@dataclass(frozen=True, slots=True)
class ChartFile:
    """The text of a chart, and the day on which its folder says that it is to be judged."""

    text: bytes
    as_of: date | None = None


def chart_at(path: Path) -> ChartFile:
    """Return the chart at a path; raise `UsageError` when there is none."""
    if path.is_dir():
        return ChartFile(_read(path / BUNDLE), _day_of(path / CASE))
    return ChartFile(_read(path))


def _read(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except OSError as problem:
        raise UsageError(
            f"{path}: {problem.strerror or 'cannot be unpacked'}; name a Bundle file or a folder with {BUNDLE}"
        ) from None


def _day_of(path: Path) -> date | None:
    if not path.is_file():
        return None
    day = tomllib.loads(path.read_text(encoding="utf-8")).get("as_of")
    if isinstance(day, str):
        return date.fromisoformat(day)
    return day if isinstance(day, date) else None
