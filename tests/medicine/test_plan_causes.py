"""What each cause leads to (clinical model 2.2): the test that would settle it, and the people to ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.charts import Chart
from tests.medicine.planning import back, elbow, exercise, failed, hip, plan, shoulder, status, statuses, suggested

Fill = Callable[[Chart], object]


def neck(recorded: str = "2026-01-30", **more: str) -> Fill:
    return lambda c: c.condition("cervical radiculopathy", site="cervical", side="right", recorded=recorded, **more)


LEADS: dict[str, tuple[Callable[[], Chart], Fill, str, str]] = {
    # Cause 1, incorrect diagnosis
    "neck that may be felt at the shoulder: MRI of the neck": (shoulder, neck(), "imaging-mri", "suggested"),
    "the same after four weeks of care": (
        lambda: shoulder(day="2026-02-02", judged="2026-02-23"),
        neck(),
        "imaging-mri",
        "mentioned",
    ),
    "the same: rehabilitation medicine": (shoulder, neck(), "referral-pmr", "suggested"),
    "neck of the other side": (
        shoulder,
        lambda c: c.condition("cervical radiculopathy", site="cervical", side="left"),
        "referral-pmr",
        "absent",
    ),
    "neck disorder that was ruled out": (shoulder, neck(verified="refuted"), "referral-pmr", "absent"),
    "neck pain alone: rehabilitation medicine is named only": (
        shoulder,
        lambda c: c.condition("neck pain"),
        "referral-pmr",
        "mentioned",
    ),
    "one sign of nerve pain: nerve study is named only": (
        elbow,
        lambda c: c.finding("allodynia", "2026-01-10", region="elbow", side="right"),
        "nerve-conduction-study",
        "mentioned",
    ),
    "neck pain alone: MRI is named only": (shoulder, lambda c: c.condition("neck pain"), "imaging-mri", "mentioned"),
    "pain and a normal knee do not match: MRI": (
        lambda: failed(after=8),
        lambda c: c.report("knee radiograph", "2025-12-01", found="kl-0", region="knee", side="left"),
        "imaging-mri",
        "mentioned",
    ),
    # Cause 4, delivery
    "unguided hip: review": (lambda: hip(guidance="unguided"), lambda c: c, "image-guided-review", "mentioned"),
    "unguided hip, BMI 36: review": (
        lambda: hip(guidance="unguided"),
        lambda c: c.measure("BMI", "2025-12-15", 36),
        "image-guided-review",
        "suggested",
    ),
    "guided hip, BMI 36": (hip, lambda c: c.measure("BMI", "2025-12-15", 36), "image-guided-review", "absent"),
    # Cause 5, progression
    "active rheumatoid arthritis: rheumatology": (
        failed,
        lambda c: [c.condition("rheumatoid arthritis"), c.lab("CRP", "2026-01-10", 30)],
        "referral-rheumatology",
        "suggested",
    ),
    "osteonecrosis since: orthopaedics": (
        hip,
        lambda c: c.condition("hip osteonecrosis", side="right", recorded="2026-02-01"),
        "referral-orthopedic-surgery",
        "suggested",
    ),
    # Cause 6, patient
    "HbA1c 9.1: primary care": (
        failed,
        lambda c: [c.condition("type 2 diabetes"), c.lab("HbA1c", "2025-12-20", 9.1)],
        "referral-primary-care",
        "suggested",
    ),
    "HbA1c 7.2: no referral": (
        failed,
        lambda c: [c.condition("type 2 diabetes"), c.lab("HbA1c", "2025-12-20", 7.2)],
        "referral-primary-care",
        "absent",
    ),
    "cobicistat: pharmacist": (
        failed,
        lambda c: c.medicine("cobicistat", "2025-06-01"),
        "referral-pharmacist",
        "suggested",
    ),
    "cobicistat: adrenal check": (
        failed,
        lambda c: c.medicine("cobicistat", "2025-06-01"),
        "referral-endocrinology",
        "suggested",
    ),
    "carbamazepine: pharmacist": (
        failed,
        lambda c: c.medicine("carbamazepine", "2025-06-01"),
        "referral-pharmacist",
        "suggested",
    ),
    "carbamazepine: no adrenal check": (
        failed,
        lambda c: c.medicine("carbamazepine", "2025-06-01"),
        "referral-endocrinology",
        "absent",
    ),
    "PHQ-9 of 14: support": (
        failed,
        lambda c: c.measure("PHQ-9", "2026-01-10", 14),
        "referral-behavioral-health",
        "suggested",
    ),
    "PHQ-9 of 9": (failed, lambda c: c.measure("PHQ-9", "2026-01-10", 9), "referral-behavioral-health", "absent"),
    "depression by name only": (
        failed,
        lambda c: c.condition("depression"),
        "referral-behavioral-health",
        "mentioned",
    ),
    "knee and BMI 35: weight": (failed, lambda c: c.measure("BMI", "2025-12-15", 35), "weight-management", "suggested"),
    "shoulder and BMI 35": (shoulder, lambda c: c.measure("BMI", "2025-12-15", 35), "weight-management", "absent"),
    # Cause 7a, nerve
    "polyneuropathy at the heel: neurology": (
        lambda: failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot"),
        lambda c: c.condition("polyneuropathy"),
        "referral-neurology",
        "suggested",
    ),
    "polyneuropathy at the heel: podiatry": (
        lambda: failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot"),
        lambda c: c.condition("polyneuropathy"),
        "referral-podiatry",
        "suggested",
    ),
    "polyneuropathy at the heel: no nerve study": (
        lambda: failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot"),
        lambda c: c.condition("polyneuropathy"),
        "nerve-conduction-study",
        "absent",
    ),
    "polyneuropathy and sciatica: no nerve medicines": (
        lambda: failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot"),
        lambda c: [c.condition("polyneuropathy"), c.condition("sciatica", side="right")],
        "neuropathic-medication-review",
        "mentioned",
    ),
    "entrapment beside a sore thumb: hand surgery": (
        lambda: failed("thumb-cmc", "left", reason="thumb CMC OA"),
        lambda c: c.condition("carpal tunnel syndrome", side="left"),
        "referral-hand-surgery",
        "suggested",
    ),
    "DN4 of 5: nerve study": (
        elbow,
        lambda c: c.measure("DN4", "2026-01-10", 5),
        "nerve-conduction-study",
        "suggested",
    ),
    "DN4 of 3: none": (elbow, lambda c: c.measure("DN4", "2026-01-10", 3), "nerve-conduction-study", "absent"),
    "root pain after exercise: pain medicine": (
        lambda: back("lumbar radiculopathy"),
        lambda c: c.therapy("physical therapy", "2025-09-01", "2025-11-01", region="lumbar"),
        "referral-pain-medicine",
        "suggested",
    ),
    "root pain before exercise": (
        lambda: back("lumbar radiculopathy"),
        lambda c: c,
        "referral-pain-medicine",
        "not-eligible",
    ),
    # Cause 7b, mechanical
    "a locking knee: MRI": (
        failed,
        lambda c: c.finding("mechanical-locking", "2026-01-10", region="knee", side="left"),
        "imaging-mri",
        "suggested",
    ),
    "a knee that does not lock": (
        failed,
        lambda c: c.finding("mechanical-locking", "2026-01-10", region="knee", side="left", present=False),
        "imaging-mri",
        "mentioned",
    ),
    # Cause 7c, muscle
    "muscle pain at the hip: rehabilitation medicine": (
        lambda: failed("trochanteric", "left", reason="trochanteric bursitis"),
        lambda c: c.condition("myofascial pain", site="hip region", side="left"),
        "referral-pmr",
        "suggested",
    ),
    # Cause 7d, vessel
    "arterial disease at the knee: vascular": (
        failed,
        lambda c: c.condition("peripheral arterial disease"),
        "referral-vascular",
        "suggested",
    ),
    "arterial disease at the knee: ankle-brachial index": (
        failed,
        lambda c: c.condition("peripheral arterial disease"),
        "ankle-brachial-index",
        "suggested",
    ),
    "arterial disease and a shoulder": (
        shoulder,
        lambda c: c.condition("peripheral arterial disease"),
        "referral-vascular",
        "absent",
    ),
    "thoracic outlet and a shoulder: vascular": (
        shoulder,
        lambda c: c.condition("thoracic outlet syndrome", side="right"),
        "referral-vascular",
        "suggested",
    ),
    "thoracic outlet: no ankle-brachial index": (
        shoulder,
        lambda c: c.condition("thoracic outlet syndrome", side="right"),
        "ankle-brachial-index",
        "absent",
    ),
    # Cause 7e, systemic
    "gout: rheumatology": (failed, lambda c: c.condition("gout"), "referral-rheumatology", "suggested"),
    "psoriasis: laboratory": (failed, lambda c: c.condition("psoriasis"), "inflammatory-labs", "suggested"),
    "psoriasis: no rheumatology yet": (failed, lambda c: c.condition("psoriasis"), "referral-rheumatology", "absent"),
    # the replaced joint
    "a replaced knee: orthopaedics": (
        failed,
        lambda c: c.condition("artificial knee", side="left"),
        "referral-orthopedic-surgery",
        "suggested",
    ),
    "a replaced knee: no exercise first": (
        failed,
        lambda c: c.condition("artificial knee", side="left"),
        "physical-therapy",
        "not-eligible",
    ),
    "the other knee replaced": (
        failed,
        lambda c: c.condition("artificial knee", side="right"),
        "physical-therapy",
        "suggested",
    ),
}


@pytest.mark.parametrize(("build", "doing", "step", "wanted"), LEADS.values(), ids=LEADS.keys())
def test_lead(build: Callable[[], Chart], doing: Fill, step: str, wanted: str) -> None:
    chart = build()
    doing(chart)
    assert status(chart, step) == wanted


def test_the_neck_is_imaged_and_not_the_shoulder() -> None:
    chart = shoulder()
    neck()(chart)
    step = plan(chart)["imaging-mri"]
    assert step.title == "MRI of the cervical spine"
    assert step.order[:2] == ("imaging-mri", "site-cervical")


def test_an_mri_of_the_neck_in_the_record_is_for_review() -> None:
    chart = shoulder()
    neck()(chart)
    chart.report("cervical MRI", "2025-10-01", region="cervical")
    assert status(chart, "imaging-mri") == "already-done"


def test_of_one_group_one_specialist_is_asked() -> None:
    chart = failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot")
    chart.condition("polyneuropathy")
    chart.condition("lumbar radiculopathy", site="lumbar", side="right")
    specialists = {"referral-neurology", "referral-pmr", "referral-hand-surgery"}
    assert len(specialists & set(suggested(chart))) == 1


def test_a_specialist_seen_already_fills_the_group() -> None:
    chart = failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot")
    chart.condition("polyneuropathy")
    chart.order("referral neurology", "2026-02-01")
    assert statuses(chart, "referral-neurology", "referral-pmr") == ["already-ordered", "absent"]


def test_a_lead_rests_on_its_evidence() -> None:
    chart = failed()
    chart.measure("PHQ-9", "2026-01-10", 14)
    step = plan(chart)["referral-behavioral-health"]
    assert step.evidence == ("E6.3",)
    assert step.references == ("Observation/phq-9-2026-01-10",)


def test_what_is_suggested_stays_small() -> None:
    chart = failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot", patient="M59")
    for name in ("polyneuropathy", "type 2 diabetes", "psoriasis", "peripheral arterial disease"):
        chart.condition(name)
    chart.measure("BMI", "2025-12-15", 41)
    chart.measure("PHQ-9", "2026-01-10", 20)
    chart.lab("HbA1c", "2026-01-10", 10.2)
    chart.medicine("cobicistat", "2025-06-01")
    exercise(chart)
    assert len(suggested(chart)) == 5
