"""The example charts of `fhir_fixtures/`, as the playground offers them; a site without the folder has none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..charts_on_disk import BUNDLE, CASE

FOLDER = Path(__file__).resolve().parents[2] / "fhir_fixtures"  # beside the package in a checkout; never in a wheel
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*", re.ASCII)
_GROUPS = {
    "critical": "Critical cards",
    "warning": "Warnings",
    "info": "For information",
    "": "Silent: no card",
}


@dataclass(frozen=True, slots=True)
class Fixture:
    """One example: its name, what it shows, its day, and the most urgent indicator that it expects."""

    name: str
    title: str
    as_of: str
    indicator: str


def fixtures(folder: Path = FOLDER) -> tuple[Fixture, ...]:
    """Return the examples by name; none when there is no folder."""
    cases = [path for path in sorted(folder.glob(f"*/{CASE}")) if _NAME.fullmatch(path.parent.name)]
    return tuple(_fixture(case) for case in cases if (case.parent / BUNDLE).is_file())


def grouped(found: Iterable[Fixture]) -> Mapping[str, Sequence[Fixture]]:
    """Return the examples by what they lead to, most urgent first."""
    listed = tuple(found)
    groups = {title: [f for f in listed if f.indicator == indicator] for indicator, title in _GROUPS.items()}
    return {title: members for title, members in groups.items() if members}


def chart_text(found: Iterable[Fixture], name: str, folder: Path = FOLDER) -> bytes | None:
    """Return the Bundle of an example that is listed, `None` for any other name."""
    if all(fixture.name != name for fixture in found):
        return None
    return (folder / name / BUNDLE).read_bytes()


def _fixture(case: Path) -> Fixture:
    page = tomllib.loads(case.read_text(encoding="utf-8"))
    return Fixture(case.parent.name, str(page.get("title", "")), str(page.get("as_of", "")), _most_urgent(page))


def _most_urgent(page: Mapping[str, Any]) -> str:
    expected = page.get("expect", {})
    cards = expected.get("cards", []) if isinstance(expected, dict) else []
    shown = {str(card).rpartition(":")[2] for card in cards}
    return next((indicator for indicator in _GROUPS if indicator in shown), "")
