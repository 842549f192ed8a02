"""The command `population`: a dry run over a bulk export before go-live."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import UsageError
from .population.bulk.options import add_server_options, server_of

if TYPE_CHECKING:
    from .population.engines import Engine
    from .population.figures import Figures

Adder = Callable[[str, str, str, object], argparse.ArgumentParser]

_POPULATION = """\
Run the service over a population before it is switched on: how often it would fire, for whom, which causes it finds,
what data is missing, which codes it does not know, and how many cards a clinician would see in a day.

EXPORT is a FHIR Bulk Data export (NDJSON per type) or Bundles, also .gz: files, folders or globs in any order. With
--from-server the export is fetched first (deploy/POPULATION.md). The report goes to --out as HTML and JSON; patients
are named in the Parquet files alone. A run that was interrupted goes on with --resume.

  cds-service population export/ --as-of 2026-03-02
  cds-service population 'export/*.ndjson.gz' --each-encounter 2026-01-01 2026-03-31
  cds-service population export/ --compare ../other-checkout
  cds-service population --from-server https://ehr.example.org/fhir --client-id us --key-file key.pem
"""


def add_population_command(command: Adder, *, day: Callable[[str], date]) -> None:
    """Add the command to the command line; `day` reads a date."""
    asking = command("population", "run over a population before go-live", _POPULATION, _population)
    asking.add_argument("export", metavar="EXPORT", nargs="*", help="files, folders or globs")
    when = asking.add_mutually_exclusive_group()
    when.add_argument("--as-of", metavar="DATE", type=day, help="evaluate each patient on this day; default today")
    when.add_argument(
        "--each-encounter", metavar=("FROM", "TO"), type=day, nargs=2, help="as if the chart were opened at each one"
    )
    asking.add_argument("--compare", metavar="OTHER_KNOWLEDGE", type=Path, help="pages or a checkout to compare with")
    asking.add_argument("--out", metavar="DIR", type=Path, default=Path("population"), help="default ./population")
    asking.add_argument("--resume", action="store_true", help="go on with the interrupted run in --out")
    asking.add_argument("--engine", choices=("local", "dask"), default="local", help="default local: all cores here")
    asking.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster; default one on this machine")
    asking.add_argument("--workers", metavar="N", type=int, help="default: as many as there are cores")
    add_server_options(asking)
    asking.add_argument("--memory", metavar="SIZE", default="2GB", help="what sorting may take before it spills; 2GB")


def _population(asked: argparse.Namespace) -> int:
    for needed in ("duckdb", "rich"):
        if find_spec(needed) is None:
            raise UsageError("population: install the extra `population` first (pip install '.[population]')")
    from .population import job as jobs
    from .population.differences import differences
    from .population.figures import figures
    from .population.outputs import write
    from .population.run import Asked, run

    if bool(asked.export) == bool(asked.from_server):
        raise UsageError("population: name an export (files, folders or globs), or --from-server")
    last = asked.as_of or datetime.now(UTC).date()
    first, last = asked.each_encounter or (last, last)
    if first > last:
        raise UsageError("population: --each-encounter: FROM is after TO")
    if asked.compare and not asked.compare.is_dir():
        raise UsageError(f"{asked.compare}: no such folder; name a folder of pages or a checkout")
    job = jobs.job_of(first, last, each_encounter=bool(asked.each_encounter), other=asked.compare)
    jobs.versions(job)  # pages that cannot be used stop here, not in a worker
    with _bar() as bar:
        progress = _drawn_on(bar)
        exported = "" if asked.export else _fetched(asked, progress)
        given = tuple(asked.export) or (str(asked.out / "export" / "*.ndjson"),)
        with closing(_engine(asked)) as engine:
            ran = run(Asked(given, job, asked.out / "work", asked.resume, asked.memory), engine, progress)
        with closing(ran.desk):
            found = figures(ran, job, exported=exported)
            if job.other:
                found["compared"] = differences(ran.desk)
            written = write(ran, found, asked.out)
    print("\n".join(_summary(found)))
    for path in written:
        print(f"wrote {path}", file=sys.stderr)
    return 0


def _fetched(asked: argparse.Namespace, progress: Callable[[str, int, int], None]) -> str:
    """Fetch the export, or go on with it, into the folder that is named; return the moment that it is of."""
    return server_of(asked).fetch(asked.out / "export", progress, again=asked.resume).of


def _engine(asked: argparse.Namespace) -> Engine:
    from .population.engines import Dask, Local

    if asked.engine == "dask" or asked.scheduler:
        return Dask(asked.workers, asked.scheduler)
    return Local(asked.workers)


def _bar() -> Any:
    """Return a progress bar for a terminal, else nothing."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _drawn_on(bar: Any) -> Callable[[str, int, int], None]:
    shown: dict[str, Any] = {}

    def progress(phase: str, done: int, total: int) -> None:
        if bar is None:
            return
        if phase not in shown:
            shown[phase] = bar.add_task(phase, total=total)
        bar.update(shown[phase], completed=done)

    return progress


def _summary(found: Figures) -> list[str]:
    people, firing = found["population"], found["firing"]
    lines = [
        f"{people['patients']} patients, {people['patientsWithInjection']} with an injection, "
        f"{people['patientsWithCard']} with a card",
        f"{firing['charts']} charts opened, {firing['chartsWithCard']} with a card"
        + (f" ({firing['rate'] * 100:.2f} %)" if firing["rate"] is not None else ""),
        *(f"  {row['cards']:>7}  {row['name']}" for row in firing["byKind"]),
    ]
    if found["export"]["asOf"]:
        lines.append(f"the export is of {found['export']['asOf']}")
    lines += [f"{row['times']} x {row['what']}" for row in found["export"]["amiss"]]
    if "compared" in found:
        changes = ", ".join(f"{row['cards']} {row['change']}" for row in found["compared"]["cards"])
        lines.append(f"with the other knowledge: {changes or 'the same cards'}")
    return lines
