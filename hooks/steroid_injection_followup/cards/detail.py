"""The body of a card in Markdown: what the record shows, what may explain it, what to consider, how it was worked out.

Every section can be checked by the reader against the record and the pages (FDA CDS criterion 4, model 5.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds_service.plain_text import clean

from ..case import Case
from ..facts.words import number, scored
from ..model import Appraisal, Cause, Finding, Injection, Response, Score, Step
from ..plan.blocks import reliefs_of
from ..plan.picture import place_of
from .doubts import doubts
from .offers import named, options
from .page import Shared
from .reasons import reasons
from .summary import reassess_days
from .unused import unused

_REASONS = {
    "no-baseline": "no usable pain score of this site is recorded in the {before} days before the injection",
    "no-follow-up": "no usable pain score of this site is recorded from {first} weeks after the injection on",
    "floor": "pain before the injection was too low to judge a change",
    "conflicting": "the pain score and the outcome measure disagree",
    "late-only": "the first score came later than {last} weeks, so an earlier benefit may have been missed",
}
_OUTCOME = {
    "non-response": "A change of the outcome score that is too small to matter is shown as no meaningful response.",
    "transient": "A change of the outcome score that matters was lost again.",
}


def failure_review(case: Case, appraisal: Appraisal, shared: Shared, notes: Iterable[str]) -> str:
    """Write the failure review."""
    parts = [
        _section("What the record shows", _shows(case, notes)),
        _section("Possible explanations", reasons(appraisal.causes, case, shared)),
        _section("Options to consider", options(appraisal.steps, place_of(case).label)),
        worked_out(case, shared, appraisal.causes),
    ]
    return "\n\n".join(p for p in parts if p)


def too_early(case: Case, shared: Shared, notes: Iterable[str] = ()) -> str:
    """Write that it is too early."""
    first, last = reassess_days(case)
    ago, flare = "1 day" if case.days == 1 else f"{case.days} days", number(case.number("flare_hours"))
    plain = [
        f"The injection was {ago} ago. Benefit can take one to two weeks, longer in chronic tendon disease. "
        "Relief in the first hours is that of the local anaesthetic, and a flare of pain can happen.",
        f"Pain that still rises after {flare} hours, fever, redness or swelling is for assessment sooner.",
        f"Consider re-assessment between {first} and {last}.",
    ]
    shows = [*_shows(case, notes, judged=False), *plain]
    return "\n\n".join([_section("What the record shows", shows), worked_out(case, shared)])


def data_gap(case: Case, shared: Shared, notes: Iterable[str] = ()) -> str:
    """Write what is missing to tell whether it helped."""
    asks = [f"Whether the injection helped cannot be told: {_reason(case)}."]
    if case.response.reason == "no-follow-up" and not case.response.censored_on:
        asks.append("A pain score (0-10) for this site, dated and with its side, would help to tell.")
    return "\n\n".join(
        [_section("What the record shows", [*_shows(case, notes, judged=False), *asks]), worked_out(case, shared)]
    )


def finding(case: Case, found: Finding, steps: tuple[Step, ...], shared: Shared) -> str:
    """Write a red flag or a safety warning."""
    named = [s.title for s in steps if s.status in ("suggested", "mentioned")]
    parts = [
        _section("What the record shows", [found.says, f"It rests on: {', '.join(found.references[:8])}."]),
        _section("Consider", [found.asks, "Options: " + "; ".join(named) + "." if named else ""]),
        _section("How this was worked out", [*_provenance(found, case, shared), shared.page.intended]),
    ]
    return "\n\n".join(p for p in parts if p)


def _section(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(f"- {_stopped(line)}" for line in lines if line)
    return f"**{title}**\n\n{body}" if body else ""


def _stopped(line: str) -> str:
    """End a line with a full stop; references in brackets may follow one."""
    return line if line.endswith((".", "]")) else f"{line}."


def _shows(case: Case, notes: Iterable[str], *, judged: bool = True) -> Iterator[str]:
    index = case.episode.index
    yield f"{injection_words(index, case)} ({', '.join(index.references[:3])})"
    response = case.response
    scores = _distinct(response.baseline, response.best, response.latest)
    if scores:
        yield "Pain at this site: " + ", ".join(f"{_score(s)} ({s.reference})" for s in scores)
    if judged and response.kind in ("non-response", "transient"):
        yield _rule(case)
    for signal in response.surrogates if response.kind == "indeterminate" else ():
        yield f"Sign of limited relief: {signal.says} ({', '.join(signal.references[:2])})"
    if judged and response.kind == "indeterminate":
        yield f"Scores do not tell: {_reason(case)}."
    yield _uncounted(response)
    yield unused(case)
    yield from _blocked(case)
    yield from notes


def _reason(case: Case) -> str:
    words = _REASONS.get(case.response.reason or "", "the record is incomplete")
    first, last = (int(case.number(name) // 7) for name in ("too_early_days", "durability_end_days"))
    return words.format(before=number(case.number("baseline_fallback_days")), first=first, last=last)


def _blocked(case: Case) -> Iterator[str]:
    """Say what local anaesthetic did: it tells of the place, never of the response."""
    relief = case.response.anaesthetic_relief
    if relief is not None:
        fell = number(max(relief, 0))
        yield f"Relief within hours of the local anaesthetic: {fell} %; it may tell of the place, not of the response"
    if blocks := sorted(reliefs_of(case).items()):
        told = "; ".join(f"{day.isoformat()}, {number(max(best, 0))} % relief" for day, (best, _) in blocks)
        yield f"Diagnostic blocks of this site: {told}{named(tuple(reference for _, (_, reference) in blocks))}"


def _uncounted(response: Response) -> str:
    """Name the latest scores that another event may explain, and the event."""
    if not response.uncounted or response.censored_on is None:
        return ""
    scores = ", ".join(f"{_score(s)} ({s.reference})" for s in response.uncounted[-2:])
    return f"Not counted: {scores}, after {response.censored_by} on {response.censored_on.isoformat()}"


def injection_words(index: Injection, case: Case) -> str:
    """Say what was injected, where and when: "2026-01-12, right hip, triamcinolone 40 mg, no image guidance stated"."""
    agent = case.library.doses.agents.get(index.agent or "")
    drug = agent.label if agent else "agent unknown"
    if index.dose.milligrams is not None:
        drug += f" {number(index.dose.milligrams)} mg"
    guided = {"guided": "image-guided", "explicit-unguided": "recorded as without image guidance"}
    said = guided.get(index.guidance, "guidance not recorded")
    told = ", told by the words of the entry alone" if index.text_only else ""
    side = ", side not recorded" if case.episode.side == "unknown" and not case.region.spine else ""
    return f"Steroid injection {index.day.isoformat()}, {case.site}{side}, {drug}, {said}{told}"


def _distinct(*scores: Score | None) -> list[Score]:
    return list({s.reference: s for s in scores if s is not None}.values())


def _score(score: Score) -> str:
    return scored(score)


def _rule(case: Case) -> str:
    percent, points = case.number("meaningful_percent"), case.number("meaningful_points")
    start, end = int(case.number("too_early_days") // 7), int(case.number("durability_end_days") // 7)
    baseline = case.response.baseline
    if baseline is not None and baseline.scale != "nrs":
        return _OUTCOME[case.response.kind] + doubts(case)
    rule = (
        f"Relief of less than {number(percent)} % or {number(points)} points at {start} to {end} weeks "
        "is shown as no meaningful response."
    )
    if case.response.kind == "transient":
        rule = f"Relief of at least {number(percent)} % and {number(points)} points was lost within {end} weeks."
    worse = " Pain is higher than before the injection." if case.response.worsened else ""
    return rule + worse + doubts(case)


def worked_out(case: Case, shared: Shared, causes: tuple[Cause, ...] = ()) -> str:
    """Write the basis that the reader can check: use, version, thresholds, what was missing, limits."""
    unread = len(case.chart.unreadable)
    weighed = (e for c in causes if c.state in ("supported", "possible") for e in c.evidence)
    lines = [
        shared.use,
        f"{shared.knowledge}, as of {case.as_of.isoformat()}. {shared.judged_by}.",
        _sources({cite for e in weighed for cite in e.cites}, shared),
        _gaps(case),
        f"{unread} entr{'y' if unread == 1 else 'ies'} of the record could not be read." if unread else "",
    ]
    return _section("How this was worked out", lines)


def _gaps(case: Case) -> str:
    """Name the lists that were not read whole, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for kind, why in sorted(case.chart.gaps.items()):
        by_reason.setdefault(why, []).append(kind)
    told = "; ".join(f"{', '.join(kinds)} ({why})" for why, kinds in by_reason.items())
    return "Not read completely: " + clean(told, limit=600) if told else ""


def _sources(cites: set[str], shared: Shared) -> str:
    titles = [title for _, title in sorted(shared.sources[cite] for cite in cites if cite in shared.sources)]
    return "Sources: " + "; ".join(titles[:5]) + "." if titles else ""


def _provenance(found: Finding, case: Case, shared: Shared) -> Iterator[str]:
    cited = "; ".join([shared.sources[cite][1] for cite in found.cites if cite in shared.sources][:4])
    yield f"Rule {found.rule}, knowledge {case.library.version}." + (f" Sources: {cited}." if cited else "")
    if found.provenance:
        yield "Thresholds: " + "; ".join(found.provenance) + "."
