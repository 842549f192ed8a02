"""A chart put through the steps before safety, so that a test asks the rules about the very case that they see."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

from cds_service import bundle
from cds_service import chart as charts
from hooks.steroid_injection_followup import injections, library, readers, response, safety
from hooks.steroid_injection_followup.case import Case
from hooks.steroid_injection_followup.library import Library
from hooks.steroid_injection_followup.model import Finding
from tests.charts import Chart
from tests.codes import Json


@cache
def known() -> Library:
    """Return the knowledge as shipped, read once."""
    return library.load()


def read(chart: Chart, gaps: dict[str, str] | None = None) -> charts.Chart:
    """Return a test chart as the service reads it."""
    page = bundle.read_page(json.dumps(chart.bundle()).encode())
    return charts.build(
        patient_id="p1", as_of=date.fromisoformat(chart.as_of), entries=page.entries, gaps=gaps or {},
        unreadable=page.unreadable,
    )  # fmt: skip


def cases(chart: Chart, knowledge: Library | None = None, gaps: dict[str, str] | None = None) -> list[Case]:
    """Return the case of every episode of a test chart."""
    pages, one = knowledge or known(), read(chart, gaps)
    found = readers.read(one, pages.terms)
    given = injections.find_injections(one, found, pages)
    episodes = injections.episodes(given, one.as_of, pages)
    judged = [(e, *response.judge(e, episodes, one, found, pages)) for e in episodes]
    answers = {i: r for episode, now, before in judged for i, r in (*before.items(), (episode.index, now))}
    return [Case(one, pages, found, episode, now, episodes, answers) for episode, now, _ in judged]


def findings(chart: Chart, knowledge: Library | None = None) -> list[Finding]:
    """Return all findings of a test chart."""
    return [finding for case in cases(chart, knowledge) for finding in safety.findings(case)]


def kinds(chart: Chart) -> list[str]:
    """Return what was found, each as "kind at side region", in order."""
    return [f"{f.kind} at {f.side} {f.region}" for f in findings(chart)]


def only(chart: Chart) -> Finding:
    """Return the one finding of a test chart."""
    (finding,) = findings(chart)
    return finding


def joint(
    chart: Chart, day: str = "2026-02-16", *, region: str = "knee", side: str = "left", before: float = 6
) -> Json:
    """Add an injection of triamcinolone into a joint, with the pain score before it."""
    chart.pain(day, before, region=region, side=side)
    return chart.injection(day, region=region, side=side)


def epidural(
    chart: Chart, day: str = "2026-02-16", *, region: str = "lumbar-epidural", side: str = "midline",
    drug: str = "dexamethasone",
) -> Json:  # fmt: skip
    """Add an epidural injection, with the pain score before it."""
    chart.pain(day, 6, region=region.split("-")[0])
    return chart.injection(day, region=region, side=side, drug=drug, guidance="guided")


def coded(chart: Chart, code: str, day: str, **more: Any) -> Json:
    """Add a Condition of an ICD-10-CM code that the table of test codes has no name for."""
    condition = chart.condition(f"coded {code}", recorded=day, **more)
    condition["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}], "text": code}
    return condition
