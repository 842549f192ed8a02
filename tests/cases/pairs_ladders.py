"""Pairs of the rungs: each in a chart that opens it, and one that misses it by one thing.

A rung without a condition of its own is missed where the injection helped: then there is no plan at all.
"""

from __future__ import annotations

from typing import Any

from tests.cases.pairs import Build, Fill, Pairs, made
from tests.charts import Chart
from tests.medicine.planning import (
    back,
    block,
    elbow,
    exercise,
    facet,
    failed,
    shoulder,
    wrist_nerve,
)


def thumb(**more: Any) -> Chart:
    """A left thumb base that did not answer."""
    return failed("thumb-cmc", "left", reason="thumb CMC OA", **more)


def ankle(**more: Any) -> Chart:
    """A left ankle that did not answer."""
    return failed("ankle", "left", reason="ankle OA", **more)


def dorsal(**more: Any) -> Chart:
    """A right first dorsal compartment that did not answer."""
    return failed("de-quervain", "right", reason="de Quervain", site="wrist region", **more)


def heel(**more: Any) -> Chart:
    """A right plantar fascia that did not answer."""
    return failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot", **more)


def helped(build: Any) -> Build:
    """The same site, where the injection helped."""
    return lambda: build(after=1)


def whenever(build: Any) -> tuple[Build, Build]:
    """The pair of a rung that is open wherever an injection of such a site did not help."""
    return build, helped(build)


def scored(name: str, number: float, **more: Any) -> Fill:
    """A measure of January."""
    return lambda c: c.measure(name, "2026-01-10", number, **more)


def grade(found: int, region: str = "knee", side: str = "left") -> Fill:
    """A Kellgren-Lawrence grade."""
    return lambda c: c.measure("Kellgren-Lawrence grade", "2025-11-01", found, region=region, side=side)


def wrong(name: str, **more: Any) -> Fill:
    """A condition."""
    return lambda c: c.condition(name, **more)


def imaged(name: str, region: str, side: str | None = None, *, found: str = "", day: str = "2026-01-10") -> Fill:
    """A report of imaging."""
    return lambda c: c.report(name, day, found=found, region=region, side=side)


def treated(region: str | None, side: str | None, start: str = "2025-09-01", end: str = "2025-11-01") -> Fill:
    """Physical therapy."""
    return lambda c: c.therapy("physical therapy", start, end, region=region, side=side)


def braced(name: str) -> Fill:
    """A brace of the left side."""
    return lambda c: c.therapy(name, "2025-12-20", side="left")


def blocked(*reliefs: float, **place: str) -> Fill:
    """Diagnostic blocks a week apart, with the relief that each gave."""
    return lambda c: [block(c, f"2026-02-{7 * n + 1:02}", relief, **place) for n, relief in enumerate(reliefs)]


ARTIFICIAL = wrong("artificial knee", side="left")
MRI_KNEE = imaged("knee MRI", "knee", "left")
MRI_BACK = imaged("lumbar MRI", "lumbar")
TORN = wrong("full-thickness cuff tear", side="right")
TORN_ELSEWHERE = wrong("full-thickness cuff tear", side="left")
MUSCLE = wrong("myofascial pain", site="shoulder", side="right")
MUSCLE_ELSEWHERE = wrong("myofascial pain", site="shoulder", side="left")
NUMB_FEET = wrong("diabetic polyneuropathy")
ROOT = "lumbar radiculopathy"
GENICULAR = {"name": "genicular block", "region": "knee", "side": "left"}
LONG_AGO: dict[str, Any] = {"day": "2025-11-03", "judged": "2025-12-15"}
HALF_A_YEAR: dict[str, Any] = {"day": "2025-07-14", "judged": "2025-09-01"}


def neuropathic(doing: Fill, base: Any = back) -> Build:
    """A root disorder for more than six months with pain of 7."""
    return made(lambda: base(ROOT, **HALF_A_YEAR) if base is back else base(**HALF_A_YEAR), doing)


STENOSIS = made(lambda: back("lumbar stenosis"), imaged("lumbar MRI", "lumbar", found="stenosis-severe"))
MILD_STENOSIS = made(lambda: back("lumbar stenosis"), imaged("lumbar MRI", "lumbar", found="stenosis-mild"))

JOINT: Pairs = {
    "J1-reassess-diagnosis": whenever(failed),
    "J1-imaging-radiograph": (failed, made(failed, imaged("knee radiograph", "knee", "left"))),
    "J1-imaging-mri": (failed, made(failed, MRI_KNEE)),
    "J1-imaging-ultrasound": (failed, made(failed, MRI_KNEE)),
    "J1-imaging-ct": (failed, made(failed, MRI_KNEE)),
    "J1-diagnostic-block": (failed, made(failed, ARTIFICIAL)),
    "J1-follow-up-visit": whenever(failed),
    "J2-physical-therapy": (failed, made(failed, ARTIFICIAL)),
    "J2-hand-therapy": (thumb, failed),
    "J3-bracing-orthosis": (failed, made(failed, ARTIFICIAL)),
    "J3-weight-management": (made(failed, scored("BMI", 25)), made(failed, scored("BMI", 24.9))),
    "J3-activity-modification": whenever(failed),
    "J4-medication-review": (failed, made(failed, ARTIFICIAL)),
    "J4-neuropathic-medication-review": (made(failed, scored("DN4", 4)), made(failed, scored("DN4", 3))),
    "J5-viscosupplementation": (failed, made(failed, ARTIFICIAL)),
    "J6-genicular-block": (
        made(lambda: failed(**LONG_AGO), lambda c: exercise(c)),
        made(lambda: failed(**LONG_AGO), lambda c: exercise(c, side="right")),
    ),
    "J6-radiofrequency-ablation": (made(failed, blocked(50, **GENICULAR)), made(failed, blocked(49, **GENICULAR))),
    "J7-referral-orthopedic-surgery": (made(failed, grade(3)), made(failed, grade(2))),
    "J7-referral-hand-surgery": (made(thumb, grade(3, "thumb-cmc")), made(thumb, grade(2, "thumb-cmc"))),
    "J7-referral-foot-ankle": (made(ankle, grade(3, "ankle")), made(ankle, grade(2, "ankle"))),
    "J7-surgery.joint-replacement": (made(failed, grade(3)), made(failed, grade(3, side="right"))),
    "J7-surgery.arthroscopy": (
        made(lambda: failed("glenohumeral", "right", reason="shoulder OA"), TORN),
        made(failed, wrong("meniscal tear", side="left")),
    ),
}

TENDON: Pairs = {
    "T1-reassess-diagnosis": whenever(elbow),
    "T1-imaging-ultrasound": (elbow, made(elbow, imaged("elbow MRI", "elbow", "right"))),
    "T1-imaging-mri": (elbow, made(elbow, imaged("elbow MRI", "elbow", "right"))),
    "T1-imaging-radiograph": whenever(elbow),
    "T1-diagnostic-block": (heel, made(heel, NUMB_FEET)),
    "T1-follow-up-visit": whenever(elbow),
    "T2-physical-therapy": (elbow, made(elbow, treated("elbow", "right"))),
    "T2-hand-therapy": (dorsal, elbow),
    "T3-bracing-orthosis": (heel, made(heel, NUMB_FEET)),
    "T3-activity-modification": whenever(elbow),
    "T3-ergonomics": whenever(elbow),
    "T3-trigger-point-injection": (made(shoulder, MUSCLE), made(shoulder, MUSCLE_ELSEWHERE)),
    "T3-neuropathic-medication-review": (made(elbow, scored("DN4", 4)), made(elbow, scored("DN4", 3))),
    "T4-prp": (elbow, shoulder),
    "T4-referral-sports-medicine": whenever(elbow),
    "T5-prolotherapy": (heel, made(heel, NUMB_FEET)),
    "T6-referral-orthopedic-surgery": (made(shoulder, TORN), made(shoulder, TORN_ELSEWHERE)),
    "T6-referral-hand-surgery": (
        made(dorsal, treated("wrist region", "right", "2025-08-20")), made(dorsal, treated("wrist region", "right")),
    ),
    "T6-referral-foot-ankle": (
        made(heel, treated("foot", "right", "2025-08-20")),
        made(heel, treated("foot", "right", "2025-10-20", "2025-12-10")),
    ),
    "T6-surgery.tendon-repair": (made(shoulder, TORN), made(shoulder, TORN_ELSEWHERE)),
}  # fmt: skip

NERVE: Pairs = {
    "N1-reassess-diagnosis": whenever(wrist_nerve),
    "N1-nerve-conduction-study": (
        wrist_nerve, made(wrist_nerve, imaged("nerve study", "carpal-tunnel", "left", found="nerve-study-abnormal")),
    ),
    "N1-imaging-ultrasound": whenever(wrist_nerve),
    "N1-follow-up-visit": whenever(wrist_nerve),
    "N2-bracing-orthosis": (wrist_nerve, made(wrist_nerve, braced("wrist brace"))),
    "N2-hand-therapy": (wrist_nerve, made(wrist_nerve, treated("wrist region", "left"))),
    "N2-ergonomics": whenever(wrist_nerve),
    "N3-neuropathic-medication-review": (
        wrist_nerve, lambda: failed("carpal-tunnel", "left", reason="wrist pain"),
    ),
    "N4-referral-hand-surgery": (wrist_nerve, lambda: failed("carpal-tunnel", "left", reason="wrist pain")),
    "N4-surgery.decompression": (wrist_nerve, lambda: failed("carpal-tunnel", "left", reason="wrist pain")),
    "N5-diagnostic-block": whenever(wrist_nerve),
    "N5-referral-pain-medicine": whenever(wrist_nerve),
    "N6-radiofrequency-ablation": (
        made(lambda: wrist_nerve(**LONG_AGO), blocked(60, 55, region="wrist region", side="left")),
        made(lambda: wrist_nerve(**LONG_AGO), blocked(60, 45, region="wrist region", side="left")),
    ),
    "N7-spinal-cord-stimulation": (
        neuropathic(lambda c: c, wrist_nerve), neuropathic(wrong("tobacco"), lambda **_: wrist_nerve(**LONG_AGO)),
    ),
    "N7-drg-stimulation": (
        neuropathic(lambda c: c, wrist_nerve), neuropathic(wrong("tobacco"), lambda **_: wrist_nerve(**LONG_AGO)),
    ),
}  # fmt: skip

SPINE: Pairs = {
    "B1-reassess-diagnosis": whenever(back),
    "B1-imaging-mri": (back, lambda: back(day="2026-02-02", judged="2026-02-23")),
    "B1-imaging-ct": (back, lambda: back(day="2026-02-02", judged="2026-02-23")),
    "B1-nerve-conduction-study": whenever(back),
    "B1-follow-up-visit": whenever(back),
    "B2-physical-therapy": (back, made(back, treated("lumbar", None))),
    "B2-weight-management": (made(back, scored("BMI", 25)), made(back, scored("BMI", 24.9))),
    "B2-ergonomics": whenever(back),
    "B2-activity-modification": whenever(back),
    "B2-dry-needling": (made(back, wrong("myofascial pain", site="low back")), back),
    "B2-traction": whenever(back),
    "B3-medication-review": (back, made(back, lambda c: c.medicine("naproxen", "2025-06-01"))),
    "B3-neuropathic-medication-review": (
        made(back, scored("DN4", 4)), made(back, scored("DN4", 4), wrong("sciatica", side="left")),
    ),
    "B4-diagnostic-block": (made(facet, blocked(85, 79)), made(facet, blocked(85, 80))),
    "B4-selective-nerve-root-block": (lambda: back(ROOT), back),
    "B4-trigger-point-injection": (made(back, wrong("myofascial pain", site="low back")), back),
    "B4-referral-pain-medicine": (made(facet, treated("lumbar", None)), facet),
    "B5-radiofrequency-ablation": (
        made(lambda: facet(**HALF_A_YEAR), blocked(85, 50)), made(lambda: facet(**HALF_A_YEAR), blocked(85, 49)),
    ),
    "B6-spinal-cord-stimulation": (neuropathic(lambda c: c), lambda: back(ROOT, **LONG_AGO)),
    "B6-drg-stimulation": (neuropathic(lambda c: c), lambda: back(ROOT, **LONG_AGO)),
    "B7-referral-spine-surgery": (STENOSIS, MILD_STENOSIS),
    "B7-surgery.decompression": (STENOSIS, MILD_STENOSIS),
    "B7-surgery.fusion": (made(back, wrong("spondylolisthesis")), made(back, wrong("lumbar disc herniation"))),
}  # fmt: skip

RUNGS: Pairs = {**JOINT, **TENDON, **NERVE, **SPINE}

# Named by the sources and kept visible, but opened by no chart: the chart that would tempt most.
CLOSED: dict[str, Build] = {
    "J5-prp": made(failed, grade(4)),
    "J5-prolotherapy": made(failed, grade(4)),
    "B5-prp": lambda: back("lumbar disc herniation"),
    "B5-prolotherapy": made(back, wrong("spondylolisthesis")),
    "B7-surgery.disc-replacement": lambda: back("lumbar disc herniation"),
}
