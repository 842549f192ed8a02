"""A run as its user meets it: the command, what it writes, what it survives, and what it says of a bad export."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cds_service.cli import main
from cds_service.errors import UsageError
from cds_service.population import evaluation
from cds_service.population import run as runs
from cds_service.population.engines import Local
from cds_service.population.figures import figures, interval
from cds_service.population.job import Job, job_of, seal_of
from cds_service.population.sources import files
from tests.population.exports import of_its_own, ran, resources, write_bundles, write_ndjson

DAY = "2026-03-02"
FEW = ["hip-unguided-obese", "knee-septic-red-flags", "adolescent", "anaphylaxis-years-ago", "allergy-to-the-excipient"]


def question(day: str = DAY, **more: Any) -> Job:
    """Return a job for one day."""
    return job_of(date.fromisoformat(day), date.fromisoformat(day), **{"each_encounter": False, "other": None} | more)


def counted(given: Path | str, work: Path, engine: Local, job: Job | None = None, **more: Any) -> dict[str, Any]:
    """Run and return the figures."""
    asked = job or question()
    found = ran(given, asked, work, engine, **more)
    try:
        return figures(found, asked)
    finally:
        found.desk.close()


def parquet(path: Path) -> list[tuple[Any, ...]]:
    """Return the rows of a Parquet file."""
    with duckdb.connect() as engine:
        return engine.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A small export by type."""
    write_ndjson(tmp_path / "export", resources(FEW))
    return tmp_path / "export"


def test_the_command_writes_report_json_and_parquet(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["population", str(export), "--as-of", DAY, "--out", str(out), "--workers", "2"]) == 0
    assert f"{len(FEW)} patients" in capsys.readouterr().out
    page, found = (out / "report.html").read_text(), json.loads((out / "report.json").read_text())
    assert {row[1] for row in parquet(out / "assessments.parquet")} == set(FEW)
    assert len(parquet(out / "cards.parquet")) == found["firing"]["cards"] > 0
    assert "<svg" not in page
    assert page.count("data:image/svg+xml") >= 4
    assert "<script" not in page
    assert 'src="http' not in page
    assert "<link" not in page
    for text in (page, json.dumps(found)):
        assert not [case for case in FEW if case in text], "only the Parquet names patients"


def test_figures_agree_with_each_other(export: Path, tmp_path: Path, engine: Local) -> None:
    found = counted(export, tmp_path / "work", engine)
    firing = found["firing"]
    for dimension in ("byKind", "byRegion", "byIndicator"):
        assert sum(row["cards"] for row in firing[dimension]) == firing["cards"]
    states = ("supported", "possible", "notSupported", "notAssessable")
    episodes = sum(row["episodes"] for row in found["responses"])
    assert {sum(row[s] for s in states) for row in found["causes"]} == {episodes}
    assert len(found["causes"]) == 12
    assert firing["low"] <= firing["rate"] <= firing["high"]
    assert found["missing"]["texts"]


@pytest.mark.parametrize(("some", "of"), [(0, 0), (0, 10), (10, 10), (3, 1000)])
def test_interval_holds_the_share(some: int, of: int) -> None:
    low, high = interval(some, of)
    assert 0 <= low <= (some / of if of else 0) <= high + 1e-9 <= 1 + 1e-9


def test_files_folders_and_globs_name_the_same(export: Path) -> None:
    expected = files([str(export)])
    assert files([str(export / "*.ndjson")]) == expected
    assert files([*map(str, reversed(expected)), str(export)]) == expected
    with pytest.raises(UsageError, match="no file there"):
        files([str(export / "*.nothing")])


def test_order_packing_and_form_change_no_figure(export: Path, tmp_path: Path, engine: Local) -> None:
    write_ndjson(tmp_path / "packed", resources(FEW), packed=True, shuffled=True)
    write_bundles(tmp_path / "bundles", FEW)
    plain, packed, bundles = (
        counted(p, tmp_path / "work", engine) for p in (export, tmp_path / "packed", tmp_path / "bundles")
    )
    assert packed["firing"] == plain["firing"]
    assert packed["causes"] == plain["causes"]
    assert bundles["firing"] == plain["firing"]


def test_bad_lines_are_counted_and_listed_and_cost_nothing_else(export: Path, tmp_path: Path, engine: Local) -> None:
    before = counted(export, tmp_path / "work", engine)
    path = export / "Observation.ndjson"
    good = path.read_bytes()
    lines = len(good.splitlines())
    path.write_bytes(
        good
        + b'{"resourceType":"Observation","id":"x1"}\n\n{not json}\n[]\n{"resourceType":"Nonsense","id":"1"}\n'
        + b'\xff\xfe\n{"resourceType":"Observation","id":7,"subject":{"reference":"Patient/adolescent"}}\n'
        + b'{"resourceType":"Claim","subject":[1],"id":"c1"}\n{"resourceType":"Observation","id":"cut'
    )
    shutil.copy(path, export / "again.ndjson")
    (export / "Condition.2.ndjson.gz").write_bytes(gzip.compress(good * 3)[:-20])
    (export / "manifest.json").write_text('{"transactionTime":"2026-03-02T00:00:00Z","output":[]}')
    (export / "empty.ndjson").write_bytes(b"")
    after = counted(export, tmp_path / "work", engine)
    assert after["firing"] == before["firing"]
    amiss = {row["what"]: row["times"] for row in after["export"]["amiss"]}
    assert amiss["Observation without a patient"] == 2
    assert amiss["no JSON"] >= 6
    assert amiss["no FHIR R4 resource"] >= 2
    assert amiss["the .gz is truncated or damaged; what came before was used"] == 1
    assert amiss["same resource twice"] >= lines
    places = {(p["what"], p["file"], p["line"]) for p in after["export"]["places"]}
    assert ("Observation without a patient", "Observation.ndjson", lines + 1) in places
    assert ("no JSON", "Observation.ndjson", lines + 3) in places


def test_of_two_versions_the_one_updated_last_counts(export: Path, tmp_path: Path, engine: Local) -> None:
    before = counted(export, tmp_path / "work", engine)
    assert before["firing"]["cards"]
    revoked = []
    for resource in resources(FEW):
        if resource["resourceType"] in ("Procedure", "MedicationAdministration"):
            revoked.append(resource | {"status": "entered-in-error", "meta": {"lastUpdated": "2026-03-01T00:00:00Z"}})
    write_ndjson(tmp_path / "newer", revoked)
    for order in ("a-newer", "z-newer"):
        shutil.copytree(tmp_path / "newer", export / order)
        after = counted(export, tmp_path / "work", engine)
        assert after["population"]["patientsWithInjection"] == 0, order
        shutil.rmtree(export / order)


def test_medications_are_found_by_reference(tmp_path: Path, engine: Local) -> None:
    chart = [e["resource"] for e in of_its_own("hip-unguided-obese")["entry"]]
    drug = next(r for r in chart if r["resourceType"] == "MedicationAdministration")
    concept = drug.pop("medicationCodeableConcept")
    drug["medicationReference"] = {"reference": "https://ehr.example.org/fhir/Medication/kenalog"}
    write_ndjson(tmp_path / "without", chart)
    write_ndjson(tmp_path / "with", [*chart, {"resourceType": "Medication", "id": "kenalog", "code": concept}])
    without, found = (counted(tmp_path / name, tmp_path / "work", engine) for name in ("without", "with"))
    assert found["population"]["resources"] == without["population"]["resources"] + 1


def test_a_run_that_was_interrupted_goes_on(
    export: Path, tmp_path: Path, engine: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds_service.population.desk.BATCH_BYTES", 1)  # a batch a patient
    monkeypatch.setattr(runs, "KEEP_AT_ONCE", 1)
    whole = counted(export, tmp_path / "whole", engine)
    kept: list[int] = []

    def interrupted(phase: str, done: int, _: int) -> None:
        if phase == "evaluating" and done == 2:
            kept.append(done)
            raise KeyboardInterrupt

    asked = runs.Asked((str(export),), question(), tmp_path / "work")
    with pytest.raises(KeyboardInterrupt):
        runs.run(asked, engine, interrupted)
    assert kept
    seen: list[tuple[str, int]] = []
    again = runs.Asked((str(export),), question(), tmp_path / "work", resume=True)
    resumed = runs.run(again, engine, lambda phase, done, _: seen.append((phase, done)))
    try:
        assert ("evaluating", 2) in seen
        assert not [phase for phase, _ in seen if phase == "reading"]
        assert figures(resumed, question()) == whole
    finally:
        resumed.desk.close()


def test_other_pages_of_the_service_make_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "with_pages_of_its_own"
    ours.mkdir()
    made = "from tests import toy\nclass Ours(type(toy.SERVICES[0])): pass\nSERVICES = (Ours(),)\n"
    (ours / "__init__.py").write_text(made)
    (ours / "page.toml").write_text("days = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CDS_SERVICES", f"{ours.name}:SERVICES")
    before = seal_of(question(), [])
    (ours / "notes.md").write_text("nothing of the answer")
    assert seal_of(question(), []) == before
    (ours / "page.toml").write_text("days = 43\n")
    assert seal_of(question(), []) != before


def test_resume_refuses_another_question(export: Path, tmp_path: Path, engine: Local) -> None:
    counted(export, tmp_path / "work", engine)
    with pytest.raises(UsageError, match="--resume"):
        counted(export, tmp_path / "work", engine, question("2026-03-03"), resume=True)


def test_each_encounter_sees_no_future(tmp_path: Path, engine: Local) -> None:
    write_ndjson(tmp_path / "export", resources(["hip-unguided-obese"]))
    job = job_of(date(2025, 1, 1), date(2026, 3, 2), each_encounter=True, other=None)
    found = counted(tmp_path / "export", tmp_path / "work", engine, job)
    visits = [r for r in resources(["hip-unguided-obese"]) if r["resourceType"] == "Encounter"]
    assert found["firing"]["charts"] == len(visits)
    first = min(visit["period"]["start"][:10] for visit in visits)
    early = job_of(date(2025, 1, 1), date.fromisoformat(first), each_encounter=True, other=None)
    assert counted(tmp_path / "export", tmp_path / "work", engine, early)["firing"]["byKind"] == []


def test_cards_of_a_clinicians_day(tmp_path: Path, engine: Local) -> None:
    chart = resources(["hip-unguided-obese", "knee-septic-red-flags", "adolescent"])
    people = sorted({r["id"] for r in chart if r["resourceType"] == "Patient"})
    chart += [
        {
            "resourceType": "Encounter",
            "id": f"clinic-{who}",
            "status": "finished",
            "subject": {"reference": f"Patient/{who}"},
            "period": {"start": "2026-02-27T09:00:00Z"},
            "participant": [{"individual": {"reference": "Practitioner/dr"}}],
        }
        for who in people
    ]
    write_ndjson(tmp_path / "export", chart)
    found = counted(tmp_path / "export", tmp_path / "work", engine)
    assert found["clinic"]["days"] == 1
    assert found["clinic"]["patientsADay"] == 3
    assert found["clinic"]["cardsADay"] == found["firing"]["cards"]


def test_a_defect_costs_one_patient(
    export: Path, tmp_path: Path, engine: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ran(export, question(), tmp_path / "work", engine)
    found.desk.rows("UPDATE batch SET done = false")
    [job_file] = (tmp_path / "work").glob("job-*.json")
    [task] = found.desk.tasks(job_file)
    real = evaluation.assessed

    def broken(service: Any, chart: Any, job: Job) -> Any:
        if chart.patient_id == "adolescent":
            raise ZeroDivisionError
        return real(service, chart, job)

    monkeypatch.setattr(evaluation, "assessed", broken)
    rows = [json.loads(line) for line in evaluation.evaluate(task).tables["assessment"].splitlines()]
    assert [r["failed"] for r in rows if r["patient"] == "adolescent"] == ["ZeroDivisionError"]
    assert len(rows) == len(FEW)
    found.desk.close()
