"""The engines: the same job on each, workers that die on the way, and a population larger than the memory allowed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service.population import desk as desks
from cds_service.population.engines import Dask, Engine, GivenUp, Local
from cds_service.population.evaluation import evaluate
from cds_service.population.figures import figures
from cds_service.population.job import job_of
from tests.population.exports import ran, resources, write_ndjson

DAY = date(2026, 3, 2)
FEW = ["hip-unguided-obese", "knee-septic-red-flags", "adolescent"]


@pytest.fixture(scope="module")
def dask() -> Iterator[Dask]:
    pytest.importorskip("distributed")
    made = Dask(2)
    yield made
    made.close()


def squared(number: int) -> int:
    return number * number


def deadly(task: tuple[int, str]) -> int:
    """Die on number 7: the first time (a mark is left) or every time."""
    number, mark = task
    if number == 7 and not (mark and os.path.exists(mark)):  # noqa: PTH110
        if mark:
            Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def slow(task: int) -> int:
    time.sleep(0.05)
    del task
    return os.getpid()


def figures_of(given: Path, work: Path, engine: Engine, **more: Any) -> dict[str, Any]:
    job = job_of(DAY, DAY, each_encounter=False, other=None)
    found = ran(given, job, work, engine, **more)
    try:
        return figures(found, job)
    finally:
        found.desk.close()


def test_local_gives_every_answer(engine: Local) -> None:
    assert sorted(engine.run(squared, range(50))) == sorted(n * n for n in range(50))  # type: ignore[type-var]


def test_local_runs_again_what_a_dead_worker_held(tmp_path: Path) -> None:
    made = Local(2)
    try:
        answers = list(made.run(deadly, [(n, str(tmp_path / "mark")) for n in range(30)]))
        assert sorted(answers) == list(range(30))  # type: ignore[type-var]
        answers = list(made.run(deadly, [(n, "") for n in range(30)]))
        given_up = [a for a in answers if isinstance(a, GivenUp)]
        assert [a.task for a in given_up] == [(7, "")]
        assert sorted(a for a in answers if not isinstance(a, GivenUp)) == [n for n in range(30) if n != 7]
    finally:
        made.close()


@pytest.mark.filterwarnings("default")
def test_dask_gives_the_same_report_though_a_worker_is_killed(
    tmp_path: Path, engine: Local, dask: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "BATCH_BYTES", 1)
    write_ndjson(tmp_path / "export", population(16))
    expected = figures_of(tmp_path / "export", tmp_path / "local", engine)
    workers = {answer for answer in dask.run(slow, range(20)) if isinstance(answer, int)}
    assert len(workers) == 2
    killed: list[int] = []

    class Killing:
        """The engine, which kills one of its workers after a few answers."""

        workers = dask.workers

        def run(self, does: Any, tasks: Any) -> Iterator[Any]:
            for number, answer in enumerate(dask.run(does, tasks)):
                if does is evaluate and number == 3 and not killed:
                    killed.append(next(iter(workers)))
                    os.kill(killed[0], signal.SIGKILL)
                yield answer

        def close(self) -> None:
            """It is closed by who made it."""

    found = figures_of(tmp_path / "export", tmp_path / "dask", Killing())
    assert killed
    assert found == expected


@pytest.mark.filterwarnings("default")
def test_a_cluster_by_its_address_gives_the_same_report(tmp_path: Path, engine: Local, dask: Dask) -> None:
    write_ndjson(tmp_path / "export", population(6))
    cluster = Dask(scheduler=str(dask.client.scheduler_info()["address"]))
    try:
        assert cluster.workers == len(dask.client.scheduler_info(n_workers=-1)["workers"])
        found = figures_of(tmp_path / "export", tmp_path / "dask", cluster)
    finally:
        cluster.close()
    assert found == figures_of(tmp_path / "export", tmp_path / "local", engine)


def test_more_than_the_memory_allowed(tmp_path: Path, engine: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """80 MB of rows to sort in 64 MB: the engine spills; the parent stays small."""
    index = tmp_path / "index"
    index.mkdir()
    name = "patient-with-a-long-name-" * 5
    with (index / "spans-0000000.tsv").open("w") as out:
        for row in range(500_000):
            out.write(f"{name}{row * 7919 % 100_003:08d}\t{row % 7}\t{row * 1000}\t900\t1\n")
    small = desks.Desk(tmp_path / "work", memory="64MB", threads=2)
    try:
        small.bring_together(index)
        assert small.one("SELECT count(*) FROM span") == 500_000
        assert small.one("SELECT count(DISTINCT patient) FROM patient") == 100_003
        task = next(small.tasks(tmp_path / "job.json"))
        assert len({patient for patient, _ in task.patients}) == len(task.patients) > 1
    finally:
        small.close()


def test_a_bigger_export_in_little_memory(tmp_path: Path, engine: Local) -> None:
    write_ndjson(tmp_path / "export", population(300), shuffled=True)
    assert figures_of(tmp_path / "export", tmp_path / "small", engine, memory="128MB") == figures_of(
        tmp_path / "export", tmp_path / "large", engine
    )


def population(size: int) -> list[dict[str, Any]]:
    """Return the resources of so many patients: a few cases over and over, each under names of its own."""
    import json

    listed = []
    for number in range(size):
        text = json.dumps(resources([FEW[number % len(FEW)]]))
        listed += json.loads(text.replace(FEW[number % len(FEW)], f"p{number}"))
    return listed
