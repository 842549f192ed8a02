"""The insights as a FHIR R4 MeasureReport: acceptance with its strata, and the firing rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from .counts import Tally
from .report import Insights

ACCEPTANCE = "urn:injection-followup:measure:card-acceptance"
_POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"


def measure_report(found: Insights, *, at: datetime) -> dict[str, Any]:
    """Return the report as JSON-ready data; `denominator` are cards answered, `numerator` cards accepted."""
    strata = [_stratifier(name, values) for name, values in found.by.items() if values]
    acceptance: dict[str, Any] = {"code": {"text": "acceptance of cards"}, **_counted(found.total)}
    if strata:
        acceptance["stratifier"] = strata
    return {
        "resourceType": "MeasureReport",
        "id": str(uuid4()),
        "status": "complete",
        "type": "summary",
        "measure": ACCEPTANCE,
        "date": at.isoformat(timespec="seconds"),
        "period": {"start": found.window.since.isoformat(), "end": found.window.until.isoformat()},
        "group": [acceptance, _firing_rate(found)],
    }


def _stratifier(name: str, values: Mapping[str, Tally]) -> dict[str, Any]:
    strata = [{"value": {"text": value or "(none)"}, **_counted(tally)} for value, tally in values.items()]
    return {"code": [{"text": name}], "stratum": strata}


def _counted(tally: Tally) -> dict[str, Any]:
    populations = [
        ("initial-population", tally.fired),
        ("denominator", tally.accepted + tally.overridden),
        ("numerator", tally.accepted),
    ]
    return {"population": list(_populations(populations)), **_score(tally.acceptance)}


def _firing_rate(found: Insights) -> dict[str, Any]:
    fired = found.total.fired
    populations = [("initial-population", found.exchanges), ("measure-observation", fired)]
    rate = fired / found.exchanges if found.exchanges else None
    return {"code": {"text": "cards a call"}, "population": list(_populations(populations)), **_score(rate)}


def _populations(counts: list[tuple[str, int]]) -> Iterator[dict[str, Any]]:
    for code, count in counts:
        yield {"code": {"coding": [{"system": _POPULATION, "code": code}]}, "count": count}


def _score(value: float | None) -> dict[str, Any]:
    return {} if value is None else {"measureScore": {"value": round(value, 4)}}
