"""A chart that the screen lets pass by has no answer: with the screen and without it the same rows come out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from cds_service.population import evaluation
from cds_service.population import job as jobs
from cds_service.population.engines import Local
from cds_service.population.job import job_of
from cds_service.population.screen import screened
from tests.cases.book import folders
from tests.population.exports import ran, resources, write_ndjson

DAY = date(2026, 3, 2)
TABLES = ("card", "episode", "cause", "unmapped", "visit")


@pytest.mark.parametrize("each_encounter", [False, True], ids=["one day", "each encounter"])
def test_the_screen_changes_no_row(
    tmp_path: Path, engine: Local, monkeypatch: pytest.MonkeyPatch, *, each_encounter: bool
) -> None:
    write_ndjson(tmp_path / "export", [*resources(folders()), *nobodies()])
    job = job_of(date(2025, 9, 1) if each_encounter else DAY, DAY, each_encounter=each_encounter, other=None)
    found = ran(tmp_path / "export", job, tmp_path / "work", engine)
    try:
        found.desk.rows("UPDATE batch SET done = false")
        [job_file] = (tmp_path / "work").glob("job-*.json")
        tasks = list(found.desk.tasks(job_file))
    finally:
        found.desk.close()
    passed = [w for task in tasks for w, spans in task.patients if screened(w, spans, jobs.loaded(str(job_file)))]
    assert set(passed) >= {f"nobody-{n}" for n in range(3)}
    with_screen = [evaluation.evaluate(task).tables for task in tasks]
    monkeypatch.setattr(evaluation, "screened", lambda *_: None)
    without = [evaluation.evaluate(task).tables for task in tasks]
    for one, other in zip(with_screen, without, strict=True):
        assert {t: one.get(t) for t in TABLES} == {t: other.get(t) for t in TABLES}
        assert opened(one["assessment"]) == opened(other["assessment"])


def opened(rows: bytes) -> list[tuple[object, ...]]:
    """Return of each assessment what the figures count, but for the scope, which is asked of charts with an answer."""
    keys = ("patient", "as_of", "opened", "episodes", "cards")
    return [tuple(row[k] for k in keys) for row in map(msgspec.json.decode, rows.splitlines())]


def nobodies() -> list[dict[str, object]]:
    """Return patients with nothing that concerns the service."""
    listed: list[dict[str, object]] = []
    for n in range(3):
        whose = {"reference": f"Patient/nobody-{n}"}
        listed += [
            {"resourceType": "Patient", "id": f"nobody-{n}", "birthDate": "1960-01-01"},
            {"resourceType": "Procedure", "id": f"n{n}", "subject": whose, "status": "completed",
             "performedDateTime": "2026-01-05", "code": {"text": "Appendectomy"}},
            {"resourceType": "Condition", "id": f"n{n}", "subject": whose, "code": {"text": "Hypertension"}},
            {"resourceType": "Encounter", "id": f"n{n}", "subject": whose, "status": "finished",
             "period": {"start": "2026-01-05"}},
        ]  # fmt: skip
    return listed
