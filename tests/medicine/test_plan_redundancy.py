"""The redundancy rules of the clinical model, 2.6: what the record holds already, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.charts import Chart
from tests.codes import concept
from tests.medicine.planning import back, elbow, exercise, failed, hip, plan, statuses, wrist_nerve
from tests.records import to

Fill = Callable[[Chart], object]


def knee(*doings: Fill) -> Chart:
    chart = failed()
    chart.report("knee radiograph", "2025-11-01", found="kl-4", region="knee", side="left")
    for doing in doings:
        doing(chart)
    return chart


def order(name: str, day: str = "2026-02-10", **more: object) -> Fill:
    return lambda c: c.order(name, day, **({"region": "knee", "side": "left"} | more))  # type: ignore[arg-type]


def visit(service: str, day: str) -> Fill:
    return lambda c: c.encounter(day, service=specialty(service))


def specialty(code: str) -> dict[str, object]:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code}]}


ORTHOPAEDICS = "394801008"


def appointment(day: str, state: str = "booked", service: str = ORTHOPAEDICS) -> Fill:
    def book(chart: Chart) -> object:
        return chart.record(
            "Appointment", f"appointment {day}", status=state, specialty=[specialty(service)], start=f"{day}T09:00:00Z",
            participant=[{"actor": chart.subject, "status": "accepted"}],
        )  # fmt: skip

    return book


OPINION = {
    "no order at all": ([], "suggested"),
    "a live referral of 20 days": ([order("referral orthopaedics")], "already-ordered"),
    "a referral that names no side": ([order("referral orthopaedics", side=None)], "already-ordered"),
    "a referral that names no site": ([order("referral orthopaedics", region=None, side=None)], "already-ordered"),
    "a referral for the other knee": ([order("referral orthopaedics", side="right")], "suggested"),
    "a referral for the shoulder": ([order("referral orthopaedics", region="shoulder")], "suggested"),
    "a referral of 180 days": ([order("referral orthopaedics", "2025-09-03")], "already-ordered"),
    "a referral of 181 days": ([order("referral orthopaedics", "2025-09-02")], "suggested"),
    "on hold": ([order("referral orthopaedics", status="on-hold")], "already-ordered"),
    "a draft order": ([order("referral orthopaedics", status="draft")], "already-ordered"),
    "an original order": ([order("referral orthopaedics", intent="original-order")], "already-ordered"),
    "a filler order": ([order("referral orthopaedics", intent="filler-order")], "already-ordered"),
    "an instance order": ([order("referral orthopaedics", intent="instance-order")], "already-ordered"),
    "revoked": ([order("referral orthopaedics", status="revoked")], "suggested"),
    "entered in error": ([order("referral orthopaedics", status="entered-in-error")], "suggested"),
    "status unknown": ([order("referral orthopaedics", status="unknown")], "suggested"),
    "a proposal": ([order("referral orthopaedics", intent="proposal")], "suggested"),
    "a plan": ([order("referral orthopaedics", intent="plan")], "suggested"),
    "a reflex order": ([order("referral orthopaedics", intent="reflex-order")], "suggested"),
    "not to be performed": ([order("referral orthopaedics", doNotPerform=True)], "suggested"),
    "seen 90 days ago": ([visit(ORTHOPAEDICS, "2025-12-02")], "already-done"),
    "seen 91 days ago": ([visit(ORTHOPAEDICS, "2025-12-01")], "suggested"),
    "seen by rheumatology": ([visit("394810000", "2026-02-01")], "suggested"),
    "an appointment to come": ([appointment("2026-03-20")], "already-ordered"),
    "an appointment of last month": ([appointment("2026-02-01")], "suggested"),
    "an appointment that was cancelled": ([appointment("2026-03-20", "cancelled")], "suggested"),
    "an appointment with rheumatology": ([appointment("2026-03-20", service="394810000")], "suggested"),
    "a knee replacement on order": ([order("knee replacement")], "already-ordered"),
    "a replacement of the other knee on order": ([order("knee replacement", side="right")], "suggested"),
    "an order of 2024 for a replacement": ([order("knee replacement", "2024-03-01")], "suggested"),
    "an order of 2024 for a replacement to come": (
        [order("knee replacement", "2024-03-01", due="2026-04-01")],
        "already-ordered",
    ),
    "an arthroscopy since": (
        [lambda c: c.therapy("knee arthroscopy", "2026-02-10", region="knee", side="left")],
        "already-done",
    ),
    "an arthroscopy before": (
        [lambda c: c.therapy("knee arthroscopy", "2025-02-10", region="knee", side="left")],
        "suggested",
    ),
}


@pytest.mark.parametrize(("doings", "wanted"), OPINION.values(), ids=OPINION.keys())
def test_orthopaedic_opinion(doings: list[Fill], wanted: str) -> None:
    assert statuses(knee(*doings), "referral-orthopedic-surgery") == [wanted]


def test_a_completed_referral_without_a_visit_is_said_to_be_incomplete_and_offered_again() -> None:
    step = plan(knee(order("referral orthopaedics", "2025-10-01", status="completed")))["referral-orthopedic-surgery"]
    assert step.status == "suggested"
    assert "appears incomplete" in step.says
    assert any(r.startswith("ServiceRequest/") for r in step.references)


def test_a_completed_referral_of_last_month_may_still_lead_to_its_visit() -> None:
    step = plan(knee(order("referral orthopaedics", "2026-02-10", status="completed")))["referral-orthopedic-surgery"]
    assert step.status == "already-ordered"


def test_a_completed_referral_whose_visit_was_long_ago_is_not_incomplete() -> None:
    def referred(chart: Chart) -> None:
        sent = chart.order("referral orthopaedics", "2025-06-01", region="knee", side="left", status="completed")
        chart.encounter("2025-07-01", for_order=sent)

    step = plan(knee(referred))["referral-orthopedic-surgery"]
    assert step.status == "suggested"
    assert "incomplete" not in step.says


EXERCISE = {
    "never": (lambda c: c, "suggested"),
    "six weeks": (lambda c: exercise(c, "2025-09-01", "2025-10-13"), "already-done"),
    "five weeks": (lambda c: exercise(c, "2025-09-01", "2025-10-06"), "suggested"),
    "six weeks that ended 366 days ago": (lambda c: exercise(c, "2025-01-10", "2025-03-01"), "suggested"),
    "six weeks that ended 365 days ago": (lambda c: exercise(c, "2025-01-10", "2025-03-02"), "already-done"),
    "six visits": (lambda c: [exercise(c, f"2026-01-{d:02}", None) for d in (5, 7, 9, 12, 14, 16)], "already-done"),
    "five visits": (lambda c: [exercise(c, f"2026-01-{d:02}", None) for d in (5, 7, 9, 12, 14)], "suggested"),
    "six entries of one day": (lambda c: [exercise(c, "2026-01-05", None) for _ in range(6)], "suggested"),
    "four visits over seven weeks": (
        lambda c: [exercise(c, d, None) for d in ("2025-11-03", "2025-11-20", "2025-12-08", "2025-12-22")],
        "already-done",
    ),
    "two visits, half a year apart": (
        lambda c: [exercise(c, "2025-06-01", None), exercise(c, "2025-12-20", None)],
        "suggested",
    ),
    "six weeks for the other knee": (lambda c: exercise(c, "2025-09-01", "2025-10-13", side="right"), "suggested"),
    "six weeks for the shoulder": (
        lambda c: exercise(c, "2025-09-01", "2025-10-13", region="shoulder", side="left"),
        "suggested",
    ),
    "six weeks for no named site": (
        lambda c: exercise(c, "2025-09-01", "2025-10-13", region=None, side=None),
        "already-done",
    ),
    "six weeks, stopped": (lambda c: exercise(c, "2025-09-01", "2025-10-13", status="not-done"), "suggested"),
    "an order of 20 days": (order("physical therapy"), "already-ordered"),
    "an order of 200 days": (order("physical therapy", "2025-08-14"), "suggested"),
    "an order for the other knee": (order("physical therapy", side="right"), "suggested"),
    "a referral order": (order("referral physical therapy"), "already-ordered"),
    "a completed order over eight weeks": (
        order(
            "physical therapy",
            "2025-09-01",
            status="completed",
            due=None,
            occurrencePeriod={"start": "2025-09-01", "end": "2025-10-31"},
        ),
        "already-done",
    ),
    "a completed order of no stated length": (order("physical therapy", "2025-09-01", status="completed"), "suggested"),
}


@pytest.mark.parametrize(("doing", "wanted"), EXERCISE.values(), ids=EXERCISE.keys())
def test_physical_therapy(doing: Fill, wanted: str) -> None:
    assert statuses(knee(doing), "physical-therapy") == [wanted]


def test_the_reason_of_an_order_tells_its_site() -> None:
    chart = failed()
    shoulder = chart.condition("shoulder OA", side="left")
    asked = chart.order("physical therapy", "2026-02-10")
    asked["reasonReference"] = [to(shoulder)]
    assert statuses(chart, "physical-therapy") == ["suggested"]


def report(name: str, day: str, region: str, side: str | None = None, **more: object) -> Fill:
    return lambda c: c.report(name, day, region=region, side=side, **more)  # type: ignore[arg-type]


def diabetic() -> Chart:
    chart = failed()
    chart.condition("type 2 diabetes")
    return chart


def inflamed() -> Chart:
    chart = failed()
    chart.condition("psoriasis")
    return chart


def labs(**days: str) -> Fill:
    def draw(chart: Chart) -> None:
        for name, day in days.items():
            chart.lab({"crp": "CRP", "esr": "ESR", "ccp": "anti-CCP", "rf": "rheumatoid factor"}[name], day, 4)

    return draw


def locked() -> Chart:
    chart = failed()
    chart.finding("mechanical-locking", "2026-01-10", region="knee", side="left")
    return chart


def walking() -> Chart:
    return back("lumbar stenosis with neurogenic claudication")


RESULTS: dict[str, tuple[Callable[[], Chart], Fill, str, str]] = {
    "radiograph of 365 days": (
        failed,
        report("knee radiograph", "2025-03-02", "knee", "left"),
        "imaging-radiograph",
        "already-done",
    ),
    "radiograph of 366 days": (
        failed,
        report("knee radiograph", "2025-03-01", "knee", "left"),
        "imaging-radiograph",
        "suggested",
    ),
    "radiograph of the other knee": (
        failed,
        report("knee radiograph", "2026-01-02", "knee", "right"),
        "imaging-radiograph",
        "suggested",
    ),
    "radiograph that names no side": (
        failed,
        report("knee radiograph", "2026-01-02", "knee"),
        "imaging-radiograph",
        "already-done",
    ),
    "radiograph of the hip": (
        failed,
        report("hip radiograph", "2026-01-02", "hip", "left"),
        "imaging-radiograph",
        "suggested",
    ),
    "radiograph, preliminary": (
        failed,
        lambda c: [r.update(status="registered") for r in (c.report("lumbar radiograph", "2026-01-02"),)],
        "imaging-radiograph",
        "suggested",
    ),
    "radiograph on order": (failed, order("knee radiograph", section="study"), "imaging-radiograph", "already-ordered"),
    "knee MRI of 183 days": (locked, report("knee MRI", "2025-08-31", "knee", "left"), "imaging-mri", "already-done"),
    "knee MRI of 184 days": (locked, report("knee MRI", "2025-08-30", "knee", "left"), "imaging-mri", "suggested"),
    "hip MRI is none of the knee": (locked, report("hip MRI", "2026-01-02", "hip", "left"), "imaging-mri", "suggested"),
    "MRI of a joint of the leg, no site": (
        locked,
        lambda c: c.procedure("2026-01-02", concept("study", "knee MRI")),
        "imaging-mri",
        "already-done",
    ),
    "MRI on order": (locked, order("knee MRI", section="study"), "imaging-mri", "already-ordered"),
    "lumbar MRI of 365 days": (back, report("lumbar MRI", "2025-03-02", "lumbar"), "imaging-mri", "already-done"),
    "lumbar MRI of 366 days": (back, report("lumbar MRI", "2025-03-01", "lumbar"), "imaging-mri", "suggested"),
    "cervical MRI is none of the lumbar spine": (
        back,
        report("cervical MRI", "2026-01-02", "cervical"),
        "imaging-mri",
        "suggested",
    ),
    "MRI of a joint of the leg is none of the spine": (
        back,
        report("hip MRI", "2026-01-02", "hip", "left"),
        "imaging-mri",
        "suggested",
    ),
    "lumbar MRI before a new weakness": (
        back,
        lambda c: [
            c.report("lumbar MRI", "2025-06-01", region="lumbar"),
            c.measure("motor power", "2026-01-10", 4, region="lumbar", side="left"),
        ],
        "imaging-mri",
        "suggested",
    ),
    "lumbar MRI before full power": (
        back,
        lambda c: [
            c.report("lumbar MRI", "2025-06-01", region="lumbar"),
            c.measure("motor power", "2026-01-10", 5, region="lumbar", side="left"),
        ],
        "imaging-mri",
        "already-done",
    ),
    "lumbar MRI before a numb hand": (
        back,
        lambda c: [
            c.report("lumbar MRI", "2025-06-01", region="lumbar"),
            c.finding("numbness", "2026-01-10", region="hand", side="left"),
        ],
        "imaging-mri",
        "already-done",
    ),
    "lumbar MRI after the weakness": (
        back,
        lambda c: [
            c.measure("motor power", "2025-05-10", 4, region="lumbar", side="left"),
            c.report("lumbar MRI", "2025-06-01", region="lumbar"),
        ],
        "imaging-mri",
        "already-done",
    ),
    "nerve study of 365 days": (
        wrist_nerve,
        report("nerve study", "2025-03-02", "carpal-tunnel", "left"),
        "nerve-conduction-study",
        "already-done",
    ),
    "nerve study of 366 days": (
        wrist_nerve,
        report("nerve study", "2025-03-01", "carpal-tunnel", "left"),
        "nerve-conduction-study",
        "suggested",
    ),
    "nerve study of the other hand": (
        wrist_nerve,
        report("nerve study", "2026-01-02", "carpal-tunnel", "right", found="nerve-study-normal"),
        "nerve-conduction-study",
        "suggested",
    ),
    "nerve study of a leg": (
        wrist_nerve,
        report("nerve study", "2026-01-02", "foot", "left", found="nerve-study-abnormal"),
        "nerve-conduction-study",
        "suggested",
    ),
    "nerve study on order": (
        wrist_nerve,
        order("nerve study", section="study", region=None, side=None),
        "nerve-conduction-study",
        "already-ordered",
    ),
    "HbA1c of 90 days": (diabetic, lambda c: c.lab("HbA1c", "2025-12-02", 7.1), "hba1c", "already-done"),
    "HbA1c of 91 days": (diabetic, lambda c: c.lab("HbA1c", "2025-12-01", 7.1), "hba1c", "suggested"),
    "HbA1c that was cancelled": (
        diabetic,
        lambda c: c.lab("HbA1c", "2026-01-02", 7.1, status="cancelled"),
        "hba1c",
        "suggested",
    ),
    "CRP of 90 days and antibodies of 24 months": (
        inflamed,
        labs(crp="2025-12-02", ccp="2024-03-02"),
        "inflammatory-labs",
        "already-done",
    ),
    "CRP of 91 days": (inflamed, labs(crp="2025-12-01", ccp="2025-03-02"), "inflammatory-labs", "suggested"),
    "ESR stands for CRP, factor for antibodies": (
        inflamed,
        labs(esr="2026-01-02", rf="2025-03-02"),
        "inflammatory-labs",
        "already-done",
    ),
    "antibodies of more than 24 months": (
        inflamed,
        labs(crp="2026-01-02", ccp="2024-03-01"),
        "inflammatory-labs",
        "suggested",
    ),
    "ankle-brachial index of 365 days": (
        walking,
        lambda c: c.measure("ankle-brachial index", "2025-03-02", 1.1, region="ankle", side="left"),
        "ankle-brachial-index",
        "already-done",
    ),
    "ankle-brachial index of 366 days": (
        walking,
        lambda c: c.measure("ankle-brachial index", "2025-03-01", 1.1, region="ankle", side="left"),
        "ankle-brachial-index",
        "suggested",
    ),
    "brace of 365 days": (
        lambda: knee(exercise),
        lambda c: c.therapy("knee brace", "2025-03-02", side="left"),
        "bracing-orthosis",
        "already-done",
    ),
    "brace of 366 days": (
        lambda: knee(exercise),
        lambda c: c.therapy("knee brace", "2025-03-01", side="left"),
        "bracing-orthosis",
        "suggested",
    ),
    "wrist brace is none of the knee": (
        lambda: knee(exercise),
        lambda c: c.therapy("wrist brace", "2026-01-01", side="left"),
        "bracing-orthosis",
        "suggested",
    ),
}


@pytest.mark.parametrize(("chart", "doing", "step", "wanted"), RESULTS.values(), ids=RESULTS.keys())
def test_result(chart: Callable[[], Chart], doing: Fill, step: str, wanted: str) -> None:
    made = chart()
    doing(made)
    assert statuses(made, step) == [wanted]


def test_only_the_missing_part_of_a_panel_is_ordered() -> None:
    chart = inflamed()
    chart.lab("CRP", "2026-02-01", 4)
    step = plan(chart)["inflammatory-labs"]
    assert step.order == ("test-inflammatory-labs", "obs-rheumatoid-factor")
    assert "Part of it is in the record" in step.says


def test_a_brace_on_a_device_order_counts() -> None:
    chart = knee(exercise)
    chart.record(
        "DeviceRequest", "brace", status="active", intent="order", codeCodeableConcept=concept("therapy", "knee brace"),
        subject=chart.subject, authoredOn="2026-02-01",
    )  # fmt: skip
    assert statuses(chart, "bracing-orthosis") == ["already-ordered"]


def test_a_medicine_taken_for_years_was_tried() -> None:
    chart = hip()
    exercise(chart, region="hip", side="right")
    chart.medicine("naproxen", "2021-01-05")
    assert statuses(chart, "medication-review") == ["already-done"]


def test_a_medicine_stopped_two_years_ago_does_not_count() -> None:
    chart = hip()
    chart.medicine("naproxen", "2024-01-05", status="stopped")
    assert statuses(chart, "medication-review") == ["mentioned"]


def test_what_is_on_order_is_named_with_its_day() -> None:
    chart = elbow()
    chart.order("physical therapy", "2026-02-10", region="elbow", side="right")
    step = plan(chart)["physical-therapy"]
    assert step.status == "already-ordered"
    assert step.references == ("ServiceRequest/order-physical-therapy-2026-02-10",)
    assert "2026-02-10" in step.says
