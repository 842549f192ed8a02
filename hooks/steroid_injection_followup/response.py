"""Did it work? Baseline, best, latest and lost score of an injection -> one class (clinical model 3.4).

Missing is never read as failure: without a baseline or a follow-up score the answer is "indeterminate", with why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec.structs import replace

from cds_service.chart import Chart
from cds_service.dates import moment

from .library import Library
from .model import Confidence, Episode, Injection, Response, Score
from .records import Records
from .scales import Scale, measure_scale, pain_scale
from .scores import ResponsePage, Scores, page_of, scores_of
from .watch import Censor, censor_of, surrogates

CONFIDENCE: tuple[Confidence, ...] = ("high", "moderate", "low")


def judge(
    episode: Episode, episodes: tuple[Episode, ...], chart: Chart, records: Records, library: Library
) -> tuple[Response, Mapping[Injection, Response]]:
    """Return the response to the index injection, and those to the earlier steroid injections of the site."""
    page = page_of(library)
    if not episode.index.steroid:
        return Response("not-applicable"), {}
    scores = scores_of(episode, episodes, chart, records, library, page)
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
    censor = censor_of(injection, episode, chart, records, library, page)
    pain = _classify(injection, scores.pain, censor, chart.as_of, numbers, pain_scale(numbers))
    measured = [
        _classify(injection, found, censor, chart.as_of, numbers, measure_scale(measure, numbers))
        for measure in page.measures
        if (found := scores.measures.get(measure.tag))
    ]
    response = _together(pain, [r for r in measured if r.kind != "indeterminate"])
    return replace(
        response,
        confidence=_lower(response.confidence) if injection.text_only else response.confidence,
        censored_on=censor.day if censor else None,
        censored_by=censor.says if censor else "",
        anaesthetic_relief=_anaesthetic_relief(injection, scores.pain, numbers),
        surrogates=tuple(surrogates(injection, episode, chart, records, library, page)),
        uncounted=tuple(s for s in scores.pain if not _in_time(s, censor)) if censor else (),
        unused=scores.unused,
    )


def _classify(
    injection: Injection,
    scores: tuple[Score, ...],
    censor: Censor | None,
    as_of: date,
    numbers: Mapping[str, float],
    scale: Scale,
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
    scale: Scale,
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
    scores: tuple[Score, ...], given: date, censor: Censor | None, as_of: date, numbers: Mapping[str, float]
) -> tuple[Score, ...]:
    first = given + timedelta(days=numbers["too_early_days"])
    return tuple(s for s in scores if first <= s.day <= as_of and (censor is None or _in_time(s, censor)))


def _in_time(score: Score, censor: Censor) -> bool:
    """A score dated on the day of the censoring event counts if it was taken before it."""
    if score.day != censor.day:
        return score.day < censor.day
    taken, event = moment(score.when), moment(censor.when)
    return taken is None or event is None or taken <= event


def _best(scores: list[Score], scale: Scale) -> Score:
    return min(scores, key=lambda s: (s.value if scale.worse_is_higher else -s.value, s.day))


def _lost(baseline: Score, best: Score, after: tuple[Score, ...], scale: Scale) -> Score | None:
    """Return the first score after the best from which on none is meaningful, when the latest is not."""
    later = after[after.index(best) + 1 :]
    lost = None
    for score in reversed(later):
        if scale.meaningful(baseline.value, score.value):
            break
        lost = score
    return lost


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
