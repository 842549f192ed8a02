"""How fast a population run is, against a loop of `orjson.loads` over its lines: `python -m tests.bench.population`.

Processor time counts (all in one process), since what others do on the machine does not show in it; then one worker
against two, by the clock. One patient in twenty has a case of the book, the others what charts are full of.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any, TypeVar

import orjson

from cds_service.population.engines import Dask, Engine, Local
from cds_service.population.job import job_of
from cds_service.population.run import Asked, run
from cds_service.population.sources import Source, ranges
from cds_service.population.spans import read_range

from .requests_like import filler

T = TypeVar("T")
R = TypeVar("R")
DAY = date(2026, 3, 2)
CASES = sorted((Path(__file__).parents[2] / "fhir_fixtures").glob("*/chart.json"))
EACH = 20  # of so many patients one has a case
RESOURCES = 200  # of each patient


class Inline:
    """No workers: everything in this process, so that its processor time is all there is."""

    workers = 1

    def run(self, does: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield the answers one after another."""
        return map(does, tasks)

    def close(self) -> None:
        """Nothing to end."""


def main() -> None:
    """Print the figures."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 4000  # some seconds, so that starting is no part of it
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = write_export(folder / "export", patients) / 1e6
        print(f"{patients} patients, {size:.0f} MB")
        loop = _line("orjson.loads, line by line", size, patients, cpu(lambda: orjson_loop(folder / "export")))
        _line("  whose each line is", size, patients, cpu(lambda: index(folder / "export")), loop)
        whole = cpu(lambda: evaluated(folder, Inline()))
        _line("the whole run, one process", size, patients, whole, loop)
        by_clock(folder, size, patients)


def by_clock(folder: Path, size: float, patients: int) -> None:
    """Print one worker against two, and the cluster's engine, by the clock: the least of three in turn."""
    engines: dict[str, Engine] = {"one worker": Local(1), "two workers": Local(2), "two Dask workers": Dask(2)}
    walls: defaultdict[str, list[float]] = defaultdict(list)
    try:
        for turn in range(4):
            for name, engine in engines.items():
                begun = time.perf_counter()
                evaluated(folder, engine)
                if turn:  # the first loads the pages in each worker
                    walls[name].append(time.perf_counter() - begun)
    finally:
        for engine in engines.values():
            engine.close()
    for name, times in walls.items():
        _line(f"{name}, by the clock", size, patients, min(times))
    print(f"two against one: {min(walls['one worker']) / min(walls['two workers']):.2f}")


def cpu(call: Callable[[], object]) -> float:
    """Return the least processor time of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        call()
        times.append(time.process_time() - begun)
    return min(times)


def orjson_loop(export: Path) -> None:
    """Read each line into dictionaries, and do nothing with them."""
    for path in sorted(export.glob("*.ndjson")):
        with path.open("rb") as lines:
            for line in lines:
                orjson.loads(line)


def index(export: Path) -> None:
    """Find out whose each line is."""
    paths = sorted(export.glob("*.ndjson"))
    for each in ranges(Source(n, p, p, p.stat().st_size, "ndjson") for n, p in enumerate(paths)):
        read_range(each)


def evaluated(folder: Path, engine: Any) -> None:
    """Run over all of it."""
    job = job_of(DAY, DAY, each_encounter=False, other=None)
    run(Asked((str(folder / "export"),), job, folder / "work"), engine, lambda *_: None).desk.close()


def write_export(folder: Path, patients: int) -> int:
    """Write an export by type; return its size."""
    folder.mkdir()
    files: dict[str, IO[str]] = {}
    for number in range(patients):
        for resource in _patient(number):
            kind = resource["resourceType"]
            if kind not in files:
                files[kind] = (folder / f"{kind}.ndjson").open("w")
            files[kind].write(json.dumps(resource, separators=(",", ":")) + "\n")
    for file in files.values():
        file.close()
    return sum(path.stat().st_size for path in folder.iterdir())


def _patient(number: int) -> Iterator[dict[str, Any]]:
    whose = f"p{number}"
    if number % EACH == 0:
        text = CASES[number // EACH % len(CASES)].read_text().replace("Patient/p1", f"Patient/{whose}")
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in json.loads(text)["entry"]:
            resource = entry.get("resource") or {}
            found[resource.get("resourceType", "Basic")].append(resource)
        for patient in found["Patient"]:
            patient["id"] = whose
        yield from (resource for listed in found.values() for resource in listed if "resourceType" in resource)
    else:
        yield {"resourceType": "Patient", "id": whose, "birthDate": "1960-01-01", "gender": "female"}
    for each in range(RESOURCES):
        yield filler(each, whose) | {"id": f"{number}-{each}"}


def _line(name: str, size: float, patients: int, seconds: float, loop: float | None = None) -> float:
    ratio = f"  {loop / seconds:.2f} of the loop's speed" if loop else ""
    print(f"{name:<32} {seconds:>7.2f} s {size / seconds:>7.0f} MB/s {patients / seconds:>7.0f} patients/s{ratio}")
    return seconds


if __name__ == "__main__":
    main()
