"""Named facts that open or close a rung: what has been tried for the site, for how long, and what is booked."""

from __future__ import annotations

from datetime import timedelta

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown

from ..facts.words import dated, yes
from ..library import DAYS_A_MONTH
from .courses import course, operations
from .ladders import ladders_of
from .picture import Picture, gate
from .recorded import months_since
from .therapies import standing


@gate
def recent_mri(picture: Picture) -> Fact:
    """Whether an MRI of the site is recent enough to make a further one redundant."""
    stands = standing(picture.case, picture.place, ladders_of(picture.case.library).steps["imaging-mri"])
    return known(stands.state == "done", stands.references, stands.says)


@gate
def therapy_tried(picture: Picture) -> Fact:
    """Whether a course of physical or hand therapy for the site is recorded within the last year."""
    done = course(picture.case, picture.place, ("therapy-physical", "therapy-hand"))
    if done.long_enough:
        return known(True, done.references, done.says.removeprefix("In the record: "))
    return unknown("the procedures of the last year") if picture.case.gap(fhir.Procedure) else known(False)


@gate
def therapy_months(picture: Picture) -> Fact:
    """Months since physical therapy for the site began, where a full course is recorded."""
    done = course(picture.case, picture.place, ("therapy-physical", "therapy-hand"))
    if done.first is None or not done.long_enough:
        return known(0)
    return known(months_since(picture, done.first), done.references, done.says)


@gate
def care_weeks(picture: Picture) -> Fact:
    """Weeks since the first injection or therapy of the site that the record holds."""
    case = picture.case
    first = min(i.day for i in (case.episode.index, *case.episode.history))
    started = course(case, picture.place, ("therapy-physical", "therapy-hand")).first
    first = min(first, started) if started else first
    return known((case.as_of - first).days / 7, case.episode.index.references[:1], f"treated since {first.isoformat()}")


@gate
def care_months(picture: Picture) -> Fact:
    """Months since the first injection or therapy of the site that the record holds."""
    weeks = picture["care_weeks"]
    return known(float(weeks.value or 0) * 7 / DAYS_A_MONTH, weeks.references, weeks.said)


@gate
def pain_months(picture: Picture) -> Fact:
    """Months that the pain has lasted at least: since the stated onset, else since the first injection of the site."""
    case = picture.case
    onset = picture["disease_days"]
    days = (case.as_of - min(i.day for i in (case.episode.index, *case.episode.history))).days
    if onset.value is not None and float(onset.value) > days:
        return known(float(onset.value) / DAYS_A_MONTH, onset.references, onset.said)
    return known(days / DAYS_A_MONTH, case.episode.index.references[:1], f"pain for at least {days // 7} weeks")


@gate
def review_window(picture: Picture) -> Fact:
    """When the effect can be judged: from the end of the first two weeks to the end of the sixth."""
    case = picture.case
    first = case.injected + timedelta(days=case.number("too_early_days"))
    last = case.injected + timedelta(days=case.number("primary_end_days"))
    said = f"between {first.isoformat()} and {last.isoformat()}" if first > case.as_of else f"by {last.isoformat()}"
    return known(last.isoformat(), case.episode.index.references[:1], said)


@gate
def operation_booked(picture: Picture) -> Fact:
    """Whether an operation of the site is ordered or booked."""
    found = operations(picture.case, picture.place, ahead=True)
    return yes(found) if found else known(False)


@gate
def ablation_months(picture: Picture) -> Fact:
    """Months since the last radiofrequency ablation at the site; a large number when none is recorded."""
    case = picture.case
    last = case.latest("therapy-radiofrequency-ablation", kind="Procedure", at_site=True, states=frozenset({"done"}))
    if last is None or last.day is None:
        return known(1200, said="no ablation is recorded")
    return known(months_since(picture, last.day), (last.reference,), dated(last))
