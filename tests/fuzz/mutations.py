"""Requests that are wrong by little: one place or a few of a good one, replaced by what nobody should send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.cases.prefetch import prefetched
from tests.serving import ROOT

Json = Any
Path = tuple[str | int, ...]

FIXTURES = ROOT / "fhir_fixtures"
TEMPLATES_LIKE = "steroid-injection-followup"

ODD: list[Json] = [
    None, True, False, 0, -1, 7, 2**53, 10**30, -0.0, 1e308, 5e-324, 0.1,
    "", " ", "x", "x" * 3000, "\u202e\u0007", "é你好😀", "<script>alert(1)</script>", "[a](javascript:alert(1))",
    "2026", "2026-13", "2026-02-30", "0001-01-01", "9999-12-31", "2026-W01-1", "20260101", "2026-01-12T24:00:00Z",
    "2026-01-12T23:59:60-12:00", "2026-01-12T00:00:00+14:00", "2026-01-12T10:00:00", "not a date",
    "Patient/other", "Patient/", "https://evil.test/fhir/Patient/1", "#contained", "urn:uuid:1", "../../x",
    "entered-in-error", "http://snomed.info/sct", "NaN", "Infinity", "-1", "1e5", 10**400, "19²0-01-01",
    [], {}, [None], [[]], [{}], {"": {}}, {"a": None}, {"resourceType": "Patient", "id": "someone-else"},
    {"reference": None}, {"coding": [{}]}, {"coding": [{"system": 1, "code": []}]}, {"value": "7", "unit": {}},
    {"start": "2026-05-01", "end": "2025-01-01"}, {"resourceType": "OperationOutcome", "issue": []},
    {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Bundle", "entry": []}}]},
]  # fmt: skip


@cache
def requests(templates: tuple[tuple[str, str], ...]) -> list[Json]:
    """Return good request bodies, one a fixture."""
    return [_request(json.loads(path.read_text()), dict(templates)) for path in sorted(FIXTURES.glob("*/chart.json"))]


def _request(bundle: Json, templates: dict[str, str]) -> Json:
    patient = next(e["resource"]["id"] for e in bundle["entry"] if e["resource"].get("resourceType") == "Patient")
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": patient},
        "prefetch": prefetched(bundle, templates),
        "extension": {"org.steroid-injection-followup.explain": True},
    }


def places(document: Json, at: Path = ()) -> Iterator[Path]:
    """Yield the path of everything in a document but the document."""
    if isinstance(document, dict):
        pairs: Iterator[tuple[str | int, Json]] = iter(document.items())
    elif isinstance(document, list):
        pairs = iter(enumerate(document))
    else:
        return
    for key, value in pairs:
        yield (*at, key)
        yield from places(value, (*at, key))


def replaced(document: Json, at: Path, value: Json) -> Json:
    """Return a document with another value at a path; it shares what did not change."""
    if not at:
        return value
    copied = document.copy()
    copied[at[0]] = replaced(document[at[0]], at[1:], value)
    return copied


def without(document: Json, at: Path) -> Json:
    """Return a document without what is at a path."""
    copied = document.copy()
    if len(at) == 1:
        del copied[at[0]]
    else:
        copied[at[0]] = without(document[at[0]], at[1:])
    return copied
