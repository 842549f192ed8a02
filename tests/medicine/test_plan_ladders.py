"""Each rung of the four ladders: a chart that opens it, and a near miss that does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.charts import Chart
from tests.medicine.planning import (
    back,
    block,
    elbow,
    exercise,
    facet,
    failed,
    hip,
    plan,
    shoulder,
    status,
    suggested,
    wrist_nerve,
)

Build = Callable[[], Chart]


def with_(chart: Chart, *doings: Callable[[Chart], object]) -> Chart:
    for doing in doings:
        doing(chart)
    return chart


def grade(found: int, region: str = "knee", side: str = "left", day: str = "2025-11-01") -> Callable[[Chart], object]:
    return lambda c: c.report(f"{region} radiograph", day, found=f"kl-{found}", region=region, side=side)


def bmi(value: float) -> Callable[[Chart], object]:
    return lambda c: c.measure("BMI", "2025-12-15", value, category="vital-signs")


def trained(c: Chart) -> object:
    return exercise(c)


def therapy(region: str, side: str | None, start: str, end: str) -> Callable[[Chart], object]:
    return lambda c: c.therapy("physical therapy", start, end, region=region, side=side)


OPEN = {
    # Ladder J, the knee, the hip, the hand
    "J1 radiograph, none within 12 months": (lambda: failed(), "imaging-radiograph", "suggested"),
    "J1 radiograph of last year": (lambda: with_(failed(), grade(2)), "imaging-radiograph", "already-done"),
    "J1 MRI is named": (lambda: failed(), "imaging-mri", "mentioned"),
    "J1 CT stands in for MRI": (lambda: failed(), "imaging-ct", "mentioned"),
    "J1 CT after a recent MRI": (
        lambda: with_(failed(), lambda c: c.report("knee MRI", "2026-01-10", region="knee", side="left")),
        "imaging-ct",
        "not-eligible",
    ),
    "J1 look again at the diagnosis": (lambda: failed(), "reassess-diagnosis", "mentioned"),
    "J1 diagnostic block": (lambda: failed(), "diagnostic-block", "mentioned"),
    "J2 exercise not tried": (lambda: failed(), "physical-therapy", "suggested"),
    "J2 exercise tried for eight weeks": (lambda: with_(failed(), trained), "physical-therapy", "already-done"),
    "J2 hand therapy at the thumb base": (
        lambda: failed("thumb-cmc", "left", reason="thumb CMC OA"),
        "hand-therapy",
        "suggested",
    ),
    "J2 hand therapy is none for the knee": (lambda: failed(), "hand-therapy", "absent"),
    "J3 brace after exercise": (lambda: with_(failed(), trained), "bracing-orthosis", "suggested"),
    "J3 brace before exercise": (lambda: failed(), "bracing-orthosis", "mentioned"),
    "J3 no brace for the shoulder joint": (
        lambda: failed("glenohumeral", "right", reason="shoulder OA"),
        "bracing-orthosis",
        "absent",
    ),
    "J3 weight, BMI 26": (lambda: with_(failed(), bmi(26)), "weight-management", "mentioned"),
    "J3 weight, BMI 24": (lambda: with_(failed(), bmi(24)), "weight-management", "not-eligible"),
    "J3 weight, BMI unknown": (lambda: failed(), "weight-management", "not-eligible"),
    "J3 activity": (lambda: failed(), "activity-modification", "mentioned"),
    "J4 review of medicines after exercise and brace": (
        lambda: with_(failed(), trained, lambda c: c.therapy("knee brace", "2025-10-01", side="left")),
        "medication-review",
        "suggested",
    ),
    "J4 an anti-inflammatory medicine is in use": (
        lambda: with_(failed(), lambda c: c.medicine("naproxen", "2024-01-05")),
        "medication-review",
        "already-done",
    ),
    "J4 nerve medicines without a nerve source": (lambda: failed(), "neuropathic-medication-review", "not-eligible"),
    "J5 hyaluronate at the knee": (lambda: failed(), "viscosupplementation", "mentioned"),
    "J5 hyaluronate at the hip does not exist": (lambda: hip(), "viscosupplementation", "absent"),
    "J5 hyaluronate in a replaced knee": (
        lambda: with_(failed(), lambda c: c.condition("artificial knee", side="left")),
        "viscosupplementation",
        "not-eligible",
    ),
    "J5 platelets in a joint": (lambda: failed(), "prp", "not-eligible"),
    "J5 prolotherapy in a joint": (lambda: failed(), "prolotherapy", "not-eligible"),
    "J6 genicular block after exercise and three months": (
        lambda: with_(failed(day="2025-11-03", judged="2025-12-15"), trained),
        "genicular-block",
        "mentioned",
    ),
    "J6 genicular block without exercise": (
        lambda: failed(day="2025-11-03", judged="2025-12-15"),
        "genicular-block",
        "not-eligible",
    ),
    "J6 genicular block after seven weeks of pain": (
        lambda: with_(failed(day="2026-01-12", judged="2026-02-09"), trained),
        "genicular-block",
        "not-eligible",
    ),
    "J6 genicular ablation after a block with 60 % relief": (
        lambda: with_(
            failed(), lambda c: block(c, "2026-02-01", 60, name="genicular block", region="knee", side="left")
        ),
        "radiofrequency-ablation",
        "mentioned",
    ),
    "J6 genicular ablation after a block with 40 % relief": (
        lambda: with_(
            failed(), lambda c: block(c, "2026-02-01", 40, name="genicular block", region="knee", side="left")
        ),
        "radiofrequency-ablation",
        "not-eligible",
    ),
    "J6 genicular ablation without a block": (lambda: failed(), "radiofrequency-ablation", "not-eligible"),
    "J7 opinion at grade 4 and pain 7": (lambda: with_(failed(), grade(4)), "referral-orthopedic-surgery", "suggested"),
    "J7 opinion at grade 3": (lambda: with_(failed(), grade(3)), "referral-orthopedic-surgery", "suggested"),
    "J7 no opinion at grade 2": (lambda: with_(failed(), grade(2)), "referral-orthopedic-surgery", "not-eligible"),
    "J7 no opinion at grade 4 with pain 3": (
        lambda: with_(failed(before=4, after=3), grade(4)),
        "referral-orthopedic-surgery",
        "not-eligible",
    ),
    "J7 opinion for a meniscal tear": (
        lambda: with_(failed(), lambda c: c.condition("meniscal tear", side="left")),
        "referral-orthopedic-surgery",
        "suggested",
    ),
    "J7 hand surgery for the thumb base": (
        lambda: with_(
            failed("thumb-cmc", "left", reason="thumb CMC OA"),
            lambda c: c.measure("Kellgren-Lawrence grade", "2025-11-01", 4, region="thumb-cmc", side="left"),
        ),
        "referral-hand-surgery",
        "suggested",
    ),
    "J7 foot and ankle surgery without damage": (
        lambda: failed("ankle", "left", reason="ankle OA"),
        "referral-foot-ankle",
        "not-eligible",
    ),
    "J7 joint replacement at grade 4": (lambda: with_(failed(), grade(4)), "surgery.joint-replacement", "mentioned"),
    "J7 joint replacement at grade 2": (lambda: with_(failed(), grade(2)), "surgery.joint-replacement", "not-eligible"),
    "J7 arthroscopy of a degenerative knee": (
        lambda: with_(failed(), lambda c: c.condition("meniscal tear", side="left")),
        "surgery.arthroscopy",
        "not-eligible",
    ),
    # Ladder T, tendon and bursa
    "T1 ultrasound": (lambda: elbow(), "imaging-ultrasound", "suggested"),
    "T1 ultrasound after a recent MRI": (
        lambda: with_(elbow(), lambda c: c.report("elbow MRI", "2026-01-10", region="elbow", side="right")),
        "imaging-ultrasound",
        "not-eligible",
    ),
    "T2 loading not tried": (lambda: elbow(), "physical-therapy", "suggested"),
    "T2 loading tried": (
        lambda: with_(elbow(), therapy("elbow", "right", "2025-09-01", "2025-11-01")),
        "physical-therapy",
        "already-done",
    ),
    "T2 hand therapy for de Quervain": (
        lambda: failed("de-quervain", "right", reason="de Quervain", site="wrist region"),
        "hand-therapy",
        "suggested",
    ),
    "T3 brace after loading": (
        lambda: with_(elbow(), therapy("elbow", "right", "2025-09-01", "2025-11-01")),
        "bracing-orthosis",
        "suggested",
    ),
    "T3 no brace for the subacromial space": (lambda: shoulder(), "bracing-orthosis", "absent"),
    "T3 trigger points with a muscle source": (
        lambda: with_(shoulder(), lambda c: c.condition("myofascial pain", site="shoulder", side="right")),
        "trigger-point-injection",
        "mentioned",
    ),
    "T3 trigger points without one": (lambda: shoulder(), "trigger-point-injection", "not-eligible"),
    "T4 platelets at the lateral elbow": (lambda: elbow(), "prp", "mentioned"),
    "T4 platelets at the shoulder": (lambda: shoulder(), "prp", "not-eligible"),
    "T5 prolotherapy for a tendon": (lambda: elbow(), "prolotherapy", "mentioned"),
    "T5 prolotherapy for a bursa": (lambda: shoulder(), "prolotherapy", "not-eligible"),
    "T6 opinion for a full-thickness tear": (
        lambda: with_(shoulder(), lambda c: c.condition("full-thickness cuff tear", side="right")),
        "referral-orthopedic-surgery",
        "suggested",
    ),
    "T6 repair for a full-thickness tear": (
        lambda: with_(shoulder(), lambda c: c.condition("full-thickness cuff tear", side="right")),
        "surgery.tendon-repair",
        "mentioned",
    ),
    "T6 tear of the other shoulder": (
        lambda: with_(shoulder(), lambda c: c.condition("full-thickness cuff tear", side="left")),
        "referral-orthopedic-surgery",
        "not-eligible",
    ),
    "T6 opinion seven months after therapy began": (
        lambda: with_(elbow(), therapy("elbow", "right", "2025-07-20", "2025-10-20")),
        "referral-orthopedic-surgery",
        "suggested",
    ),
    "T6 five months after therapy began": (
        lambda: with_(elbow(), therapy("elbow", "right", "2025-10-01", "2025-12-10")),
        "referral-orthopedic-surgery",
        "not-eligible",
    ),
    # Ladder N, carpal and cubital tunnel
    "N1 nerve study": (lambda: wrist_nerve(), "nerve-conduction-study", "suggested"),
    "N1 nerve study of January": (
        lambda: with_(
            wrist_nerve(),
            lambda c: c.report(
                "nerve study", "2026-01-20", found="nerve-study-abnormal", region="carpal-tunnel", side="left"
            ),
        ),
        "nerve-conduction-study",
        "already-done",
    ),
    "N2 splint": (lambda: wrist_nerve(), "bracing-orthosis", "suggested"),
    "N2 splint is worn, so hand therapy": (
        lambda: with_(wrist_nerve(), lambda c: c.therapy("wrist brace", "2025-12-20", side="left")),
        "hand-therapy",
        "suggested",
    ),
    "N3 nerve medicines": (lambda: wrist_nerve(), "neuropathic-medication-review", "mentioned"),
    "N4 hand surgery for a confirmed entrapment": (lambda: wrist_nerve(), "referral-hand-surgery", "suggested"),
    "N4 decompression": (lambda: wrist_nerve(), "surgery.decompression", "mentioned"),
    "N4 no hand surgery for pain alone": (
        lambda: failed("carpal-tunnel", "left", reason="wrist pain"),
        "referral-hand-surgery",
        "not-eligible",
    ),
    "N5 block": (lambda: wrist_nerve(), "diagnostic-block", "mentioned"),
    "N5 pain medicine": (lambda: wrist_nerve(), "referral-pain-medicine", "mentioned"),
    "N6 ablation without blocks": (lambda: wrist_nerve(), "radiofrequency-ablation", "not-eligible"),
    "N7 stimulation after seven weeks": (lambda: wrist_nerve(), "spinal-cord-stimulation", "not-eligible"),
    # Ladder B, back and neck
    "B1 MRI after six weeks of care": (lambda: back(), "imaging-mri", "suggested"),
    "B1 MRI after four weeks of care": (
        lambda: back(day="2026-02-02", judged="2026-02-23"),
        "imaging-mri",
        "not-eligible",
    ),
    "B1 MRI of last summer": (
        lambda: with_(back(), lambda c: c.report("lumbar MRI", "2025-07-01", region="lumbar")),
        "imaging-mri",
        "already-done",
    ),
    "B1 nerve study is named": (lambda: back(), "nerve-conduction-study", "mentioned"),
    "B2 exercise": (lambda: back(), "physical-therapy", "suggested"),
    "B2 ergonomics": (lambda: back(), "ergonomics", "mentioned"),
    "B2 traction with its caveat": (lambda: back(), "traction", "mentioned"),
    "B2 dry needling without a muscle source": (lambda: back(), "dry-needling", "not-eligible"),
    "B2 dry needling with a muscle source": (
        lambda: with_(back(), lambda c: c.condition("myofascial pain", site="low back")),
        "dry-needling",
        "mentioned",
    ),
    "B3 review of medicines after exercise": (
        lambda: with_(back(), therapy("lumbar", None, "2025-09-01", "2025-11-01")),
        "medication-review",
        "suggested",
    ),
    "B3 nerve medicines for sciatica": (
        lambda: back("lumbar radiculopathy"),
        "neuropathic-medication-review",
        "not-eligible",
    ),
    "B4 root block for a root disorder": (
        lambda: back("lumbar radiculopathy"),
        "selective-nerve-root-block",
        "mentioned",
    ),
    "B4 root block for back pain": (lambda: back(), "selective-nerve-root-block", "not-eligible"),
    "B4 trigger points for back pain": (lambda: back(), "trigger-point-injection", "not-eligible"),
    "B4 pain medicine for a facet after exercise": (
        lambda: with_(facet(), therapy("lumbar", None, "2025-09-01", "2025-11-01")),
        "referral-pain-medicine",
        "suggested",
    ),
    "B4 pain medicine before exercise": (lambda: facet(), "referral-pain-medicine", "not-eligible"),
    "B5 platelets in the spine": (lambda: back(), "prp", "not-eligible"),
    "B5 prolotherapy in the spine": (lambda: back(), "prolotherapy", "not-eligible"),
    "B7 spine surgery for severe stenosis": (
        lambda: with_(
            back("lumbar stenosis"),
            lambda c: c.report("lumbar MRI", "2025-11-01", found="stenosis-severe", region="lumbar"),
        ),
        "referral-spine-surgery",
        "suggested",
    ),
    "B7 spine surgery for mild stenosis": (
        lambda: with_(
            back("lumbar stenosis"),
            lambda c: c.report("lumbar MRI", "2025-11-01", found="stenosis-mild", region="lumbar"),
        ),
        "referral-spine-surgery",
        "not-eligible",
    ),
    "B7 severe stenosis after four weeks of care": (
        lambda: with_(
            back("lumbar stenosis", day="2026-02-02", judged="2026-02-23"),
            lambda c: c.report("lumbar MRI", "2025-11-01", found="stenosis-severe", region="lumbar"),
        ),
        "referral-spine-surgery",
        "not-eligible",
    ),
    "B7 decompression for severe stenosis": (
        lambda: with_(
            back("lumbar stenosis"),
            lambda c: c.report("lumbar MRI", "2025-11-01", found="stenosis-severe", region="lumbar"),
        ),
        "surgery.decompression",
        "mentioned",
    ),
    "B7 fusion for a slip": (
        lambda: with_(back(), lambda c: c.condition("spondylolisthesis")),
        "surgery.fusion",
        "mentioned",
    ),
    "B7 fusion for back pain": (lambda: back(), "surgery.fusion", "not-eligible"),
    "B7 disc replacement, never": (
        lambda: with_(back(), lambda c: c.condition("lumbar disc herniation")),
        "surgery.disc-replacement",
        "not-eligible",
    ),
}


@pytest.mark.parametrize(("build", "step", "wanted"), OPEN.values(), ids=OPEN.keys())
def test_rung(build: Build, step: str, wanted: str) -> None:
    assert status(build(), step) == wanted


def test_a_rung_that_is_not_open_says_why() -> None:
    closed = [s for s in plan(failed()).values() if s.status == "not-eligible"]
    assert closed
    assert all(len(step.says) > 20 for step in closed)
    assert not any(step.says.startswith("Nothing in the record calls") for step in closed)


def test_what_is_not_known_is_named_and_never_taken_for_no() -> None:
    weight = plan(failed())["weight-management"]
    assert weight.says == "Could not be judged; the record does not say: body mass index."


def test_conditions_that_were_not_read_leave_a_tear_open() -> None:
    opinion = plan(elbow(), gaps={"Condition": "not sent"})["referral-orthopedic-surgery"]
    assert opinion.status == "not-eligible"
    assert "does not say: whether a tendon is torn" in opinion.says


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (failed, "AAOS: not for routine use"),
        (back, "antiepileptic kind"),
        (elbow, "worse at about 6 months"),
        (wrist_nerve, "no long-term improvement"),
    ],
    ids=["hyaluronate", "sciatica", "tennis elbow", "carpal tunnel"],
)
def test_the_caveat_of_guidance_stands_beside_the_option(chart: Build, words: str) -> None:
    assert any(words in step.caveat for step in plan(chart()).values())


def test_at_most_three_rungs_and_one_recommended() -> None:
    chart = with_(failed(), grade(4, day="2024-11-01"))
    assert suggested(chart) == ["referral-orthopedic-surgery", "physical-therapy", "imaging-radiograph"]
    assert [s.recommended for s in plan(chart).values()].count(True) == 1


def test_hyaluronate_comes_last_of_what_is_named() -> None:
    named = [s.id for s in plan(failed()).values() if s.status == "mentioned"]
    assert named[-1] == "viscosupplementation"
