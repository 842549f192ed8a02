"""The evaluation of some patients: the service's own `assess` on the service's own charts, and rows of what it said."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec

from .. import unmapped
from ..chart import Chart
from ..service import Assessment, Call, Service, UnmappedCode
from . import job as jobs
from .charts import Sheets, chart_on, sheets
from .job import Job, Task
from .rows import TABLES, rows_of
from .screen import screened
from .visits import Visit, visits

CLINIC_DAYS = 90  # of encounters before the day asked about, for the estimate of patients a day
Codes = dict[UnmappedCode, tuple[int, int]]  # in how many resources, of how many patients
_lines = msgspec.json.Encoder().encode_lines


@dataclass(slots=True)
class Evaluated:
    """The rows of some patients by table, as lines of JSON; `number` is the task's."""

    number: int
    patients: int
    tables: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes the rows take."""
        return sum(map(len, self.tables.values()))


def evaluate(task: Task) -> Evaluated:
    """Evaluate some patients by each of the services compared."""
    job = jobs.loaded(task.job)
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    codes: Codes = {}
    counts: Counter[str] = Counter()
    gc.disable()  # no cycles are made here, and looking for them costs a third
    try:
        for whose, spans in task.patients:
            read = screened(whose, spans, job)
            if read is not None:
                _nothing(whose, read, job, rows)
            else:
                read = sheets(spans, job)
                _one(whose, read, job, rows, codes)
            if read.counts or read.unreadable:
                counts.update(read.counts)
                counts.update(f"{aside.reference.split('/')[0]}: {aside.reason}" for aside in read.unreadable)
    finally:
        gc.enable()
    rows["unmapped"] = [_code(code, *numbers) for code, numbers in codes.items()]
    rows["amiss"] = [{"what": what, "times": n} for what, n in counts.items()]
    tables = {name: _lines(rows[name]) for name in TABLES if rows[name]}
    return Evaluated(task.number, len(task.patients), tables)


def assessed(service: Service, chart: Chart, job: Job) -> Assessment:
    """Ask the service as a call would."""
    return service.assess(Call(hook=service.hook, patient_id=chart.patient_id, links_base=job.links_base), chart)


def _nothing(whose: str, read: Sheets, job: Job, rows: dict[str, list[Mapping[str, Any]]]) -> None:
    """Write down that a chart has no answer."""
    seen = list(visits(read, *_clinic(job)))
    rows["visit"] += [_visit(whose, v, name) for v in seen for name in (v.practitioners or ("",))]
    for day, opened in _days(seen, job):
        key = {"patient": whose, "as_of": day, "opened": opened, "episodes": 0, "cards": 0}
        rows["assessment"] += [{"knowledge": v, **key, "incomplete": list(job.gaps)} for v in jobs.services(job)]


def _one(whose: str, read: Sheets, job: Job, rows: dict[str, list[Mapping[str, Any]]], codes: Codes) -> None:
    seen = list(visits(read, *_clinic(job)))
    rows["visit"] += [_visit(whose, v, name) for v in seen for name in (v.practitioners or ("",))]
    last: Chart | None = None
    for day, opened in _days(seen, job):
        chart = last = chart_on(day, whose, read, job)
        for version, service in jobs.services(job).items():
            try:
                answer = assessed(service, chart, job)
            except Exception as problem:  # noqa: BLE001  # a defect costs this patient, not the run; it is counted
                rows["assessment"].append(_failure(version, whose, day, problem))
                continue
            for table, row in rows_of(version, whose, answer, chart=chart, opened=opened):
                rows[table].append(row)
    if last is not None:
        _count_codes(last, job, codes, read.counts)


def _count_codes(chart: Chart, job: Job, codes: Codes, counts: Counter[str]) -> None:
    try:
        for code, number in unmapped.ranked([jobs.services(job)["ours"]], [chart]):
            resources, patients = codes.get(code, (0, 0))
            codes[code] = resources + number, patients + 1
    except Exception as problem:  # noqa: BLE001  # as above
        counts[f"unknown codes were not looked for ({type(problem).__name__})"] += 1


def _days(seen: list[Visit], job: Job) -> Iterator[tuple[date, int]]:
    """Yield each day on which the chart is opened, and how often; without encounters asked about, the one day."""
    if not job.each_encounter:
        yield job.last, 0
        return
    yield from sorted(Counter(visit.day for visit in seen).items())


def _clinic(job: Job) -> tuple[date, date]:
    return (job.first, job.last) if job.each_encounter else (job.last - timedelta(days=CLINIC_DAYS - 1), job.last)


def _visit(whose: str, visit: Visit, practitioner: str) -> Mapping[str, Any]:
    return {"patient": whose, "day": visit.day, "practitioner": practitioner}


def _failure(version: str, whose: str, day: date, problem: Exception) -> Mapping[str, Any]:
    return {"knowledge": version, "patient": whose, "as_of": day, "failed": type(problem).__name__}


def _code(code: UnmappedCode, resources: int, patients: int) -> Mapping[str, Any]:
    return {
        "system": code.system,
        "code": code.code,
        "display": code.display,
        "beside_known": code.beside_known,
        "resources": resources,
        "patients": patients,
    }
