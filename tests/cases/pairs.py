"""Pairs: for each rule of safety, rung and lead one chart in which it holds, and one near miss in which it must not.

What holds is read from the whole appraisal: a rung or a lead is open when the pages say so and the plan then offers it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from hooks.steroid_injection_followup import plan, safety
from hooks.steroid_injection_followup.case import Case
from hooks.steroid_injection_followup.causes import causes
from hooks.steroid_injection_followup.plan.picture import Picture, picture_of
from hooks.steroid_injection_followup.plan.proposals import from_ladder, from_leads
from tests.charts import Chart
from tests.medicine.asking import cases, known

Build = Callable[[], Chart]
Fill = Callable[[Chart], object]
Pairs = Mapping[str, tuple[Build, Build]]

OFFERED = ("suggested", "mentioned")
LADDERS = plan.ladders_of(known())
SAFETY = safety.rules(known())


def made(build: Build, *doings: Fill) -> Build:
    """Return what builds a chart and does more to it."""

    def write() -> Chart:
        chart = build()
        for doing in doings:
            doing(chart)
        return chart

    return write


def rules_held(chart: Chart) -> set[str]:
    """Return the ids of the safety rules that hold."""
    return {rule for case in cases(chart) for found in safety.findings(case) for rule in found.rule.split(", ")}


def notes_held(chart: Chart) -> set[str]:
    """Return the ids of the lines that the review shows besides."""
    return {note.id for case in cases(chart) for note in safety.notes(case)}


def bars_held(chart: Chart) -> set[str]:
    """Return the ids of the reasons of their own why no further steroid is discussed."""
    said = [bar for case in cases(chart) for bar in safety.repeat_bars(case, safety.findings(case))]
    patterns = {bar.id: re.sub(r"\\\{\w+\\\}", ".+", re.escape(bar.page.says)) for bar in SAFETY.bars}
    return {name for name, pattern in patterns.items() if any(re.fullmatch(pattern, text) for text in said)}


def rungs_open(chart: Chart) -> set[str]:
    """Return the ids of the rungs that are open and whose step the plan offers."""
    return {
        f"{proposal.reason.rung}-{proposal.reason.step}"
        for picture, offered in _pictures(chart)
        for proposal in from_ladder(picture, LADDERS.at[picture.case.episode.region].rungs)
        if proposal.outcome == "met" and proposal.reason.step in offered
    }


def leads_open(chart: Chart) -> set[str]:
    """Return the ids of the leads that a cause opens and whose step the plan offers."""
    return {
        lead.page.id
        for picture, offered in _pictures(chart)
        for lead in LADDERS.at[picture.case.episode.region].leads
        for proposal in from_leads(picture, (lead,))
        if not proposal.reason.silent and proposal.reason.step in offered
    }


def pictures(chart: Chart) -> Iterator[Picture]:
    """Yield what the plan sees of each site of a chart."""
    for case in cases(chart):
        yield _picture(case)


def _picture(case: Case) -> Picture:
    return picture_of(case, causes(case), safety.findings(case))


def _pictures(chart: Chart) -> Iterator[tuple[Picture, set[str]]]:
    for picture in pictures(chart):
        steps = plan.steps(picture.case, picture.causes, picture.findings)
        yield picture, {step.id for step in steps if step.status in OFFERED}
