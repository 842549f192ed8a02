"""Exports for the tests: every case of the book as a patient of its own, written as a bulk export would be."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cds_service.population.engines import Engine
from cds_service.population.job import Job
from cds_service.population.run import Asked, Ran, run
from tests.cases.book import folders, read_case, read_json

Json = dict[str, Any]


def of_its_own(folder: str) -> Json:
    """Return a case's Bundle with the patient and the Medications named after the case, as one export needs it."""
    text = json.dumps(read_json(folder, "chart.json"))
    bundle: Json = json.loads(
        text.replace("Patient/p1", f"Patient/{folder}").replace("Medication/", f"Medication/{folder}-")
    )
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource.get("resourceType") == "Patient" and resource.get("id") == "p1":
            resource["id"] = folder
        if resource.get("resourceType") == "Medication" and "id" in resource:
            resource["id"] = f"{folder}-{resource['id']}"
    return bundle


def days() -> dict[str, list[str]]:
    """Return the cases by the day on which each is to be judged."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for folder in folders():
        found[str(read_case(folder)["as_of"])].append(folder)
    return dict(found)


def resources(cases: Iterable[str]) -> list[Json]:
    """Return the resources of some cases."""
    return [entry["resource"] for folder in cases for entry in of_its_own(folder)["entry"] if entry.get("resource")]


def write_ndjson(folder: Path, listed: Iterable[Json], *, packed: bool = False, shuffled: bool = False) -> None:
    """Write resources as one file a type."""
    folder.mkdir(parents=True, exist_ok=True)
    by_type: defaultdict[str, list[Json]] = defaultdict(list)
    for resource in listed:
        by_type[resource.get("resourceType", "none")].append(resource)
    for kind, found in by_type.items():
        if shuffled:
            random.Random(kind).shuffle(found)
        text = "".join(json.dumps(resource) + "\n" for resource in found).encode()
        path = folder / f"{kind}.ndjson{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(text) if packed else text)


def write_bundles(folder: Path, cases: Iterable[str]) -> None:
    """Write each case as a Bundle file."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        (folder / f"{case}.json").write_text(json.dumps(of_its_own(case), indent=1))


def ran(given: Path | str, job: Job, work: Path, engine: Engine, **more: Any) -> Ran:
    """Run over an export without a progress bar."""
    return run(Asked((str(given),), job, work, **more), engine, lambda *_: None)
