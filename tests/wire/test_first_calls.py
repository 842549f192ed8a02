"""A service that has just started is asked by many at once: nothing is left to be prepared by the first call.

Types that msgspec met for the first time in two threads together have crashed a process here.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cases.prefetch import prefetched
from tests.serving import ROOT, serving

FOLDERS = [
    "hip-unguided-obese",
    "knee-septic-red-flags",
    "lumbar-epidural-cauda-equina",
    "tennis-elbow-second-injection",
]
PATH = "/cds-services/steroid-injection-followup"


def call(folder: str, templates: dict[str, str]) -> bytes:
    """Return a call about a shipped chart."""
    chart = json.loads((ROOT / "fhir_fixtures" / folder / "chart.json").read_text())
    patient = next(e["resource"]["id"] for e in chart["entry"] if e["resource"]["resourceType"] == "Patient")
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": patient},
        "prefetch": prefetched(chart, templates),
    }
    return json.dumps(body).encode()


@pytest.mark.parametrize("round_", range(2))
def test_sixteen_first_calls_at_once_are_all_answered(tmp_path: Path, round_: int) -> None:
    with serving(tmp_path) as running, ThreadPoolExecutor(16) as threads:
        found: Any = running.ask("GET", "/cds-services").json()
        calls = [call(folder, found["services"][0]["prefetch"]) for folder in FOLDERS] * 8
        statuses = list(threads.map(lambda body: running.post(PATH, body).status, calls))
        log = running.log.read_text()
    assert statuses == [200] * len(calls)
    assert "was sent SIG" not in log
