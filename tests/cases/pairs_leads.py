"""Pairs of the leads: what each cause leads to, in a chart that opens it and one that misses it by one thing."""

from __future__ import annotations

from tests.cases.pairs import Fill, Pairs, made
from tests.cases.pairs_ladders import (
    ROOT,
    grade,
    heel,
    imaged,
    scored,
    thumb,
    treated,
    wrong,
)
from tests.charts import Chart
from tests.medicine.planning import GIVEN, JUDGED, back, elbow, failed, hip, shoulder


def neck(side: str = "right") -> Fill:
    """A root disorder of the neck."""
    return wrong("cervical radiculopathy", site="cervical", side=side, recorded="2026-01-30")


def sign(code: str, region: str, side: str, *, present: bool = True) -> Fill:
    """A finding of January."""
    return lambda c: c.finding(code, "2026-01-10", region=region, side=side, present=present)


def lab(name: str, number: float, day: str = "2026-01-10") -> Fill:
    """A laboratory value."""
    return lambda c: c.lab(name, day, number)


def taken(name: str) -> Fill:
    """A medicine in use."""
    return lambda c: c.medicine(name, "2025-06-01")


def trochanter() -> Chart:
    """A left trochanteric bursa that did not answer."""
    return failed("trochanteric", "left", reason="trochanteric bursitis")


def puzzling_knee() -> Chart:
    """A left knee with strong pain and no disease coded."""
    return failed(reason="knee pain", before=8, after=8)


def numbed_shoulder(after: float) -> Chart:
    """A right subacromial space, another disease found since, and what the anaesthetic did within the hour."""
    chart = Chart("F62")
    because = chart.condition("subacromial bursitis", side="right", site="shoulder")
    chart.condition("shoulder OA", side="right", recorded="2026-02-01")
    chart.injection(
        f"{GIVEN}T10:00:00Z", region="subacromial", side="right", guidance="guided", la_ml=4, reason=because
    )
    for moment, score in ((f"{GIVEN}T09:30:00Z", 8), (f"{GIVEN}T11:00:00Z", after), (JUDGED, 8)):
        chart.pain(moment, score, region="subacromial", side="right")
    return chart


def interrupted_hip(state: str) -> Chart:
    """A right hip whose procedure was stopped, or was not; the steroid was given."""
    chart = hip(day="2025-11-20", judged="2026-01-05", guidance="unknown")
    next(r for r in chart.resources if r["resourceType"] == "Procedure")["status"] = state
    return chart


def relief_lost() -> Chart:
    """A left knee that was better for some weeks."""
    chart = failed(day="2025-12-01", judged="2025-12-29", after=3)
    chart.pain("2026-02-09", 7, region="knee", side="left")
    return chart


def earlier(*days: str) -> list[Fill]:
    """Injections of the right lateral elbow before the last one."""

    def injected(day: str) -> Fill:
        return lambda c: c.injection(day, region="elbow-lateral", side="right", reason=c.resources[1])

    return [injected(day) for day in days]


DIABETES = wrong("type 2 diabetes")
NEUROPATHY = wrong("polyneuropathy")
ARTERIES = wrong("peripheral arterial disease")
LOCKS = sign("mechanical-locking", "knee", "left")
DOES_NOT_LOCK = sign("mechanical-locking", "knee", "left", present=False)
SOME_ARTHRITIS = imaged("knee radiograph", "knee", "left", found="kl-2", day="2025-12-01")
NERVE_SIGNS = [scored("DN4", 4), sign("numbness", "elbow", "right"), sign("burning-pain", "elbow", "right")]
NORMAL_KNEE = imaged("knee radiograph", "knee", "left", found="kl-0", day="2025-12-01")

LEADS: Pairs = {
    "W1.1": (made(shoulder, neck()), made(shoulder, neck("left"))),
    "W1.5": (made(puzzling_knee, NORMAL_KNEE), made(puzzling_knee, SOME_ARTHRITIS)),
    "W1.6": (lambda: numbed_shoulder(7), lambda: numbed_shoulder(2)),
    "W1.7": (made(shoulder, neck()), made(shoulder, neck("left"))),
    "W2.1": (lambda: interrupted_hip("stopped"), lambda: interrupted_hip("completed")),
    "W5.2": (made(elbow, *earlier("2025-05-05", "2025-09-08")), made(elbow, *earlier("2025-09-08"))),
    "W7a.4": (made(elbow, *NERVE_SIGNS), made(elbow, *NERVE_SIGNS, NEUROPATHY)),
    "W7b.4": (
        made(relief_lost, LOCKS, sign("giving-way", "knee", "left")),
        made(relief_lost, LOCKS, sign("giving-way", "knee", "left"), wrong("meniscal tear", side="left")),
    ),
    "W1.2": (made(shoulder, neck()), made(lambda: shoulder(day="2026-02-02", judged="2026-02-23"), neck())),
    "W1.3": (
        made(shoulder, wrong("neck pain")),
        made(lambda: shoulder(day="2026-02-02", judged="2026-02-23"), wrong("neck pain")),
    ),
    "W1.4": (made(shoulder, neck()), made(shoulder, neck("left"))),
    "W1.8": (made(shoulder, wrong("neck pain")), made(shoulder, wrong("low back pain"))),
    "W4.1": (made(lambda: hip(guidance="unguided"), scored("BMI", 36)), made(hip, scored("BMI", 36))),
    "W4.2": (lambda: hip(guidance="unguided"), hip),
    "W5.1": (
        made(failed, wrong("rheumatoid arthritis"), lab("CRP", 30)),
        made(failed, wrong("rheumatoid arthritis"), lab("CRP", 4)),
    ),
    "W5.3": (
        made(hip, wrong("hip osteonecrosis", side="right", recorded="2026-02-01")),
        made(hip, wrong("hip osteonecrosis", side="left", recorded="2026-02-01")),
    ),
    "W6.1": (made(failed, DIABETES, lab("HbA1c", 8.0)), made(failed, DIABETES, lab("HbA1c", 7.2))),
    "W6.2": (made(failed, DIABETES, lab("HbA1c", 8.0)), made(failed, DIABETES, lab("HbA1c", 7.2))),
    "W6.3": (made(failed, DIABETES), made(failed, DIABETES, lab("HbA1c", 7.2, "2026-01-02"))),
    "W6.4": (made(failed, taken("carbamazepine")), made(failed, taken("gabapentin"))),
    "W6.5": (made(failed, taken("cobicistat")), made(failed, taken("carbamazepine"))),
    "W6.6": (made(failed, scored("PHQ-9", 10)), made(failed, scored("PHQ-9", 9))),
    "W6.7": (made(failed, wrong("depression")), made(failed, wrong("depression", verified="refuted"))),
    "W6.8": (made(failed, scored("BMI", 35)), made(shoulder, scored("BMI", 35))),
    "W7a.1": (made(elbow, scored("DN4", 4)), made(elbow, scored("DN4", 3))),
    "W7a.8": (
        made(elbow, sign("allodynia", "elbow", "right")),
        made(elbow, sign("allodynia", "elbow", "right", present=False)),
    ),
    "W7a.2": (made(heel, NEUROPATHY), made(heel, wrong("polyneuropathy", verified="refuted"))),
    "W7a.3": (
        made(thumb, wrong("carpal tunnel syndrome", side="left")),
        made(thumb, wrong("carpal tunnel syndrome", side="right")),
    ),
    "W7a.5": (made(heel, NEUROPATHY), made(heel, NEUROPATHY, wrong("sciatica", side="right"))),
    "W7a.6": (made(lambda: back(ROOT), treated("lumbar", None)), lambda: back(ROOT)),
    "W7a.7": (made(heel, NEUROPATHY), made(failed, NEUROPATHY)),
    "W7b.1": (made(failed, LOCKS), made(failed, DOES_NOT_LOCK)),
    "W7b.2": (
        made(elbow, sign("mechanical-locking", "elbow", "right")),
        made(elbow, sign("mechanical-locking", "elbow", "right"), imaged("elbow MRI", "elbow", "right")),
    ),
    "W7b.3": (made(failed, LOCKS), made(failed, DOES_NOT_LOCK)),
    "W7c.1": (
        made(trochanter, wrong("myofascial pain", site="hip region", side="left")),
        made(trochanter, wrong("myofascial pain", site="hip region", side="right")),
    ),
    "W7c.2": (
        made(trochanter, wrong("myofascial pain", site="hip region", side="left")),
        made(trochanter, wrong("myofascial pain", site="hip region", side="right")),
    ),
    "W7d.1": (made(failed, ARTERIES), made(shoulder, ARTERIES)),
    "W7d.2": (
        lambda: back("lumbar stenosis with neurogenic claudication"), lambda: back("lumbar stenosis"),
    ),
    "W7d.3": (made(failed, ARTERIES), made(shoulder, ARTERIES)),
    "W7d.4": (
        made(shoulder, wrong("thoracic outlet syndrome", side="right")),
        made(shoulder, wrong("thoracic outlet syndrome", side="left")),
    ),
    "W7e.1": (made(failed, wrong("psoriasis")), made(failed, wrong("psoriasis", verified="entered-in-error"))),
    "W7e.2": (made(failed, wrong("gout")), made(failed, wrong("psoriasis"))),
    "W8.1": (
        lambda: failed(day="2026-02-17", judged="2026-03-02"), lambda: failed(day="2025-12-15", judged="2026-01-20"),
    ),
    "WJ.2": (made(failed, grade(3)), made(failed, grade(2))),
    "WJ.3": (
        made(failed, wrong("meniscal tear", side="left")), made(failed, wrong("meniscal tear", side="right")),
    ),
    "WJ.1": (made(failed, wrong("artificial knee", side="left")), made(failed, wrong("artificial knee", side="right"))),
}  # fmt: skip
