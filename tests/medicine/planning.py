"""A chart put through the whole appraisal, so that a test asks what the plan says of each option."""

from __future__ import annotations

from collections.abc import Mapping

from hooks.steroid_injection_followup import appraise
from hooks.steroid_injection_followup.case import Case
from hooks.steroid_injection_followup.model import Step
from tests.charts import Chart
from tests.codes import Json
from tests.medicine import asking

GIVEN, JUDGED = "2025-12-15", "2026-01-20"


def plan(chart: Chart, region: str = "", *, gaps: dict[str, str] | None = None) -> Mapping[str, Step]:
    """Return the options of the one injected site, or of the region named, by id."""
    return {step.id: step for step in appraise(case_of(chart, region, gaps=gaps)).steps}


def case_of(chart: Chart, region: str = "", *, gaps: dict[str, str] | None = None) -> Case:
    """Return the case of the one injected site, or of the region named."""
    (case,) = [c for c in asking.cases(chart, gaps=gaps) if region in ("", c.episode.region)]
    return case


def statuses(chart: Chart, *steps: str) -> list[str]:
    """Return the status of each step; "absent" where the ladder has no such option."""
    found = plan(chart)
    return [found[step].status if step in found else "absent" for step in steps]


def status(chart: Chart, step: str) -> str:
    """Return the status of one step."""
    return statuses(chart, step)[0]


def suggested(chart: Chart) -> list[str]:
    """Return what is suggested, the recommended step first."""
    return [step.id for step in plan(chart).values() if step.status == "suggested"]


def failed(
    region: str = "knee", side: str = "left", *, patient: str = "F62", reason: str = "knee OA", site: str | None = None,
    day: str = GIVEN, judged: str = JUDGED, guidance: str = "guided", before: float = 7, after: float = 7,
    drug: str = "triamcinolone",
) -> Chart:  # fmt: skip
    """Return a chart with one injection that gave no meaningful relief."""
    chart = Chart(patient)
    because = chart.condition(reason, side=None if side == "midline" else side, site=site)
    chart.injection(day, region=region, side=side, guidance=guidance, reason=because, drug=drug)
    chart.pain(day, before, region=region, side=side)
    chart.pain(judged, after, region=region, side=side)
    return chart


def hip(**more: object) -> Chart:
    """A right hip that did not answer."""
    return failed("hip", "right", reason="hip OA", **more)  # type: ignore[arg-type]  # the same keywords as failed


def elbow(**more: object) -> Chart:
    """A right lateral elbow that did not answer."""
    return failed("elbow-lateral", "right", reason="lateral epicondylitis", **more)  # type: ignore[arg-type]


def shoulder(**more: object) -> Chart:
    """A right subacromial space that did not answer."""
    return failed("subacromial", "right", reason="subacromial bursitis", site="shoulder", **more)  # type: ignore[arg-type]


def wrist_nerve(**more: object) -> Chart:
    """A left carpal tunnel that did not answer."""
    return failed("carpal-tunnel", "left", reason="carpal tunnel syndrome", **more)  # type: ignore[arg-type]


def back(reason: str = "low back pain", **more: object) -> Chart:
    """A lumbar epidural that did not help."""
    return failed("lumbar-epidural", "midline", reason=reason, site="lumbar", **more)  # type: ignore[arg-type]


def facet(**more: object) -> Chart:
    """A left lumbar facet joint that did not answer."""
    return failed("lumbar-facet", "left", reason="lumbar facet arthropathy", site="lumbar", **more)  # type: ignore[arg-type]


def exercise(chart: Chart, start: str = "2025-09-01", end: str | None = "2025-10-31", **more: object) -> Json:
    """Add physical therapy at the knee, or where `region` and `side` say."""
    place = {"region": "knee", "side": "left", **more}
    return chart.therapy("physical therapy", start, end, **place)  # type: ignore[arg-type]


def block(chart: Chart, day: str, relief: float, *, name: str = "medial branch block", **place: str) -> Json:
    """Add a diagnostic block without steroid, and the relief recorded for it."""
    done = chart.therapy(name, day, **(place or {"region": "lumbar", "side": "left"}))
    chart.measure("block relief", day, relief, partOf=[{"reference": f"Procedure/{done['id']}"}])
    return done
