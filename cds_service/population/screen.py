"""Most charts have no answer, and a service may tell so by a few types: then the rest of the chart is not read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ..chart import Chart
from ..service import Screening, Service
from . import job as jobs
from .charts import Sheets, chart_on, sheets
from .job import Job, Span

VISITS = "Encounter"  # is read of everyone, for the clinicians' days


def screened(whose: str, spans: Iterable[Span], job: Job) -> Sheets | None:
    """Return what was read of a chart that can have no answer; `None` when all of it is to be evaluated."""
    screens = _screens(job)
    if screens is None:
        return None
    few = frozenset((VISITS, *(kind for service in screens for kind in service.screens_by)))
    every = tuple(spans)
    asked = [span for span in every if _may_hold(span, few, job)]
    if len(asked) == len(every):
        return None
    read = sheets(asked, job)
    return None if read.unreadable or _any_concern(chart_on(job.last, whose, read, job), screens) else read


@lru_cache(maxsize=1)
def _screens_of(services: tuple[Service, ...]) -> tuple[Screening, ...] | None:
    found = tuple(service for service in services if isinstance(service, Screening))
    return found if len(found) == len(services) else None


def _screens(job: Job) -> tuple[Screening, ...] | None:
    """Return the services as screens, or `None` when one of them is none."""
    return _screens_of(tuple(jobs.services(job).values()))


def _any_concern(chart: Chart, screens: tuple[Screening, ...]) -> bool:
    try:
        return any(service.may_concern(chart) for service in screens)
    except Exception:  # noqa: BLE001  # a defect here must not hide a patient: all of the chart is evaluated
        return True


def _may_hold(span: Span, few: frozenset[str], job: Job) -> bool:
    file = job.files[span.file]
    return file.bundle or not file.types or not file.types.isdisjoint(few)
