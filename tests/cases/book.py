"""The case book: each folder of `fhir_fixtures/`, and the small program that writes its chart."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.charts import Chart
from tests.records import AS_OF

FIXTURES = Path(__file__).parents[2] / "fhir_fixtures"

Json = dict[str, Any]
_entered: dict[str, Callable[[], Json]] = {}


def case(folder: str, *, patient: str = "F62", as_of: str = AS_OF) -> Callable[[Callable[[Chart], Json | None]], None]:
    """Enter a function that fills a chart as the chart of a folder; it may return the Bundle itself."""

    def enter(fill: Callable[[Chart], Json | None]) -> None:
        def write() -> Json:
            chart = Chart(patient, as_of=as_of)
            return fill(chart) or chart.bundle()

        assert folder not in _entered, f"two charts for {folder}"
        _entered[folder] = write

    return enter


@cache
def charts() -> Mapping[str, Callable[[], Json]]:
    """Return what writes the chart of each folder, from every `*_charts.py` beside this file."""
    for path in sorted(Path(__file__).parent.glob("*_charts.py")):
        import_module(f"tests.cases.{path.stem}")
    return _entered


def folders() -> list[str]:
    """Return the names of all cases."""
    return sorted(path.parent.name for path in FIXTURES.glob("*/case.toml"))


def read_case(folder: str) -> Json:
    """Return a case's `case.toml`."""
    return tomllib.loads((FIXTURES / folder / "case.toml").read_text())


def read_json(folder: str, name: str) -> Any:
    """Return a JSON file of a case."""
    return json.loads((FIXTURES / folder / name).read_text())


def to_text(content: Any) -> str:
    """Return JSON as it lies in the folders: indented, in the order given, one line end at the end."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
