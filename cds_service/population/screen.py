"""Most charts have no answer, and a service may tell so by a few types: then the rest of the chart is not read."""

from __future__ import annotations

from collections.abc import Iterable

from ..chart import Chart
from ..service import Screening, Service
from . import job as jobs
from .charts import Sheets, chart_on, sheets
from .job import Job, Span

VISITS = "Encounter"  # is read of everyone, for the clinicians' days


def screened(whose: str, spans: Iterable[Span], job: Job) -> Sheets | None:
    """Return what was read of a chart that can have no answer; `None` when all of it is to be evaluated."""
    services = jobs.services(job).values()
    few: set[str] = {VISITS}
    for service in services:
        if not isinstance(service, Screening):
            return None
        few.update(service.screens_by)
    asked = [span for span in spans if _may_hold(span, few, job)]
    if len(asked) == len(tuple(spans)):
        return None
    read = sheets(asked, job)
    return None if read.unreadable or _any_concern(chart_on(job.last, whose, read, job), services) else read


def _any_concern(chart: Chart, services: Iterable[Service]) -> bool:
    try:
        return any(service.may_concern(chart) for service in services if isinstance(service, Screening))
    except Exception:  # noqa: BLE001  # a defect here must not hide a patient: all of the chart is evaluated
        return True


def _may_hold(span: Span, few: set[str], job: Job) -> bool:
    file = job.files[span.file]
    return file.bundle or not file.types or not file.types.isdisjoint(few)
