"""Facts of time and of the course of pain after the injection (cause 8, and windows of others)."""

from __future__ import annotations

from cds_service.evidence import Fact, known, unknown

from ..anatomy import same_family
from ..case import Case, once
from ..model import Score
from ..scales import scale_of
from .diagnosis import is_disease, reason_tags
from .registry import Facts, fact
from .words import number, pain_or_measure, scored


@fact
def days_since_injection(facts: Facts) -> Fact:
    """Days from the index injection to the day the chart is opened (T)."""
    case = facts.case
    return known(case.days, case.episode.index.references, f"{case.days} days ago ({case.injected.isoformat()})")


@fact
def response_class(facts: Facts) -> Fact:
    """The class of the response (model 3.5)."""
    response = facts.case.response
    scores = [s for s in (response.baseline, response.best, response.latest) if s is not None]
    return known(response.kind, dict.fromkeys(s.reference for s in scores), response.kind)


def _after_injection(facts: Facts) -> list[Score]:
    """Scores from the day after the injection, the early ones included."""
    return [*facts.case.response.early, *facts.case.response.after]


@fact
def falling_pain_points(facts: Facts) -> Fact:
    """Points by which the latest pain score lies below the highest earlier one after the injection."""
    scores = [s for s in _after_injection(facts) if s.scale == "nrs"]
    if len(scores) < 2:
        return unknown("a second pain score after the injection")
    latest, highest = scores[-1], max(scores[:-1], key=lambda s: s.value)
    said = f"pain {scored(highest)} to {scored(latest)}"
    return known(highest.value - latest.value, (highest.reference, latest.reference), said)


@fact
def late_responding_target(facts: Facts) -> Fact:
    """Whether the target is a tendon, or the disease has lasted at least twelve months (S4, S7)."""
    case = facts.case
    tendon = case.find("condition-tendinopathy", at_site=True, states=("present",))
    if tendon or case.region.structure == "tendon":
        said = "the target is a tendon"
        return known(True, [r.reference for r in tendon] or case.episode.index.references, said)
    began = _onset(case)
    if began is None:
        return unknown("when the disease began")
    references, days = began
    return known(days >= case.number("onset_long_days"), references, f"disease of {days // 30} months")


@fact
def disease_days(facts: Facts) -> Fact:
    """Days since the treated disease began, from the onset that the record states."""
    began = _onset(facts.case)
    if began is None:
        return unknown("when the disease began")
    return known(began[1], began[0], f"disease of {began[1] // 30} months")


@once
def _onset(case: Case) -> tuple[tuple[str, ...], int] | None:
    """Return the treated disease and its days: the reason, or a disease of its family that was there before it."""
    reason = reason_tags(case)
    begun = [r for r in case.find(*reason, kind="Condition") if r.onset and r.onset <= case.injected]
    if not begun:
        return None
    named = {f"Condition/{c.id}" for c in case.episode.index.reason_conditions}
    found = [
        r
        for r in begun
        if is_disease(r.tags)
        and (r.reference in named or (case.at_site(r) and same_family(r.tags, reason, case.library)))
    ]
    if not found:
        return None
    oldest = min(found, key=lambda r: (r.reference not in named, r.onset or case.as_of))
    return (oldest.reference,), (case.as_of - (oldest.onset or case.as_of)).days


@fact
def only_early_scores(facts: Facts) -> Fact:
    """Whether every score after the injection lies in its first two weeks."""
    response = facts.case.response
    if response.after:
        return known(False)
    if not response.early:
        return unknown("a pain score after the injection")
    return known(True, [s.reference for s in response.early], f"only {scored(response.early[-1])} is recorded since")


@fact
def past_delay_window(facts: Facts) -> Fact:
    """Whether twelve weeks have passed, or a score after six weeks showed no meaningful relief."""
    case = facts.case
    if case.days > case.number("durability_end_days"):
        return known(True, case.episode.index.references, f"{case.days} days have passed")
    first = case.injected + case.span("late_score_days")
    base = case.response.baseline
    if base is None:
        return known(False)
    scale = scale_of(base, case.library)
    late = [s for s in case.response.after if s.day > first and not scale.meaningful(base.value, s.value)]
    said = f"{pain_or_measure(late[0])} after six weeks" if late else ""
    return known(bool(late), [s.reference for s in late], said)


@fact
def points_above_baseline(facts: Facts) -> Fact:
    """Points by which the latest pain score lies above the baseline; an outcome score tells no points of pain."""
    base, latest = facts.case.response.baseline, facts.case.response.latest
    if base is None or latest is None or base.scale != "nrs":
        return unknown("a pain score before and after the injection")
    return known(
        latest.value - base.value, (base.reference, latest.reference), f"pain {scored(base)} to {scored(latest)}"
    )


@fact
def latest_pain(facts: Facts) -> Fact:
    """The latest pain score of the site after the injection, on 0-10."""
    latest = facts.case.response.latest
    if latest is None or latest.scale != "nrs":
        return unknown("a pain score after the injection")
    return known(latest.value, (latest.reference,), f"pain {scored(latest)}")


@fact
def anaesthetic_relief_percent(facts: Facts) -> Fact:
    """Percent relief in the hours of the local anaesthetic; it tells of the place, never of the response (S5, S6)."""
    relief = facts.case.response.anaesthetic_relief
    if relief is None:
        return unknown("pain scores with times before and within hours after the injection")
    return known(relief, facts.case.episode.index.references, f"{number(relief)} % relief within hours")
