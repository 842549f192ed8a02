"""All cores are used, and a terminal shows how far the run is."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import date
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from cds_service import population_commands
from cds_service.population.engines import Local
from cds_service.population.job import job_of
from cds_service.population.run import Asked, run
from tests.population.exports import resources, write_ndjson

DAY = date(2026, 3, 2)


def test_as_many_workers_as_there_are_cores() -> None:
    with closing(Local()) as made:
        assert made.workers == len(os.sched_getaffinity(0))


def test_the_bar_reaches_the_end_of_each_phase(tmp_path: Path, engine: Local) -> None:
    write_ndjson(tmp_path / "export", resources(["hip-unguided-obese", "adolescent"]))
    bar = Progress(console=Console(file=StringIO(), force_terminal=True))
    job = job_of(DAY, DAY, each_encounter=False, other=None)
    asked = Asked((str(tmp_path / "export"),), job, tmp_path / "work")
    with bar:
        run(asked, engine, population_commands._drawn_on(bar)).desk.close()
    assert [(task.description, task.finished) for task in bar.tasks] == [("reading", True), ("evaluating", True)]
    assert bar.tasks[1].total == 2
