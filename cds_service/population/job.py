"""What every worker of a run must know, kept as one file beside the work, so that a task is small wherever it runs."""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from ..config import settings_from
from ..playground import chosen_service
from ..service import OnOtherKnowledge, Service
from .sources import Source


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Some resources of one patient: the number of the file, where they start and how many bytes they take."""

    file: int
    start: int
    length: int


class File(msgspec.Struct, frozen=True, array_like=True):
    """A file: where it is, whether it is a Bundle, and of which types its lines are (empty: not known)."""

    path: str
    bundle: bool
    types: frozenset[str] = frozenset()


class Job(msgspec.Struct, frozen=True):
    """What is asked of the population: a day, or each encounter of a period; by which knowledge, and against which."""

    services: str
    overlay: str
    other: str
    links_base: str
    first: date
    last: date
    each_encounter: bool
    files: tuple[File, ...] = ()
    paged: frozenset[int] = frozenset()
    gaps: Mapping[str, str] = {}
    seal: str = ""

    def with_files(
        self, sources: list[Source], seal: str, *, held: Mapping[int, frozenset[str]], paged: frozenset[int],
        gaps: Mapping[str, str],
    ) -> Job:  # fmt: skip
        """Return the job with its files, what each holds, and which lists are not whole."""
        listed = tuple(File(str(s.plain), s.kind == "bundle", held.get(s.number, frozenset())) for s in sources)
        return msgspec.structs.replace(self, files=listed, paged=paged, gaps=gaps, seal=seal)


class Task(msgspec.Struct, frozen=True):
    """Some patients to evaluate."""

    job: str
    number: int
    patients: tuple[tuple[str, tuple[Span, ...]], ...]


def job_of(first: date, last: date, *, each_encounter: bool, other: Path | None) -> Job:
    """Return the job for the services and pages that the settings name."""
    settings = settings_from(os.environ)
    return Job(
        services=settings.services,
        overlay=str(settings.knowledge_overlay or ""),
        other=str(other.resolve()) if other else "",
        links_base=settings.base_url,
        first=first,
        last=last,
        each_encounter=each_encounter,
    )


def seal_of(job: Job, sources: list[Source]) -> str:
    """Return what tells two runs apart: the question, the files, the pages and the program."""
    seal = hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(job, files=(), gaps={}, paged=frozenset())))
    for source in sources:
        stat = source.path.stat()
        seal.update(f"{source.path.resolve()} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    for place in (*_program(job), *(Path(folder) for folder in (job.overlay, job.other) if folder)):
        for page in [place] if place.is_file() else sorted(place.rglob("*")):
            if page.is_file() and page.suffix in {".toml", ".json", ".py"}:
                seal.update(page.read_bytes())
    return f"{versions(job)} {seal.hexdigest()}"


def _program(job: Job) -> tuple[Path, ...]:
    """Return where this program lies, and the service with its own pages: a version that is being worked on has the
    number of the one before."""
    service = type(services(job)["ours"])
    file = Path(inspect.getfile(service))
    return Path(__file__).parents[1], file.parent if sys.modules[service.__module__].__package__ else file


def versions(job: Job) -> str:
    """Return the versions of the services that answer."""
    return " ".join(f"{version}: {service.id} {service.version}" for version, service in services(job).items())


def services(job: Job) -> dict[str, Service]:
    """Return the service on the knowledge in use, and on the other one where there is one."""
    return _services(job.services, job.overlay, job.other)


def stored(job: Job, folder: Path) -> Path:
    """Write the job where the workers read it, under a name that is its own, since they keep what they read."""
    path = folder / f"job-{job.seal[-16:]}.json"
    path.write_bytes(msgspec.json.encode(job))
    return path


@lru_cache(maxsize=1)
def loaded(path: str) -> Job:
    """Return the job of a file, read once."""
    return msgspec.json.decode(Path(path).read_bytes(), type=Job)


@lru_cache(maxsize=2)
def _services(named: str, overlay: str, other: str) -> dict[str, Service]:
    from .. import catalogue

    chosen = {"CDS_SERVICES": named, **({"CDS_KNOWLEDGE_OVERLAY": overlay} if overlay else {})}
    ours = chosen_service(catalogue.load(settings_from(chosen)), None)
    if not other:
        return {"ours": ours}
    if isinstance(ours, OnOtherKnowledge):
        return {"ours": ours, "other": ours.on_other_knowledge(Path(other))}
    return {"ours": ours, "other": ours.with_overlay(Path(other))}
