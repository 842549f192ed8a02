"""A patient's answer by HTTP is the one by population run, to the letter, over every case of the book."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cds_service.answers import body_of
from cds_service.population import job as jobs
from cds_service.population.charts import chart_on, sheets
from cds_service.population.engines import Local
from cds_service.population.evaluation import assessed
from cds_service.population.job import Job, job_of
from tests.cases.conftest import Running
from tests.cases.expect import ASSESSMENT, settled
from tests.population.exports import days, of_its_own, ran, resources, write_bundles, write_ndjson

NOT_OURS = {"it is another patient's", "it names no patient", "it is another patient"}
BY_FULL_URL = "every-form-of-reference"  # refers to entries by their full URL, which lines do not have
# Of these types no case holds one; the export of a hospital does.
OTHERS: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "other"},
    *(
        {"resourceType": kind, "id": "o1", "status": "unknown", "subject": {"reference": "Patient/other"}}
        for kind in ("MedicationStatement", "DeviceRequest", "ServiceRequest", "ImagingStudy", "DiagnosticReport")
    ),
    {"resourceType": "Appointment", "id": "o1", "participant": [{"actor": {"reference": "Patient/other"}}]},
]


def judged(day: str) -> Job:
    """Return the job for a day, with links as the running service makes them."""
    made = job_of(date.fromisoformat(day), date.fromisoformat(day), each_encounter=False, other=None)
    return msgspec.structs.replace(made, links_base="https://cds.example.org")


def by_run(given: Path, day: str, work: Path, engine: Local) -> dict[str, Any]:
    """Return each patient's whole answer, by the charts of a run and the workers' own evaluation."""
    found = ran(given, judged(day), work, engine)
    [job_file] = work.glob("job-*.json")
    job = jobs.loaded(str(job_file))
    found.desk.rows("UPDATE batch SET done = false")
    answers = {}
    for task in found.desk.tasks(job_file):
        for whose, spans in task.patients:
            chart = chart_on(job.last, whose, sheets(spans, job), job)
            answer = assessed(jobs.services(job)["ours"], chart, job)
            answers[whose] = json.loads(msgspec.json.encode(body_of(answer, explain=True)))
    found.desk.close()
    return answers


def comparable(answer: Any) -> Any:
    """Return an answer without what it says of resources that are not the patient's: a run never gives it those."""
    answer = json.loads(json.dumps(answer))
    assessment = answer["extension"][ASSESSMENT]
    assessment["ignored"] = [i for i in assessment["ignored"] if i["reason"] not in NOT_OURS]
    return settled(answer)


@pytest.mark.parametrize("form", ["ndjson", "ndjson-shuffled-gz", "bundles"])
def test_every_case(form: str, tmp_path: Path, running: Running, engine: Local) -> None:
    given = tmp_path / "export"
    cases = [case for listed in days().values() for case in listed]
    if form == "bundles":
        write_bundles(given, cases)
    else:
        cases.remove(BY_FULL_URL)
        odd = form != "ndjson"
        write_ndjson(given, [*resources(cases), *OTHERS], packed=odd, shuffled=odd)
    differing = []
    for day, listed in days().items():
        answers = by_run(given, day, tmp_path / "work", engine)
        for case in sorted({*listed} & {*cases}):
            for ask in (running.evaluate, running.call):
                if comparable(answers.get(case)) != comparable(ask(of_its_own(case), day)):
                    differing.append((case, ask.__name__))
    assert differing == []
