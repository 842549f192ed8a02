"""Facts of imaging and of tissue damage: grade, change, tears, destruction (cause 5; discordance of cause 1)."""

from __future__ import annotations

from datetime import date

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown

from ..case import DAY, Case, once
from ..records import Record
from .registry import Facts, fact
from .words import dated, number, yes

_KELLGREN = {f"finding-kl-{grade}": float(grade) for grade in range(5)}
_STENOSIS = {"finding-stenosis-mild": 2.0, "finding-stenosis-moderate": 3.0, "finding-stenosis-severe": 4.0}
_GRADES = {**_KELLGREN, **_STENOSIS, "finding-imaging-normal": 0.0}
_NUMBERED = ("obs-kellgren-lawrence", "finding-kellgren-lawrence-grade")
_SETS, _KELLGREN_SETS = (*_GRADES, *_NUMBERED), (*_KELLGREN, *_NUMBERED)
_TEARS = ("condition-tendon-tear", "condition-rotator-cuff-tear-full")


@once
def graded(case: Case) -> list[tuple[date, float, Record]]:
    """Return (day, grade 0-4, record) of every graded image of the site, oldest first.

    Kellgren-Lawrence grades as they are; stenosis mild, moderate, severe as 2, 3, 4; normal imaging as 0.
    """
    found = [
        (r.day, grade, r)
        for r in case.find(*_SETS, at_site=True, until=case.as_of)
        if r.day is not None and (grade := _grade(r)) is not None
    ]
    return sorted(found, key=lambda row: (row[0], row[1]))


def _grade(record: Record) -> float | None:
    if record.value is not None and record.has(*_NUMBERED):
        return record.value if record.value in (0, 1, 2, 3, 4) else None
    return max([_GRADES[tag] for tag in record.tags if tag in _GRADES], default=None)


def _describe(grade: float, record: Record) -> str:
    when = record.day.isoformat() if record.day else ""
    if record.has(*_KELLGREN_SETS):
        return f"Kellgren-Lawrence grade {number(grade)} ({when})"
    stenosis = {2: "mild", 3: "moderate", 4: "severe"}.get(int(grade), "")
    return f"{stenosis} spinal stenosis ({when})" if grade else f"no structural abnormality ({when})"


@once
def _tears(case: Case) -> list[Record]:
    found = case.find(*_TEARS, at_site=True, states=("present", "done"), certain=True)
    return [record for record in found if record.kind in ("Condition", "DiagnosticReport")]


@fact
def imaging_grade(facts: Facts) -> Fact:
    """Latest grade of the site's imaging, 0-4 (Kellgren-Lawrence, or stenosis 2 mild, 3 moderate, 4 severe)."""
    found = graded(facts.case)
    if not found:
        gap = facts.case.gap(fhir.DiagnosticReport)
        return unknown(f"a graded image of the site ({gap})" if gap else "a graded image of the site")
    _, grade, record = found[-1]
    return known(grade, (record.reference,), _describe(grade, record))


@fact
def imaging_severity(facts: Facts) -> Fact:
    """How far the site's imaging, or a tear known at the injection, has gone: "advanced", "moderate" or "mild"."""
    tears = [r for r in _tears(facts.case) if r.kind == "DiagnosticReport" or (r.day and r.day <= facts.case.injected)]
    if tears:
        return known("advanced", [r.reference for r in tears], "; ".join(dated(r) for r in tears[-2:]))
    grade = facts["imaging_grade"]
    if grade.value is None:
        return grade
    return known(_severity(facts.case, float(grade.value)), grade.references, grade.said)


def _severity(case: Case, grade: float) -> str:
    if grade >= case.number("advanced_grade"):
        return "advanced"
    return "moderate" if grade >= case.number("moderate_grade") else "mild"


@fact
def recent_imaging_severity(facts: Facts) -> Fact:
    """The same, from imaging of the last twelve months only."""
    case = facts.case
    first = case.since("imaging_normal_days")
    if tears := _tears(case):
        return known("advanced", [r.reference for r in tears], dated(tears[-1]))
    recent = [row for row in graded(case) if row[0] >= first]
    if not recent:
        return unknown("imaging of the site in the last twelve months")
    _, grade, record = recent[-1]
    return known(_severity(case, grade), (record.reference,), _describe(grade, record))


@fact
def imaging_has_progressed(facts: Facts) -> Fact:
    """Whether a later image of the site has a higher grade than an earlier one."""
    found = graded(facts.case)
    if len(found) < 2:
        return unknown("a second graded image of the site to compare")
    (_, before, older), (_, now, newer) = found[0], found[-1]
    said = f"{_describe(before, older)}, then {_describe(now, newer)}"
    return known(now > before, (older.reference, newer.reference), said)


@fact
def tear_after_injection(facts: Facts) -> Fact:
    """Whether a tendon tear or rupture at the site is recorded after the injection."""
    found = [r for r in _tears(facts.case) if r.day is not None and r.day > facts.case.injected]
    if found:
        return yes(found)
    return unknown(f"later conditions ({gap})") if (gap := facts.case.gap(fhir.Condition)) else known(False)


@fact
def joint_destruction_after(facts: Facts) -> Fact:
    """Whether osteonecrosis, an insufficiency fracture or rapid destruction at the site is recorded after it."""
    case = facts.case
    found = case.find(
        "condition-osteonecrosis",
        "condition-insufficiency-fracture",
        "condition-rapidly-destructive-arthritis",
        at_site=True,
        since=case.injected + DAY,
        states=("present", "done"),
        certain=True,
    )
    if found:
        return yes(found)
    return unknown(f"later conditions ({gap})") if (gap := case.gap(fhir.Condition)) else known(False)


@fact
def strong_pain(facts: Facts) -> Fact:
    """The latest pain score of the site, else the baseline."""
    response = facts.case.response
    score = response.latest or response.baseline
    if score is None or score.scale != "nrs":
        return unknown("a pain score")
    return known(score.value, (score.reference,), f"pain {number(score.value)}/10")
