"""Warnings of tendon, number, spacing and planned replacement: a case that fires, and its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.codes import Json
from tests.medicine.asking import epidural, findings, joint, kinds, only

TODAY = "2026-03-02"


def failed(chart: Chart, day: str = "2026-01-12", *, region: str = "knee", side: str = "left") -> Json:
    """Add an injection that did not help."""
    joint(chart, day, region=region, side=side, before=7)
    chart.pain("2026-02-16", 7, region=region, side=side)
    return chart.resources[-1]


# Tendon


@pytest.mark.parametrize(
    ("side", "recorded", "more", "fires"),
    [
        pytest.param("right", "2026-02-20", {}, True, id="this shoulder, after the injection"),
        pytest.param("left", "2026-02-20", {}, False, id="the other shoulder"),
        pytest.param("right", "2026-01-12", {}, False, id="the day of the injection"),
        pytest.param("right", "2026-02-20", {"verified": "refuted"}, False, id="refuted"),
        pytest.param("right", "2026-02-20", {"clinical": "resolved"}, False, id="resolved"),
        pytest.param("right", "2026-02-20", {"onsetDateTime": "2020"}, False, id="known since 2020"),
    ],
)
def test_a_full_thickness_tear_after_the_injection(
    side: str, recorded: str, more: dict[str, str], *, fires: bool
) -> None:
    chart = Chart("F60")
    joint(chart, "2026-01-12", region="glenohumeral", side="right")
    chart.condition("full-thickness cuff tear", side=side, recorded=recorded, **more)
    assert kinds(chart) == (["safety-tendon at right glenohumeral"] if fires else [])


def test_steroid_at_the_achilles_tendon_is_warned_of_and_at_the_elbow_is_not() -> None:
    for region, fires in (("achilles", True), ("elbow-lateral", False)):
        chart = Chart("F60")
        failed(chart, region=region)
        assert [f.kind for f in findings(chart)] == (["safety-tendon"] if fires else [])


def test_steroid_at_the_patellar_tendon_is_warned_of_though_the_region_is_the_knee() -> None:
    chart = Chart("F60")
    injection = chart.injection("2026-01-12", region="elbow-lateral", side="left")
    site = {"coding": [{"system": "http://snomed.info/sct", "code": "18033002"}]}
    injection["bodySite"] = [site, {"coding": [{"system": "http://snomed.info/sct", "code": "7771000"}]}]
    assert kinds(chart) == ["safety-tendon at left knee"]


def test_a_warning_long_after_the_injection_is_information() -> None:
    for given, indicator in (("2025-09-03", "warning"), ("2025-09-02", "info")):
        chart = Chart("F60")
        joint(chart, given, region="achilles")
        assert only(chart).indicator == indicator


# Number and spacing


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(["2025-10-27", "2026-01-19"], [], id="84 days apart"),
        pytest.param(["2025-10-28", "2026-01-19"], ["W3-interval"], id="83 days apart"),
        pytest.param(["2025-04-14", "2025-07-21", "2026-01-19"], [], id="three in a year"),
        pytest.param(["2025-04-14", "2025-07-21", "2025-10-27", "2026-01-19"], ["W3-count"], id="four in a year"),
        pytest.param(
            ["2025-03-02", "2025-07-21", "2025-10-27", "2026-01-19"], ["W3-count"], id="the first 365 days ago"
        ),
        pytest.param(["2025-03-01", "2025-07-21", "2025-10-27", "2026-01-19"], [], id="the first 366 days ago"),
        pytest.param(["2025-04-01", "2025-04-20", "2026-01-19"], [], id="two close ones long before the last"),
    ],
)
def test_number_and_spacing_at_one_knee(days: list[str], expected: list[str]) -> None:
    chart = Chart("F73")
    for day in days:
        joint(chart, day, side="right")
    assert [f.rule for f in findings(chart)] == expected


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (["2025-10-28", "2026-01-19"], "83 days between the last two steroid injections"),
        (["2025-04-14", "2025-07-21", "2025-10-27", "2026-01-19"], "4 steroid injections in a year"),
    ],
)
def test_a_summary_says_whether_it_is_the_number_or_the_spacing(days: list[str], says: str) -> None:
    chart = Chart("F73")
    for day in days:
        joint(chart, day, side="right")
    assert only(chart).summary == f"Right knee: {says}. Consider options other than corticosteroid."


def test_injections_of_the_other_side_and_of_no_known_drug_are_not_counted() -> None:
    chart = Chart("F73")
    joint(chart, "2026-01-19", side="right")
    joint(chart, "2026-01-05", side="left")
    chart.injection("2025-12-20", region="knee", side="right", drug=None, guidance="unguided")
    chart.injection("2025-12-22", region="knee", side="right", status="entered-in-error")
    assert kinds(chart) == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(["2026-01-19", "2026-02-02"], [], id="14 days apart"),
        pytest.param(["2026-01-20", "2026-02-02"], ["W3-epidural-spacing"], id="13 days apart"),
        pytest.param(["2025-06-02", "2025-09-01", "2026-02-02"], [], id="three sessions"),
        pytest.param(
            ["2025-06-02", "2025-09-01", "2025-12-01", "2026-02-02"], ["W3-epidural-count"], id="four sessions"
        ),
    ],
)
def test_number_and_spacing_of_epidural_sessions(days: list[str], expected: list[str]) -> None:
    chart = Chart("F73")
    for day in days:
        epidural(chart, day)
    assert [f.rule for f in findings(chart)] == expected


def test_epidurals_of_one_spinal_region_are_counted_together_and_both_sides_of_a_day_once() -> None:
    chart = Chart("F73")
    epidural(chart, "2025-06-02")
    for side in ("left", "right"):
        epidural(chart, "2025-09-01", region="lumbar-tfesi", side=side)
        epidural(chart, "2026-02-02", region="lumbar-tfesi", side=side)
    assert findings(chart) == []
    epidural(chart, "2025-12-01", region="caudal")
    (found,) = findings(chart)
    assert found.rule == "W3-epidural-count"


def test_epidurals_of_the_neck_are_not_counted_with_the_lumbar_ones() -> None:
    chart = Chart("F73")
    for day in ("2025-06-02", "2025-09-01", "2026-02-02"):
        epidural(chart, day)
    epidural(chart, "2026-01-26", region="cervical-epidural")
    assert kinds(chart) == []


# A joint replacement planned


@pytest.mark.parametrize(
    ("due", "side", "more", "fires"),
    [
        pytest.param("2026-03-16", "left", {}, True, id="70 days after the steroid"),
        pytest.param("2026-04-04", "left", {}, True, id="89 days after"),
        pytest.param("2026-04-05", "left", {}, False, id="90 days after"),
        pytest.param("2026-03-16", "right", {}, False, id="the other hip"),
        pytest.param("2026-03-16", "left", {"status": "revoked"}, False, id="revoked"),
        pytest.param("2026-03-16", "left", {"intent": "proposal"}, False, id="only proposed"),
        pytest.param("2026-03-16", "left", {"doNotPerform": True}, False, id="an order not to operate"),
        pytest.param(None, "left", {}, False, id="no day yet"),
        pytest.param("2026-02-20", "left", {}, False, id="a day that is past"),
    ],
)
def test_a_hip_replacement_after_a_steroid_in_the_hip(
    due: str | None, side: str, more: dict[str, Any], *, fires: bool
) -> None:
    chart = Chart("F70")
    joint(chart, "2026-01-05", region="hip")
    chart.order("hip replacement", "2026-02-01", region="hip", side=side, due=due, **more)
    assert kinds(chart) == (["safety-arthroplasty-window at left hip"] if fires else [])


def test_a_replacement_booked_by_appointment_for_the_order_is_seen() -> None:
    chart = Chart("F70")
    joint(chart, "2026-01-05", region="hip")
    order = chart.order("hip replacement", "2026-02-01", region="hip", side="left")
    chart.record(
        "Appointment", "theatre", status="booked", start="2026-03-16T07:30:00Z",
        basedOn=[{"reference": f"ServiceRequest/{order['id']}"}],
        participant=[{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
    )  # fmt: skip
    found = only(chart)
    assert found.summary == "Left hip: joint replacement planned 70 days after the last steroid (2026-01-05)."
    assert not found.steps
