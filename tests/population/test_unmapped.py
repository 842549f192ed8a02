"""Codes near injections that no value set knows: local codes and words alone, ranked; words of few are not shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from cds_service.population.engines import Local
from cds_service.population.figures import FEWEST_FOR_WORDS, figures
from cds_service.population.job import job_of
from cds_service.population.page import page
from tests.population.exports import ran, resources, write_ndjson

DAY = date(2026, 3, 2)


def test_local_codes_and_shared_words_are_ranked_and_words_of_few_are_counted(tmp_path: Path, engine: Local) -> None:
    case = json.dumps(resources(["hip-unguided-obese"]))
    day = next(r["performedDateTime"] for r in json.loads(case) if r["resourceType"] == "Procedure")
    listed: list[dict[str, Any]] = []
    for number in range(FEWEST_FOR_WORDS):
        whose = f"p{number}"
        listed += json.loads(case.replace("hip-unguided-obese", whose))
        local = {"coding": [{"system": "urn:example:local", "code": "HIPINJ", "display": "Hip thing"}]}
        said = [local, local, {"text": "Hip thing in words"}, *([{"text": "Jane Doe's hip"}] if number == 0 else [])]
        listed += [
            {"resourceType": "Procedure", "id": f"{whose}-{n}", "status": "completed", "code": code,
             "performedDateTime": day, "subject": {"reference": f"Patient/{whose}"}}
            for n, code in enumerate(said)
        ]  # fmt: skip
    write_ndjson(tmp_path / "export", listed)
    job = job_of(DAY, DAY, each_encounter=False, other=None)
    run = ran(tmp_path / "export", job, tmp_path / "work", engine)
    try:
        found = figures(run, job)
    finally:
        run.desk.close()
    alone = [
        (u["code"], u["display"], u["resources"], u["patients"]) for u in found["unmapped"] if not u["besideKnown"]
    ]
    assert alone[:2] == [("HIPINJ", "Hip thing", 10, 5), ("", "Hip thing in words", 5, 5)]
    assert found["wordsOfFew"] == 1
    for text in (json.dumps(found), page(found, {})):
        assert "Hip thing in words" in text
        assert "Jane" not in text
