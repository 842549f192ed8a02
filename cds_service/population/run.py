"""A run, in the order it happens: find the files, find out whose each resource is, evaluate patient by patient."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..errors import UsageError
from . import index as indexes
from . import job as jobs
from . import sources as files
from .desk import Desk
from .engines import Engine, GivenUp
from .evaluation import Evaluated, evaluate
from .found import Found
from .index import Index, Place
from .job import Job, Task
from .sources import Range, Source
from .spans import read_range

KEEP_AT_ONCE = 64  # batches, or so many bytes of rows: what an interrupted run may do again
KEEP_BYTES = 8 << 20
MOST_LISTED = 50
_LEAST, _MOST = 1 << 20, 64 << 20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked to do: paths, the question, where the work lies, and how much of this machine it may use."""

    given: tuple[str, ...]
    job: Job
    work: Path
    resume: bool = False
    memory: str = "2GB"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run leaves: the open work file, and what was found wrong on the way."""

    desk: Desk
    kinds: dict[str, int]
    wrong: dict[str, int]
    places: tuple[Place, ...]
    size: int


def run(asked: Asked, engine: Engine, progress: Progress) -> Ran:
    """Run over the population; what an interrupted run did already is not done again."""
    paths = files.files(asked.given)
    if not asked.resume and asked.work.exists():
        shutil.rmtree(asked.work)
    asked.work.mkdir(parents=True, exist_ok=True)
    seen = engine.run(files.looked_at, [(path, asked.work / "spool") for path in paths])
    sources, unusable = files.sources_of(s for s in seen if not isinstance(s, GivenUp))
    if not sources:
        raise UsageError("no FHIR in the files named")
    desk = Desk(asked.work, memory=asked.memory, threads=engine.workers)
    seal = jobs.seal_of(asked.job, sources)
    _same_run(desk, seal)
    found = _indexed(desk, sources, asked, engine, progress)
    job = asked.job.with_files(
        sources, seal, held=found.held, paged=indexes.pages_missing(found), gaps=indexes.gaps(found, sources)
    )
    _evaluated(desk, jobs.stored(job, asked.work), engine, progress)
    listed = [Place(says, path.name, 0) for path, says in unusable]
    listed += indexes.places(found, sources, most=MOST_LISTED)
    wrong = {**{says: sum(s == says for _, s in unusable) for _, says in unusable}, **found.wrong}
    return Ran(desk, found.kinds, wrong, tuple(listed), sum(s.size for s in sources))


def _same_run(desk: Desk, seal: str) -> None:
    before = desk.note("run")
    if before is not None and before != seal:
        raise UsageError("--resume: the work there is of other files, another question or other pages; leave it away")
    desk.write_note("run", seal)


def _indexed(desk: Desk, sources: list[Source], asked: Asked, engine: Engine, progress: Progress) -> indexes.Summary:
    index = Index(asked.work / "index")
    if desk.note("together") is None:
        total = sum(s.size for s in sources)
        size = min(_MOST, max(_LEAST, total // (8 * engine.workers)))
        size = int(desk.note("range") or size)
        desk.write_note("range", str(size))
        waiting = list(index.missing(files.ranges(sources, size)))
        done = total - sum(each.size for _, each in waiting)
        for answer in engine.run(_read, waiting):
            if isinstance(answer, GivenUp):
                raise UsageError(f"{answer.task[1].sources[0].path}: it cannot be read")
            number, found, size = answer
            index.keep(number, found)
            progress("reading", done := done + size, total)
        desk.bring_together(index.folder)
        desk.write_note("together", "done")
    return index.whole()


def _read(task: tuple[int, Range]) -> tuple[int, Found, int]:
    number, each = task
    return number, read_range(each), each.size


def _evaluated(desk: Desk, job: Path, engine: Engine, progress: Progress) -> None:
    total = desk.one("SELECT coalesce(sum(patients), 0)::BIGINT FROM batch")
    done = desk.one("SELECT coalesce(sum(patients), 0)::BIGINT FROM batch WHERE done")
    progress("evaluating", done, total)
    waiting: list[Evaluated] = []
    for answer in _with_second_chance(engine, desk.tasks(job)):
        waiting.append(answer)
        if len(waiting) >= KEEP_AT_ONCE or sum(each.size for each in waiting) >= KEEP_BYTES:
            desk.keep(waiting)
            waiting = []
        progress("evaluating", done := done + answer.patients, total)
    if waiting:
        desk.keep(waiting)


def _with_second_chance(engine: Engine, tasks: Iterator[Task]) -> Iterator[Evaluated]:
    """Evaluate; a batch that kills its worker is tried patient by patient, so that it costs the one that does."""
    suspects: list[Task] = []
    for answer in engine.run(evaluate, tasks):
        if isinstance(answer, GivenUp):
            suspects.append(answer.task)
        else:
            yield answer
    for task in suspects:
        alone = [msgspec.structs.replace(task, patients=(patient,)) for patient in task.patients]
        parts = [_lost(a.task) if isinstance(a, GivenUp) else a for a in engine.run(evaluate, alone)]
        names = {name for part in parts for name in part.tables}
        rows = {name: b"".join(part.tables.get(name, b"") for part in parts) for name in names}
        yield Evaluated(task.number, len(task.patients), rows)


def _lost(task: Task) -> Evaluated:
    job = jobs.loaded(task.job)
    rows = [
        {"knowledge": version, "patient": patient, "as_of": job.last, "failed": "it ended its worker"}
        for patient, _ in task.patients
        for version in jobs.services(job)
    ]
    return Evaluated(task.number, 1, {"assessment": msgspec.json.Encoder().encode_lines(rows)})
