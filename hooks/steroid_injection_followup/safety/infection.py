"""Facts of infection after an injection: diagnoses, joint fluid, signs of the whole body and signs at the site."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service import fhir_types as fhir

from .. import quantities
from ..case import Case, once
from ..model import Score
from ..records import Record
from .reading import (
    NONE,
    PRESENT,
    Among,
    Shown,
    Signs,
    asserted,
    belongs,
    condition_shown,
    count_of,
    counted,
    day_after,
    is_new,
    last_injected,
    only_last_injected,
    owner,
    recent,
    sited,
)
from .words import number, reaching

_SPINAL_INFECTION = (
    "condition-epidural-abscess", "condition-discitis", "condition-meningitis", "condition-osteomyelitis-spine",
)  # fmt: skip
_INFECTION, _SEPTIC = "condition-infection-at-site", "condition-septic-arthritis"
_SYNOVIAL = ("obs-synovial-wbc", "obs-synovial-culture", "obs-synovial-gram")
SYSTEMIC = ("obs-temperature", "obs-crp", "obs-esr")
LOCAL_SIGNS = {
    "finding-local-swelling": "swelling", "finding-local-warmth": "warmth", "finding-local-erythema": "redness",
    "finding-effusion": "effusion", "condition-effusion": "effusion",
}  # fmt: skip


def spinal(case: Case) -> Signs:
    """Whether the injection was given into the spine or the sacroiliac joint."""
    return Signs(bool(case.region.spine))


@count_of(_INFECTION, among=(fhir.Condition,))
def infection_conditions(case: Case) -> Iterator[Shown]:
    """Confirmed infections of the injected joint or soft tissue that began after the injection (count)."""
    return _infections(case, certain=True)


@count_of(_INFECTION, *_SPINAL_INFECTION, _SEPTIC, among=(fhir.Condition,))
def suspected_infections(case: Case) -> list[Shown]:
    """Infections of the site held as provisional, or of the whole limb, begun after the injection (count)."""
    provisional = [*_infections(case, certain=False), *_spinal_infections(case, certain=False)]
    return [*provisional, *_limb_infections(case)]


@count_of(*_SPINAL_INFECTION, _SEPTIC, among=(fhir.Condition,))
def spinal_infection_conditions(case: Case) -> Iterator[Shown]:
    """Confirmed infections of the spine or its meninges that began after the injection (count)."""
    return _spinal_infections(case, certain=True)


@count_of(*_SYNOVIAL, among=(fhir.Observation,))
def synovial_infection_signs(case: Case) -> list[Shown]:
    """Joint fluid with many white cells, or with bacteria seen or grown, recent and after the injection (count)."""
    fluid = [r for r in case.find(_SYNOVIAL[0], since=recent(case)) if belongs(case, r, _peripheral(case))]
    cells = reaching(
        case, fluid, quantities.cells_per_microlitre, "synovial_wbc",
        name="synovial white cells", short="synovial WBC", unit="per µL",
    )  # fmt: skip
    bacteria = [
        condition_shown(r, "bacteria in joint fluid")
        for r in case.find(*_SYNOVIAL[1:], since=recent(case))
        if _positive(r) and belongs(case, r, _peripheral(case))
    ]
    return [*cells, *bacteria]


@once
@count_of(*SYSTEMIC, among=(fhir.Observation,))
def systemic_signs(case: Case) -> list[Shown]:
    """Fever, or a C-reactive protein or a sedimentation rate of the red-flag height, recent and after the injection."""
    since, (temperature, crp, esr) = recent(case), SYSTEMIC
    return [
        *reaching(
            case, case.find(temperature, since=since), quantities.celsius, "fever_celsius",
            name="body temperature", short="temp", unit="°C",
        ),
        *reaching(
            case, case.find(crp, since=since), quantities.mg_per_litre, "crp_red_flag",
            name="C-reactive protein", short="CRP", unit="mg/L",
        ),
        *reaching(
            case, case.find(esr, since=since), quantities.mm_per_hour, "esr_red_flag",
            name="sedimentation rate", short="ESR", unit="mm/h",
        ),
    ]  # fmt: skip


def unplaced_systemic_signs(case: Case) -> Signs:
    """The same signs, for the one site that was injected last: they say nothing of which site they come from."""
    found = systemic_signs(case)
    return found if found is NONE or owner(case, in_window(case)) else NONE


def local_signs(case: Case) -> Signs:
    """Swelling, warmth, redness, effusion or no weight bearing at the site, or pain that rose or is severe (count)."""
    found = [*signs_at_the_site(case), *_pain(case, severe=True)]
    return counted(case, found, fhir.Observation, fhir.Condition)


def spinal_signs(case: Case) -> Signs:
    """New back or neck pain, or pain above the baseline, recent and after the injection (count)."""
    since = recent(case)
    pain = [
        condition_shown(r, "new back or neck pain")
        for r in case.find("condition-back-or-neck-pain", since=since, states=PRESENT, certain=True)
        if is_new(r, since) and case.names_site(r.tags)
    ]
    return counted(case, [*pain, *_pain(case, severe=False)], fhir.Observation, fhir.Condition)


def latest_recent_score(case: Case) -> Score | None:
    """The last pain score of the site after the injection and within the red-flag days; of one day the highest."""
    response = case.response
    scores = [*response.after, *response.early, *([response.latest] if response.latest else [])]
    usable = [s for s in scores if s.scale == "nrs" and s.day >= recent(case)]
    return max(usable, key=lambda s: (s.day, s.value), default=None)


def _pain(case: Case, *, severe: bool) -> Iterator[Shown]:
    score, baseline = latest_recent_score(case), case.response.baseline
    if score is None:
        return
    comparable = baseline is not None and baseline.scale == "nrs"
    rose = comparable and baseline is not None and score.value >= baseline.value + case.number("worse_points")
    if not rose and not (severe and score.value >= case.number("severe_pain")):
        return
    before = f", {number(baseline.value)}/10 before" if comparable and baseline is not None else ""
    says = f"pain {number(score.value)}/10 ({score.day.isoformat()}{before})"
    references = (score.reference, *((baseline.reference,) if before and baseline is not None else ()))
    yield Shown(says, f"pain {number(score.value)}/10", references)


def signs_at_the_site(case: Case) -> Iterator[Shown]:
    """Yield the recent swelling, warmth, redness, effusion or inability to bear weight at the site."""
    since, seen = recent(case), set()
    for record in case.find(*LOCAL_SIGNS, since=since, states=PRESENT, certain=True):
        if asserted(record) and is_new(record, since) and _here(case, record, _peripheral(case)):
            short = next(word for tag, word in LOCAL_SIGNS.items() if record.has(tag))
            seen.add(record.reference)
            yield condition_shown(record, short)
    for record in case.find("finding-cannot-bear-weight", since=since, states=PRESENT, certain=True):
        if asserted(record) and record.reference not in seen and _here(case, record, _lower_limb(case)):
            yield condition_shown(record, "cannot bear weight")


def _here(case: Case, record: Record, among: Among) -> bool:
    """A sign that names its site must name this one; "at the injected site" means the one that was injected last."""
    if sited(record):
        return case.at_site(record) and case.episode.index.steroid
    side_fits = record.side in ("unknown", "bilateral", case.episode.side)
    return side_fits and only_last_injected(case, among)


def _infections(case: Case, *, certain: bool) -> Iterator[Shown]:
    since = day_after(case)
    for record in case.find(_INFECTION, since=since, states=PRESENT):
        if record.kind != "Condition" or record.certain is not certain or not is_new(record, since):
            continue
        if belongs(case, record, _peripheral(case)):
            yield condition_shown(record, "infection recorded" if certain else "infection (provisional)")


def _limb_infections(case: Case) -> Iterator[Shown]:
    """Infections coded for the whole limb of the injected site and of its side: they may or may not be at the site."""
    since, limb = day_after(case), case.region.limb
    whole = frozenset((f"site-{limb}-limb",))
    for record in case.find(_INFECTION, kind="Condition", since=since, states=PRESENT, certain=True):
        limb_only = limb and frozenset(t for t in record.tags if t.startswith("site-")) == whole
        same_side = record.side in (case.episode.side, "bilateral")
        if limb_only and same_side and is_new(record, since) and last_injected(case, _same_limb(case)):
            yield condition_shown(record, "infection of the limb")


def _spinal_infections(case: Case, *, certain: bool) -> Iterator[Shown]:
    since = day_after(case)
    among = _spinal(case)
    for record in case.find(*_SPINAL_INFECTION, _SEPTIC, since=since, states=PRESENT):
        if record.kind != "Condition" or record.certain is not certain or not is_new(record, since):
            continue
        of_the_spine = record.has(*_SPINAL_INFECTION)
        if (of_the_spine or sited(record)) and belongs(case, record, among, anywhere=of_the_spine):
            yield condition_shown(record, "spinal infection recorded" if certain else "spinal infection (provisional)")


def _positive(record: Record) -> bool:
    """Whether a microbiology result is said to be positive, by its value or by its interpretation."""
    yes = ("answer-positive", "answer-present", "answer-abnormal", "answer-critical-high")
    resource: fhir.Observation = record.resource
    flagged = not record.interpretation.isdisjoint(yes)
    return record.state == "done" and (flagged or record.has(*yes) or resource.value_boolean is True)


def in_window(case: Case) -> Among:
    """Return whether an episode was injected within the window of the rules of infection."""
    days = case.number("infection_window_days")
    return lambda episode: 1 <= (case.as_of - episode.index.day).days <= days


def _peripheral(case: Case) -> Among:
    within, regions = in_window(case), case.library.regions
    return lambda episode: within(episode) and not regions[episode.region].spine


def _spinal(case: Case) -> Among:
    within, regions = in_window(case), case.library.regions
    return lambda episode: within(episode) and bool(regions[episode.region].spine)


def _same_limb(case: Case) -> Among:
    peripheral, regions = _peripheral(case), case.library.regions
    limb, side = case.region.limb, case.episode.side
    return lambda episode: peripheral(episode) and regions[episode.region].limb == limb and episode.side == side


def _lower_limb(case: Case) -> Among:
    peripheral, regions = _peripheral(case), case.library.regions
    return lambda episode: peripheral(episode) and regions[episode.region].limb == "lower"
