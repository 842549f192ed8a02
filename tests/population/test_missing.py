"""What data is missing: each thing is said with the types of resources and codes that would settle it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service import fhir_types as fhir
from cds_service.population.engines import Local
from cds_service.population.figures import figures
from cds_service.population.job import job_of
from cds_service.population.missing import missing
from cds_service.service import Settling
from hooks.steroid_injection_followup import SERVICE
from hooks.steroid_injection_followup.library import HOME
from hooks.steroid_injection_followup.wanted import MissingPage
from tests.cases.book import folders
from tests.population.exports import ran, resources, write_ndjson

DAY = date(2026, 3, 2)
TYPES = {kind.__name__ for kind in fhir.READ_TYPES}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, engine: Local) -> dict[str, Any]:
    """The figures over every case of the book."""
    folder = tmp_path_factory.mktemp("missing")
    write_ndjson(folder / "export", resources(folders()))
    job = job_of(DAY, DAY, each_encounter=False, other=None)
    run = ran(folder / "export", job, folder / "work", engine)
    try:
        return figures(run, job)
    finally:
        run.desk.close()


def test_each_missing_thing_names_resource_types_that_are_read(found: dict[str, Any]) -> None:
    texts = found["missing"]["texts"]
    assert texts
    for row in texts:
        assert set(row["resourceTypes"]) <= TYPES, row
        assert row["resourceTypes"], row
    by_text = {row["says"]: row for row in texts}
    assert by_text["body mass index"]["resourceTypes"] == ["Observation"]
    assert by_text["body mass index"]["codes"][0]["system"] == "LOINC"
    assert [row["episodes"] for row in texts] == sorted((row["episodes"] for row in texts), reverse=True)


def test_types_are_ranked_by_the_episodes_that_they_would_help(found: dict[str, Any]) -> None:
    ranked = found["missing"]["resourceTypes"]
    assert {"Observation", "Condition", "Procedure"} <= {row["type"] for row in ranked} <= TYPES
    assert [row["episodes"] for row in ranked] == sorted((row["episodes"] for row in ranked), reverse=True)


def test_a_cause_that_was_not_asked_lacks_no_data(found: dict[str, Any]) -> None:
    lacking = found["missing"]
    assert {row["says"] for row in lacking["notAsked"]} >= {"not asked: a red flag comes first"}
    said = [row["says"] for row in lacking["texts"]]
    said += [row["says"] for cause in lacking["causes"] for row in cause["settledBy"]]
    assert not [says for says in said if says.startswith("not asked")]


def test_words_of_every_case_are_in_the_page_or_are_those_of_a_cause(found: dict[str, Any]) -> None:
    rows = SERVICE.library.typed("missing", MissingPage).rows
    known = tuple(words for row in rows for words in row.says)
    own = {rules.page.cannot_judge for rules in SERVICE.library.causes}
    strange = [
        row["says"]
        for row in found["missing"]["texts"]
        if not row["says"].startswith((*known, "the whole list of ")) and row["says"] not in own
    ]
    assert strange in ([], ["the export holds no resource of this type"])


def test_every_row_of_the_page_names_types_that_are_read_and_value_sets_that_exist() -> None:
    assert isinstance(SERVICE, Settling)
    rows = SERVICE.library.typed("missing", MissingPage).rows
    source = "".join(path.read_text() for path in HOME.parent.rglob("*.py")) + "".join(
        path.read_text() for path in HOME.rglob("causes/*.toml")
    )
    for row in rows:
        assert set(row.types) <= TYPES, row
        for words in row.says:
            assert words in source, f"{words}: no cause says so"
            settled = SERVICE.settled_by("incorrect-diagnosis", words)
            assert settled is not None
            assert settled.resource_types == row.types
            assert len(settled.codes) == len(row.codes)


def test_a_service_that_does_not_say_leaves_the_types_out(tmp_path: Path, engine: Local) -> None:
    write_ndjson(tmp_path / "export", resources(["hip-unguided-obese"]))
    run = ran(tmp_path / "export", job_of(DAY, DAY, each_encounter=False, other=None), tmp_path / "work", engine)
    try:
        said = missing(run.desk, object())  # type: ignore[arg-type]
    finally:
        run.desk.close()
    assert said["texts"]
    assert not [row for row in said["texts"] if row["resourceTypes"] or row["codes"]]
