"""A site's overlay folder, and what the service with it answers to a chart of `fhir_fixtures/`."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from cds_service import playground
from cds_service.service import Assessment
from hooks.steroid_injection_followup import SteroidInjectionFollowup
from tests.cases.book import FIXTURES, read_case


def overlay(folder: Path, **pages: str) -> Path:
    """Write a site's pages; "__" in a name stands for "/"."""
    for name, text in pages.items():
        path = folder / f"{name.replace('__', '/')}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def answer(case: str, site: Path | None) -> Assessment:
    """Return what the service with a site's pages says of a case's chart."""
    day = read_case(case)["as_of"]
    chart = playground.chart_of(
        (FIXTURES / case / "chart.json").read_bytes(), as_of=day if isinstance(day, date) else date.fromisoformat(day)
    )
    return playground.assess(_ours() if site is None else SteroidInjectionFollowup(site), chart)


@cache
def _ours() -> SteroidInjectionFollowup:
    return SteroidInjectionFollowup()


def kinds(assessment: Assessment) -> list[str]:
    """Return the kinds of the cards shown."""
    return [card.kind for card in assessment.cards]


def episode(assessment: Assessment) -> dict[str, Any]:
    """Return the newest episode of the explanation."""
    first: dict[str, Any] = assessment.explanation["episodes"][0]
    return first


def cause(assessment: Assessment, identifier: str) -> dict[str, Any]:
    """Return one cause of the newest episode."""
    found: dict[str, Any] = next(c for c in episode(assessment)["causes"] if c["id"] == identifier)
    return found


def step(assessment: Assessment, identifier: str) -> dict[str, Any] | None:
    """Return one next step of the newest episode, or `None`."""
    return next((s for s in episode(assessment)["nextSteps"] if s["id"] == identifier), None)
