"""Steroid injection follow-up: the pipeline, in the order it runs. No I/O in here (hooks/README.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cds_service.chart import Chart
from cds_service.service import Assessment, Call, PrefetchTemplate, Review, Settled, UnmappedCode

from . import (
    anatomy,
    cards,
    declared,
    injections,
    library,
    plan,
    readers,
    records,
    response,
    safety,
    scores,
    screening,
    timeline,
)
from .cards import page as cards_page
from .case import Case
from .causes import SUPPRESSED, causes, none_asked
from .model import Appraisal, Episode


class SteroidInjectionFollowup:
    """The CDS service `steroid-injection-followup` for the hook `patient-view`."""

    id = "steroid-injection-followup"
    hook = "patient-view"
    title = declared.TITLE
    description = declared.DESCRIPTION
    version = "3.0.0"
    usage_requirements = declared.USAGE_REQUIREMENTS
    prefetch: Sequence[PrefetchTemplate] = declared.PREFETCH
    screens_by: Sequence[str] = screening.TYPES

    def __init__(self, overlay: Path | None = None, home: Path = library.HOME) -> None:
        """Read the knowledge once, with a site's pages laid over it where there are any."""
        self.library = library.load(overlay, home)
        _read_every_page(self.library)
        self._overlay = overlay

    def assess(self, call: Call, chart: Chart) -> Assessment:
        """Chart -> records -> injections -> episodes -> response -> causes, safety, plan -> cards."""
        read = readers.read(chart, self.library.terms)
        judged = self._judged(chart, read)
        scope = safety.out_of_scope(chart, self.library)
        shown = () if scope else cards.cards_of(tuple(judged), call, self.library)
        appraisals = tuple(appraisal for _, appraisal in judged)
        for case, _ in judged:
            case.worked_out.clear()  # it refers back to the case: parted, the chart goes with its call, not later
        reasoning = partial(cards.explanation, chart, read, self.library, appraisals, shown, scope)
        return Assessment(shown, reasoning, self.library.version)

    def picture(self, chart: Chart) -> Mapping[str, Any]:
        """Return each episode's time for a page that draws it, and what the ids of the answer are called."""
        judged = self._judged(chart, readers.read(chart, self.library.terms))
        return {"episodes": [timeline.timeline(*each) for each in judged], "names": timeline.names(self.library)}

    def _judged(self, chart: Chart, read: records.Records) -> list[tuple[Case, Appraisal]]:
        given = injections.find_injections(chart, read, self.library)
        found = injections.episodes(given, chart.as_of, self.library)
        cases = _cases(found, chart, read, self.library)
        spine_first = any(safety.of_the_spine(case, safety.findings(case)) for case in cases)
        return [(case, appraise(case, spine_first=spine_first)) for case in cases]

    def with_overlay(self, overlay: Path | None) -> SteroidInjectionFollowup:
        """Return the service with a site's own pages laid over its knowledge."""
        return SteroidInjectionFollowup(overlay)

    def may_concern(self, chart: Chart) -> bool:
        """Return whether an answer other than none can come of a chart of which a few types were read."""
        return screening.may_concern(chart, self.library)

    def settled_by(self, cause: str, missing: str) -> Settled | None:
        """Return which resources would hold what a cause names as missing."""
        from .wanted import settled_by  # not needed to answer a call

        return settled_by(cause, missing, self.library)

    def on_other_knowledge(self, folder: Path) -> SteroidInjectionFollowup:
        """Return the service on a whole folder of pages, a checkout that holds one, or pages laid over the own ones."""
        for home in (folder, folder / library.WITHIN):
            if (home / "knowledge.toml").is_file() and (home / "causes").is_dir():
                return SteroidInjectionFollowup(self._overlay, home)
        return SteroidInjectionFollowup(folder)

    def check(self) -> Sequence[str]:
        """Return what is wrong with the knowledge, one finding a line."""
        from .checking import findings  # not needed to answer a call

        return findings(self.library)

    def review(self) -> Review:
        """Return the clinicians' review document; a site's own knowledge has its own."""
        from .review import document, places  # not needed to answer a call

        path = (self._overlay or library.HOME) / "REVIEW.md"
        return Review(path, document(self.library), places(self.library))

    def unmapped(self, chart: Chart) -> Iterable[UnmappedCode]:
        """Return the codes near an injection that no value set knows."""
        from .unmapped import unmapped  # not needed to answer a call

        return unmapped(chart, self.library)


def _read_every_page(known: library.Library) -> None:
    """Read every page at the start, in one thread: a mistake stops the start, and no two calls meet a page at once.

    msgspec prepares a type when it is first converted to; two threads that do so together can crash the process.
    """
    safety.rules(known)
    plan.ladders_of(known)
    anatomy.anatomy(known)
    cards_page.shared_of(known)
    scores.page_of(known)
    timeline.page_of(known)


def appraise(case: Case, *, spine_first: bool = False) -> Appraisal:
    """Red flags first; then the causes, unless a red flag or the patient's age silences them; then the options.

    `spine_first` says that a red flag of the spine stands, at this site or at another.
    """
    found = safety.findings(case)
    if safety.out_of_scope(case.chart, case.library):
        why = none_asked(case.library, "not asked: outside the scope of the service")
        return Appraisal(case.episode, case.response, why)
    silenced = any(f.suppresses_site for f in found)
    reasons = none_asked(case.library, SUPPRESSED) if silenced else causes(case)
    options = plan.steps(case, reasons, found, spine_first=spine_first)
    return Appraisal(case.episode, case.response, reasons, found, options)


def _cases(episodes: tuple[Episode, ...], chart: Chart, read: records.Records, known: library.Library) -> list[Case]:
    """Judge every episode first: how other injections worked is evidence for each."""
    judged = [(episode, *response.judge(episode, episodes, chart, read, known)) for episode in episodes]
    responses = {i: r for episode, now, earlier in judged for i, r in (*earlier.items(), (episode.index, now))}
    return [Case(chart, known, read, episode, now, episodes, responses) for episode, now, _ in judged]


SERVICE = SteroidInjectionFollowup()
