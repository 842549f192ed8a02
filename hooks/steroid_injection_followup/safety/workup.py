"""Facts of the review's notes: serious causes to think of, replacement dates, and what bars a further steroid."""

from __future__ import annotations

from cds_service import fhir_types as fhir

from ..case import Case
from ..model import Episode, Injection, Response
from .infection import latest_recent_score
from .reading import (
    PRESENT,
    Shown,
    Signs,
    asserted,
    condition_shown,
    count_of,
    counted,
    is_new,
    owner,
    steroid_episodes,
)
from .scope import pregnant
from .words import number

_FRACTURE_RISK = ("condition-osteoporosis", "condition-vertebral-fracture", "condition-insufficiency-fracture")


@count_of("condition-cancer-history", among=(fhir.Condition,))
def cancer_history(case: Case) -> list[Shown]:
    """Cancer, now or in the past (count)."""
    states = PRESENT | {"past"}
    found = case.find("condition-cancer-history", kind="Condition", states=states, certain=True)
    return [condition_shown(r, "cancer history") for r in found[-1:]]


@count_of("finding-unexplained-weight-loss", among=(fhir.Condition,))
def weight_loss(case: Case) -> list[Shown]:
    """Unexplained loss of weight in the days of a work-up (count)."""
    since = case.since("workup_days")
    found = case.find("finding-unexplained-weight-loss", since=since, states=PRESENT, certain=True)
    return [condition_shown(r, "weight loss") for r in found if asserted(r)]


def new_spine_pain(case: Case) -> Signs:
    """New back or neck pain, shown with a spinal injection, or with the last one where none is spinal (count)."""
    since = case.since("workup_days")
    if not _of_the_spine(case):
        return Signs(0)
    found = [
        condition_shown(r, "new spine pain")
        for r in case.find("condition-back-or-neck-pain", since=since, states=PRESENT, certain=True)
        if asserted(r) and is_new(r, since)
    ]
    return counted(case, found, fhir.Condition)


@count_of(*_FRACTURE_RISK, "drug-systemic-steroid", among=(fhir.Condition,))
def fracture_risk(case: Case) -> list[Shown]:
    """Osteoporosis, a vertebral or insufficiency fracture, or a systemic corticosteroid being taken (count)."""
    known = [
        condition_shown(r, "fracture risk")
        for r in case.find(*_FRACTURE_RISK, kind="Condition", states=PRESENT | {"past"}, certain=True)
    ]
    taken = [
        condition_shown(r, "systemic corticosteroid") for r in case.find("drug-systemic-steroid", states=("taking",))
    ]
    return [*known, *taken]


def sudden_severe_pain(case: Case) -> Signs:
    """A recent pain score at the site that is severe and well above the baseline (count)."""
    score, baseline = latest_recent_score(case), case.response.baseline
    if score is None or baseline is None or baseline.scale != "nrs":
        return Signs(None, missing="a recent pain score and one from before the injection")
    rose = score.value >= baseline.value + case.number("worse_points")
    if not rose or score.value < case.number("severe_pain"):
        return Signs(0)
    says = f"pain {number(score.value)}/10 ({score.day.isoformat()}, {number(baseline.value)}/10 before)"
    return Signs(1, (Shown(says, f"pain {number(score.value)}/10", (score.reference, baseline.reference)),))


def pregnancy(case: Case) -> Signs:
    """Whether a pregnancy is recorded as current."""
    found = pregnant(case)
    return Signs(found.value, (Shown(found.said, "pregnancy recorded", found.references),), found.missing)


def day_replacement_interval_ends(case: Case) -> Signs:
    """The day from which the interval between a steroid in the joint and its replacement is over."""
    ends = case.injected + case.span("arthroplasty_days")
    return Signs(ends.isoformat(), (Shown(ends.isoformat(), "", case.episode.index.references),))


def replacement_planned(case: Case) -> Signs:
    """Whether a replacement of the joint is ordered or booked, with or without a day."""
    states = ("ordered", "booked")
    found = case.latest("surgery-joint-replacement", at_site=True, states=states) if case.region.joint else None
    return Signs(found is not None, (condition_shown(found, "replacement planned"),) if found else ())


def consecutive_non_responses(case: Case) -> Signs:
    """How many of the latest steroid injections of this site, one after the other, gave no response."""
    count = len(_in_a_row(case))
    return Signs(count, (Shown(str(count), "", case.episode.index.references),))


def injections_without_response(case: Case) -> Signs:
    """How many they are, each with its day and the pain before it and at its best."""
    found = _in_a_row(case)
    shown = (Shown(f"{i.day.isoformat()}{_course(r)}", "", i.references) for i, r in found)
    return Signs(len(found), tuple(shown))


def _in_a_row(case: Case) -> list[tuple[Injection, Response]]:
    found: list[tuple[Injection, Response]] = []
    for injection in (case.episode.index, *case.episode.history):
        response = case.response if not found else case.responses.get(injection)
        if response is None or response.kind != "non-response":
            break
        found.append((injection, response))
    return found


def _course(response: Response) -> str:
    base, best = response.baseline, response.best
    if base is None or best is None or base.scale != "nrs":
        return ""
    return f", pain {number(base.value)} to {number(best.value)}"


def best_relief_percent(case: Case) -> Signs:
    """The best relief after the index injection, in percent of the baseline, where scores tell it."""
    base, best = case.response.baseline, case.response.best
    if base is None or best is None or not base.value or base.scale != "nrs" or best.scale != "nrs":
        return Signs(None, missing="pain scores before and after the injection")
    relief = (base.value - best.value) * 100 / base.value
    return Signs(round(relief, 6), (Shown(f"{number(max(relief, 0))} %", "", (base.reference, best.reference)),))


def _of_the_spine(case: Case) -> bool:
    def spinal(episode: Episode) -> bool:
        return bool(case.library.regions[episode.region].spine)

    return owner(case, spinal) if steroid_episodes(case, spinal) else owner(case, lambda episode: episode.index.steroid)
