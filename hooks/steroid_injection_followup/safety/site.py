"""Facts of the injected site over time: intervals and counts, tendon, prosthesis, planned replacement, destruction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cds_service import fhir_types as fhir
from cds_service.dates import day
from cds_service.plain_text import clean

from ..case import Case
from ..model import Episode, Injection
from ..records import Record
from .reading import PRESENT, Shown, Signs, condition_shown, count_of, counted, day_after, is_new, owner

_TENDONS_TO_SPARE = {"site-achilles": "Achilles tendon", "site-patellar-tendon": "patellar tendon"}
_TEAR = {"condition-tendon-tear": "tendon tear recorded"}
_DESTRUCTION = {
    "condition-osteonecrosis": "osteonecrosis", "condition-insufficiency-fracture": "insufficiency fracture",
    "condition-rapidly-destructive-arthritis": "rapid joint destruction",
}  # fmt: skip


def injection_shown(case: Case, injection: Injection) -> Shown:
    """Say one steroid injection of the site by agent and date."""
    known = case.library.doses.agents.get(injection.agent or "")
    says = f"{known.label if known else 'steroid'} injection ({injection.day.isoformat()})"
    return Shown(says, "", injection.references)


def days_since_injection(case: Case) -> Signs:
    """T, the days from the index injection to the day the chart is opened."""
    shown = injection_shown(case, case.episode.index)
    return Signs(case.days, (Shown(f"{case.site}: {shown.says}", "", shown.references),))


def structure(case: Case) -> Signs:
    """What was injected: joint, bursa, tendon, nerve, muscle, epidural, facet, SI."""
    return Signs(case.episode.structure)


def days_since_previous_injection(case: Case) -> Signs:
    """Days between the index steroid injection and the one before it at the same site and side."""
    if not case.episode.history:
        return Signs(None, missing="an earlier steroid injection of this site")
    before = case.episode.history[0]
    days = (case.injected - before.day).days
    short = f"{days} days between the last two steroid injections"
    return Signs(days, (_with_short(injection_shown(case, before), short),))


def injections_in_365(case: Case) -> Signs:
    """Steroid injections of this site and side in the 365 days that end when the chart is opened."""
    since = case.since("index_lookback_days")
    given = [i for i in (case.episode.index, *case.episode.history) if i.steroid and i.day >= since]
    said = (injection_shown(case, i) for i in sorted(given, key=lambda i: i.day))
    return Signs(len(given), tuple(_with_short(s, f"{len(given)} steroid injections in a year") for s in said))


def epidural_sessions_in_365(case: Case) -> Signs:
    """Epidural steroid sessions of this spinal region in the 365 days, shown with the one injected last."""
    sessions = _sessions(case)
    said = (injection_shown(case, i) for i in sessions.values())
    return Signs(len(sessions), tuple(_with_short(s, f"{len(sessions)} epidural sessions in a year") for s in said))


def days_between_epidural_sessions(case: Case) -> Signs:
    """Days between the last two epidural sessions of this spinal region."""
    days = sorted(_sessions(case))[-2:]
    if len(days) < 2:
        return Signs(None, missing="an earlier epidural session")
    apart = (days[1] - days[0]).days
    before = injection_shown(case, _sessions(case)[days[0]])
    return Signs(apart, (_with_short(before, f"{apart} days between the last two epidurals"),))


@count_of(*_TEAR, among=(fhir.Condition,))
def tendon_tear(case: Case) -> list[Shown]:
    """A tendon rupture or full-thickness tear at the site, recorded after the injection (count)."""
    return _after(case, _TEAR)


@count_of(*_DESTRUCTION, among=(fhir.Condition,))
def joint_destruction(case: Case) -> list[Shown]:
    """Osteonecrosis, insufficiency fracture or rapid destruction at the site, recorded after the injection (count)."""
    return _after(case, _DESTRUCTION)


def tendon_to_spare(case: Case) -> Signs:
    """Whether the steroid was given at the Achilles or the patellar tendon."""
    named = case.episode.index.site_tags | frozenset(case.region.sites if case.episode.region == "achilles" else ())
    tendon = next((word for tag, word in _TENDONS_TO_SPARE.items() if tag in named), None)
    if tendon is None:
        return Signs(False)
    return Signs(True, (_with_short(injection_shown(case, case.episode.index), _at(tendon, case)),))


def _at(tendon: str, case: Case) -> str:
    return "given at this tendon" if tendon in case.site else f"given at the {tendon}"


def artificial_joint(case: Case) -> Signs:
    """An artificial joint at the site: the operation or the status, from before the injection or without a date."""
    if not case.region.joint:
        return Signs(0)
    statuses = case.find("condition-prosthetic-joint", kind="Condition", at_site=True, states=PRESENT, certain=True)
    operations = case.find("surgery-joint-replacement", kind="Procedure", at_site=True, states=("done",))
    found = [condition_shown(r, "artificial joint") for r in (*statuses, *operations) if _before_injection(case, r)]
    return counted(case, found, fhir.Condition, fhir.Procedure)


def days_to_replacement(case: Case) -> Signs:
    """Days from the last steroid in the joint to a replacement of that joint that is booked or ordered for a day."""
    if not case.region.joint:
        return Signs(None)
    planned = [
        (due, record)
        for record in case.find("surgery-joint-replacement", at_site=True, states=("ordered", "booked"))
        if (due := _due(case, record)) is not None and due >= case.as_of
    ]
    if not planned:
        return Signs(None, missing="the date of a planned joint replacement, if there is one")
    due, record = min(planned, key=lambda pair: pair[0])
    days = (due - case.injected).days
    label = clean(record.label, limit=80) or "joint replacement"
    return Signs(days, (Shown(f"{label}, planned for {due.isoformat()}", due.isoformat(), (record.reference,)),))


def joint(case: Case) -> Signs:
    """Whether the steroid was given into a joint."""
    return Signs(case.region.joint)


def replacement_in_question(case: Case) -> Signs:
    """Grade 3-4 arthritis on imaging, destruction, or an order for a replacement or a surgeon's opinion (count)."""
    if not case.region.joint:
        return Signs(0)
    graded = [
        condition_shown(r, "advanced arthritis on imaging")
        for r in case.find("finding-kl-3", "finding-kl-4", at_site=True)
        if r.day is not None
    ]
    ordered = [
        condition_shown(r, "surgery ordered")
        for r in case.find("surgery-joint-replacement", at_site=True, states=("ordered", "booked"))
    ]
    return counted(case, (*graded, *_grades(case), *ordered), fhir.DiagnosticReport, fhir.Observation)


def _grades(case: Case) -> Iterable[Shown]:
    grade = case.latest("obs-kellgren-lawrence", kind="Observation", at_site=True, states=PRESENT)
    if grade is not None and grade.value is not None and grade.value >= case.number("moderate_grade"):
        yield condition_shown(grade, "advanced arthritis on imaging")


def _with_short(shown: Shown, short: str) -> Shown:
    return Shown(shown.says, short, shown.references)


def _sessions(case: Case) -> dict[date, Injection]:
    """Epidural steroid sessions of this spinal region by day; both sides of one day are one session."""
    spine, since = case.region.spine, case.since("index_lookback_days")

    def same(episode: Episode) -> bool:
        return episode.structure == "epidural" and case.library.regions[episode.region].spine == spine

    if case.episode.structure != "epidural" or not owner(case, same):
        return {}
    given = [i for e in case.episodes if same(e) for i in (e.index, *e.history) if i.steroid and i.day >= since]
    return {i.day: i for i in sorted(given, key=lambda i: i.day)}


def _after(case: Case, tags: dict[str, str]) -> list[Shown]:
    since = day_after(case)
    return [
        condition_shown(r, next(word for tag, word in tags.items() if r.has(tag)))
        for r in case.find(*tags, kind="Condition", at_site=True, since=since, states=PRESENT, certain=True)
        if is_new(r, since)
    ]


def _before_injection(case: Case, record: Record) -> bool:
    """By day; a year or a month that lies wholly before counts; a status without any date counts, for caution."""
    if record.day is not None:
        return record.day < case.injected
    text = _date_text(record)
    return text < case.injected.isoformat()[: len(text)] if text else record.kind == "Condition"


def _date_text(record: Record) -> str:
    resource = record.resource
    if isinstance(resource, fhir.Procedure):
        period = resource.performed_period
        return (resource.performed_date_time or (period.end or period.start if period else None) or "")[:10]
    return (getattr(resource, "onset_date_time", None) or getattr(resource, "recorded_date", None) or "")[:10]


def _due(case: Case, record: Record) -> date | None:
    """The day of an operation: that of the order, of the appointment, or of the appointment made for the order."""
    if record.kind == "Appointment":
        return record.day
    if record.until is not None:
        return record.until
    booked = [
        start
        for appointment in case.chart.every(fhir.Appointment)
        if appointment.status in ("booked", "pending", "arrived", "checked-in", "waitlist")
        and any(case.chart.key(order) == record.reference for order in appointment.based_on)
        and (start := day(appointment.start)) is not None
    ]
    return min(booked, default=None)
