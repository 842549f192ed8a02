"""Facts of nerve and cord: cauda equina, new or growing weakness, and events just after an epidural."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import takewhile

from cds_service import fhir_types as fhir

from .. import quantities
from ..case import Case
from ..model import Episode
from ..records import Record
from .reading import (
    PRESENT,
    Among,
    Shown,
    Signs,
    asserted,
    condition_shown,
    count_of,
    is_new,
    last_injected,
    owner,
    recent,
    steroid_episodes,
)
from .words import number, reaching

_CAUDA_EQUINA = {
    "condition-cauda-equina": "cauda equina syndrome recorded",
    "finding-saddle-anaesthesia": "saddle anaesthesia",
    "finding-urinary-retention-new": "urinary retention",
    "finding-faecal-incontinence-new": "faecal incontinence",
    "finding-bilateral-leg-weakness": "bilateral leg weakness",
}
_DEFICITS = {"condition-foot-drop": "foot drop", "condition-myelopathy": "cord compression or myelopathy"}
_LUMBAR = ("site-lumbar", "condition-sciatica", "condition-neurogenic-claudication")
_EVENTS = {
    "condition-stroke": "stroke", "condition-paralysis": "paralysis", "condition-vision-loss": "loss of vision",
    "condition-seizure": "seizure",
}  # fmt: skip
_GRADES = (0.0, 5.0)  # the ends of the MRC scale; a number outside is another scale


def lumbar_matter(case: Case) -> Signs:
    """Whether lumbar signs belong here: to the last lumbar injection, else to the last, beside a lumbar Condition."""
    if steroid_episodes(case, _lumbar(case)):
        return Signs(last_injected(case, _lumbar(case)))
    known = case.latest(*_LUMBAR, kind="Condition", states=PRESENT)
    if known is None:
        return Signs(False)
    return Signs(owner(case, _any), (condition_shown(known, ""),))


@count_of(*_CAUDA_EQUINA, "obs-post-void-residual", among=(fhir.Observation, fhir.Condition))
def cauda_equina_signs(case: Case) -> list[Shown]:
    """A cauda equina Condition, saddle, bladder, bowel or two-leg signs, or much residual urine; recent (count)."""
    since = case.since("redflag_recency_days")
    found = [
        condition_shown(r, next(word for tag, word in _CAUDA_EQUINA.items() if r.has(tag)))
        for r in case.find(*_CAUDA_EQUINA, since=since, states=PRESENT, certain=True)
        if asserted(r) and is_new(r, since)
    ]
    urine = reaching(
        case, case.find("obs-post-void-residual", since=since), quantities.millilitres, "post_void_residual_ml",
        name="post-void residual", short="residual urine", unit="mL",
    )  # fmt: skip
    return [*found, *urine]


@count_of(*_DEFICITS, "obs-motor-power", among=(fhir.Observation, fhir.Condition))
def deficit_signs(case: Case) -> list[Shown]:
    """New weakness: power at or below the grade, power that fell, a new foot drop or cord Condition (count)."""
    return [shown for record, shown in _deficits(case) if _deficit_is_here(case, record)]


@count_of(*_DEFICITS, "obs-motor-power", among=(fhir.Observation, fhir.Condition))
def recent_deficit_signs(case: Case) -> list[Shown]:
    """The same, recent and after the injection: beside signs of infection (count)."""
    since = recent(case)
    return [s for r, s in _deficits(case) if r.day is not None and r.day >= since and _deficit_is_here(case, r)]


@count_of(*_EVENTS, among=(fhir.Condition,))
def epidural_events(case: Case) -> list[Shown]:
    """A new stroke, paralysis, loss of vision or seizure within the days of an epidural, recent (count)."""
    end = case.injected + case.span("epidural_event_days")
    since = max(case.injected, case.since("redflag_recency_days"))
    return [
        condition_shown(r, next(word for tag, word in _EVENTS.items() if r.has(tag)))
        for r in case.find(*_EVENTS, kind="Condition", since=since, until=end, states=PRESENT, certain=True)
        if is_new(r, case.injected)
    ]


def epidural(case: Case) -> Signs:
    """Whether a steroid was given into the epidural space."""
    return Signs(case.episode.structure == "epidural")


def _deficits(case: Case) -> Iterator[tuple[Record, Shown]]:
    since = case.since("deficit_new_days")
    for record in case.find(*_DEFICITS, since=since, states=PRESENT, certain=True):
        if asserted(record) and is_new(record, since):
            yield record, condition_shown(record, next(w for tag, w in _DEFICITS.items() if record.has(tag)))
    yield from _weakness(case)


def _weakness(case: Case) -> Iterator[tuple[Record, Shown]]:
    """Read each muscle and side by itself, in the order of time."""
    muscles: dict[tuple[str, str, frozenset[str]], list[Record]] = {}
    for record in case.find("obs-motor-power", kind="Observation"):
        grade = quantities.plain(record)
        if record.day is None or grade is None or not _GRADES[0] <= grade <= _GRADES[1] or record.state != "done":
            continue
        muscles.setdefault((record.label.casefold(), record.side, record.tags), []).append(record)
    for graded in muscles.values():
        shown = _new_weakness(case, graded)
        if shown:
            yield graded[-1], shown


def _new_weakness(case: Case, graded: list[Record]) -> Shown | None:
    latest, earlier = graded[-1], graded[:-1]
    day, grade = latest.day, latest.value
    if day is None or grade is None or day < case.since("motor_fall_days"):
        return None
    began = _weak_since(graded, case.number("motor_grade"))
    if began is not None and began >= case.since("redflag_recency_days"):
        return _power(latest, None)
    since = case.since("motor_fall_days", day)
    best = max((r for r in earlier if r.day and r.day >= since), key=lambda r: r.value or 0, default=None)
    fell = best is not None and best.value is not None and best.value - grade >= case.number("motor_fall_grades")
    return _power(latest, best) if fell else None


def _weak_since(graded: list[Record], weak: float) -> date | None:
    """The day on which the weakness that lasts until the latest examination was first recorded."""
    run = list(takewhile(lambda r: r.value is not None and r.value <= weak, reversed(graded)))
    return run[-1].day if run else None


def _power(latest: Record, before: Record | None) -> Shown:
    value = number(latest.value or 0)
    was = f", {number(before.value or 0)}/5 on {before.day}" if before is not None else ""
    references = (latest.reference, *((before.reference,) if before is not None else ()))
    return Shown(f"muscle power {value}/5 ({latest.day}{was})", f"power {value}/5", references)


def _deficit_is_here(case: Case, record: Record) -> bool:
    """A deficit belongs to a spinal injection of that limb, else to a limb that was injected, else to the last one."""
    limbs = _limbs(case, record)
    regions = case.library.regions

    def of_spine(episode: Episode) -> bool:
        spine = {"lumbar": "lower", "cervical": "upper"}.get(regions[episode.region].spine, "")
        return bool(regions[episode.region].spine) and (not limbs or not spine or spine in limbs or _of_cord(record))

    def of_limb(episode: Episode) -> bool:
        same_side = record.side in (episode.side, "unknown", "bilateral") or episode.side == "unknown"
        return regions[episode.region].limb in limbs and same_side

    tiers: Iterable[Among] = (of_spine, of_limb)
    for among in tiers:
        if steroid_episodes(case, among):
            return last_injected(case, among)
    return owner(case, _any)


def _of_cord(record: Record) -> bool:
    return record.has("condition-myelopathy")


def _limbs(case: Case, record: Record) -> set[str]:
    named = {r.limb for r in case.library.regions.values() if r.limb and not r.spine and record.has(*r.sites)}
    return named | {limb for limb in ("upper", "lower") if record.has(f"site-{limb}-limb")}


def _lumbar(case: Case) -> Among:
    regions = case.library.regions
    return lambda episode: regions[episode.region].spine == "lumbar"


def _any(episode: Episode) -> bool:
    return episode.index.steroid
