"""Did it work? Baseline, best, latest and lost score of an injection -> one class (clinical model 3.4).

Missing is never read as failure: without a baseline or a follow-up score the answer is "indeterminate", with why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.chart import Chart
from cds_service.dates import moment

from .library import Library, Region
from .model import Confidence, Episode, Injection, Response, Score, Surrogate
from .records import Record, Records
from .scores import Measure, ResponsePage, Scores, page_of, scores_of

CONFIDENCE: tuple[Confidence, ...] = ("high", "moderate", "low")


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a change on a scale means: meaningful, substantial, worse; and the least baseline that can be judged."""

    meaningful: Callable[[float, float], bool]
    substantial: Callable[[float, float], bool]
    worse: Callable[[float, float], bool]
    floor: float | None
    worse_is_higher: bool = True


@dataclass(frozen=True, slots=True)
class _Censor:
    """The event that ends the watch over an injection."""

    day: date
    says: str
    when: str = ""


def judge(
    episode: Episode, episodes: tuple[Episode, ...], chart: Chart, records: Records, library: Library
) -> tuple[Response, Mapping[Injection, Response]]:
    """Return the response to the index injection, and those to the earlier steroid injections of the site."""
    page = page_of(library)
    scores = scores_of(episode, episodes, chart, records, library, page)
    if not episode.index.steroid:
        return Response("not-applicable"), {}
    steroids = (episode.index, *episode.history)
    judged = {i: _judge_one(i, episode, scores, chart, records, library, page) for i in steroids}
    return judged[episode.index], {i: judged[i] for i in episode.history}


def _judge_one(
    injection: Injection,
    episode: Episode,
    scores: Scores,
    chart: Chart,
    records: Records,
    library: Library,
    page: ResponsePage,
) -> Response:
    numbers = library.numbers
    censor = _censor(injection, episode, chart, records, library, page)
    pain = _classify(injection, scores.pain, censor, chart.as_of, numbers, _pain_scale(numbers))
    measured = [
        _classify(injection, found, censor, chart.as_of, numbers, _measure_scale(measure, numbers))
        for measure in page.measures
        if (found := scores.measures.get(measure.tag))
    ]
    response = _together(pain, [r for r in measured if r.kind != "indeterminate"])
    if injection.text_only:
        response = replace(response, confidence=_lower(response.confidence))
    if censor:
        response = replace(response, censored_on=censor.day, censored_by=censor.says)
    return replace(
        response,
        anaesthetic_relief=_anaesthetic_relief(injection, scores.pain, numbers),
        surrogates=tuple(_surrogates(injection, episode, chart, records, library, page)),
        notes=scores.notes,
    )


def _classify(
    injection: Injection,
    scores: tuple[Score, ...],
    censor: _Censor | None,
    as_of: date,
    numbers: Mapping[str, float],
    scale: _Scale,
) -> Response:
    """The algorithm of model 3.4, in its order."""
    given = injection.day
    baseline, fallback = _baseline(injection, scores, numbers)
    after = _eligible(scores, given, censor, as_of, numbers)
    early = tuple(s for s in scores if 0 < (s.day - given).days < numbers["too_early_days"])
    if (as_of - given).days < numbers["too_early_days"]:
        latest = next((s for s in reversed(scores) if s.day > given), None)
        return Response("too-early", None, "high", baseline=baseline, latest=latest, early=early)
    if baseline is None:
        return Response("indeterminate", "no-baseline", latest=after[-1] if after else None, after=after, early=early)
    found = Response("indeterminate", baseline=baseline, after=after, early=early)
    if not after:
        return replace(found, reason="no-follow-up")
    latest = after[-1]
    found = replace(found, latest=latest)
    worsened = scale.worse(baseline.value, latest.value)
    if scale.floor is not None and baseline.value < scale.floor and not worsened:
        return replace(found, reason="floor")
    return _with_class(found, baseline, after, given, numbers, scale, worsened=worsened, fallback=fallback)


def _with_class(
    found: Response,
    baseline: Score,
    after: tuple[Score, ...],
    given: date,
    numbers: Mapping[str, float],
    scale: _Scale,
    *,
    worsened: bool,
    fallback: bool,
) -> Response:
    durable = [s for s in after if (s.day - given).days <= numbers["durability_end_days"]]
    best = _best(durable or list(after), scale)
    latest = after[-1]
    doubts = [fallback, not durable, not all(s.site_specific for s in (baseline, best, latest))]
    found = replace(found, best=best, worsened=worsened, confidence=CONFIDENCE[min(sum(doubts), 2)])
    if not scale.meaningful(baseline.value, best.value):
        return replace(found, kind="non-response") if durable else replace(found, reason="late-only", confidence="low")
    lost = _lost(baseline, best, after, scale)
    if lost is None:
        return replace(found, kind="responder", substantial=scale.substantial(baseline.value, latest.value))
    transient = (lost.day - given).days <= numbers["durability_end_days"]
    return replace(found, kind="transient" if transient else "waned-after-benefit", lost=lost)


def _baseline(
    injection: Injection, scores: tuple[Score, ...], numbers: Mapping[str, float]
) -> tuple[Score | None, bool]:
    """Return the latest score before the needle, and whether it is older than the first window."""
    before = [s for s in scores if _before(s, injection)]
    for name, fallback in (("baseline_days", False), ("baseline_fallback_days", True)):
        window = [s for s in before if (injection.day - s.day).days <= numbers[name]]
        if window:
            same_day = [s for s in window if s.day == injection.day]
            return (same_day[0] if same_day else window[-1]), fallback
    return None, False


def _before(score: Score, injection: Injection) -> bool:
    """A same-day score without a time is the baseline; with times, only one taken before the needle is."""
    if score.day != injection.day:
        return score.day < injection.day
    taken, given = moment(score.when), moment(injection.when)
    return taken is None or given is None or taken <= given


def _eligible(
    scores: tuple[Score, ...], given: date, censor: _Censor | None, as_of: date, numbers: Mapping[str, float]
) -> tuple[Score, ...]:
    first = given + timedelta(days=numbers["too_early_days"])
    return tuple(s for s in scores if first <= s.day <= as_of and (censor is None or _in_time(s, censor)))


def _in_time(score: Score, censor: _Censor) -> bool:
    """A score dated on the day of the censoring event counts if it was taken before it."""
    if score.day != censor.day:
        return score.day < censor.day
    taken, event = moment(score.when), moment(censor.when)
    return taken is None or event is None or taken <= event


def _best(scores: list[Score], scale: _Scale) -> Score:
    return min(scores, key=lambda s: (s.value if scale.worse_is_higher else -s.value, s.day))


def _lost(baseline: Score, best: Score, after: tuple[Score, ...], scale: _Scale) -> Score | None:
    """Return the first score after the best from which on none is meaningful, when the latest is not."""
    later = after[after.index(best) + 1 :]
    lost = None
    for score in reversed(later):
        if scale.meaningful(baseline.value, score.value):
            break
        lost = score
    return lost


def _censor(
    injection: Injection, episode: Episode, chart: Chart, records: Records, library: Library, page: ResponsePage
) -> _Censor | None:
    """Return the first event at the site after the injection that hides its effect (model 3.4, C)."""
    events = [
        _Censor(i.day, "a further injection at the site", i.when)
        for i in (episode.index, *episode.history, *episode.others)
        if i.day > injection.day and i.other_agent not in ("aspiration",)
    ]
    region = library.regions[episode.region]
    for record in records.having(*page.censoring.procedures, *page.censoring.trauma):
        if record.day is None or not injection.day < record.day <= chart.as_of or record.kind == "ServiceRequest":
            continue
        if record.state not in ("done", "present", "past", "stopped") or not _here(record, episode, region):
            continue
        what = "an injury at the site" if record.kind == "Condition" else "an operation or procedure at the site"
        events.append(_Censor(record.day, what, getattr(record.resource, "performed_date_time", None) or ""))
    return min(events, key=lambda e: e.day, default=None)


def _here(record: Record, episode: Episode, region: Region) -> bool:
    sites = (*region.sites, *region.near)
    side = record.side in (episode.side, "bilateral", "unknown") or episode.side in ("midline", "unknown")
    return record.has(*sites) and side


def _together(pain: Response, measured: list[Response]) -> Response:
    """Pain scores decide; outcome measures stand in where there is no pair, and disagreement is said (IMMPACT)."""
    if pain.kind == "too-early" or not measured:
        return pain
    if pain.kind == "indeterminate":
        kinds = {_helped(r) for r in measured}
        if len(kinds) > 1:
            return replace(pain, reason="conflicting")
        return replace(measured[0], confidence="low")
    if any(_helped(r) != _helped(pain) for r in measured):
        return replace(pain, kind="indeterminate", reason="conflicting", confidence="low")
    return pain


def _helped(response: Response) -> bool:
    return response.kind in ("responder", "waned-after-benefit", "transient")


def _lower(confidence: Confidence) -> Confidence:
    return CONFIDENCE[min(CONFIDENCE.index(confidence) + 1, 2)]


def _pain_scale(numbers: Mapping[str, float]) -> _Scale:
    def relieved(percent: str) -> Callable[[float, float], bool]:
        def test(before: float, after: float) -> bool:
            change = before - after
            return change >= numbers["meaningful_points"] and change * 100 >= numbers[percent] * before

        return test

    return _Scale(
        relieved("meaningful_percent"),
        relieved("substantial_percent"),
        lambda before, after: after >= before + numbers["worse_points"],
        numbers["minimum_baseline"],
    )


def _measure_scale(measure: Measure, numbers: Mapping[str, float]) -> _Scale:
    bound = numbers[measure.threshold]

    def better(before: float, after: float) -> float:
        return before - after if measure.higher_is_worse else after - before

    def enough(before: float, change: float) -> bool:
        return before > 0 and change * 100 >= bound * before if measure.percent else change >= bound

    return _Scale(
        lambda before, after: enough(before, better(before, after)),
        lambda before, after: enough(before, better(before, after) / 2),
        lambda before, after: enough(before, -better(before, after)),
        None,
        measure.higher_is_worse,
    )


def _anaesthetic_relief(injection: Injection, scores: tuple[Score, ...], numbers: Mapping[str, float]) -> float | None:
    """Return the percent relief within the anaesthetic hours; both times must be stated, and never as response."""
    given = moment(injection.when)
    if given is None or not injection.anaesthetic:
        return None
    timed = [(moment(s.when), s) for s in scores if s.day >= injection.day]
    window = timedelta(hours=numbers["anaesthetic_hours"])
    phase = [s for t, s in timed if t is not None and timedelta() < t - given <= window]
    baseline, _ = _baseline(injection, scores, numbers)
    if baseline is None or baseline.value <= 0 or not phase:
        return None
    return round(100 * (baseline.value - min(s.value for s in phase)) / baseline.value, 1)


def _surrogates(
    injection: Injection, episode: Episode, chart: Chart, records: Records, library: Library, page: ResponsePage
) -> Iterator[Surrogate]:
    first = injection.day + timedelta(days=library.number("too_early_days"))
    last = min(chart.as_of, injection.day + timedelta(days=library.number("durability_end_days")))
    region = library.regions[episode.region]
    for signal in page.surrogates:
        found = [
            record.reference
            for record in records.having(*signal.tags)
            if record.kind in signal.kinds
            and record.day is not None
            and first <= record.day <= last
            and record.state != "past"
            and (signal.anywhere or _here(record, episode, region))
        ]
        if found:
            yield Surrogate(signal.says, signal.weight, tuple(found))
