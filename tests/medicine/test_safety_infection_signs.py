"""Infection after an injection: each rule fires on one case and is silent on its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.codes import local, quantity
from tests.medicine.asking import joint, kinds, only

TODAY = "2026-03-02"
SEPTIC = "redflag-septic-joint at left knee"
POSSIBLE = "safety-infection-possible at left knee"


def swollen(chart: Chart, day: str = TODAY, *, side: str | None = "left", **more: Any) -> None:
    chart.finding("local-swelling", day, region="knee", side=side, **more)


def test_fever_crp_swelling_and_more_pain_two_weeks_after_a_knee_injection_match_the_red_flags() -> None:
    chart = Chart("M68")
    joint(chart)
    chart.condition("type 2 diabetes")
    chart.pain(TODAY, 9, region="knee", side="left")
    chart.measure("temperature", TODAY, 38.6)
    chart.lab("CRP", TODAY, 142)
    chart.lab("HbA1c", "2026-01-20", 9.4)
    swollen(chart)
    found = only(chart)
    assert (found.kind, found.indicator, found.suppresses_site, found.bars_repeat) == (
        "redflag-septic-joint", "critical", True, True,
    )  # fmt: skip
    assert {"body temperature 38.6 °C (2026-03-02)", "C-reactive protein 142 mg/L (2026-03-02)"} <= set(found.facts)
    assert "pain 9/10 (2026-03-02, 6/10 before)" in found.facts
    assert any(reference.startswith("Procedure/injection") for reference in found.references)
    assert all("/" in reference for reference in found.references)
    assert found.summary.startswith("Left knee: steroid 14 days ago; temp 38.6 °C, CRP 142 mg/L, swelling")
    assert found.steps[0] == "referral-emergency"


@pytest.mark.parametrize(
    ("marker", "number", "unit", "fires"),
    [
        pytest.param("temperature", 38.0, "Cel", True, id="temperature at the bound"),
        pytest.param("temperature", 37.9, "Cel", False, id="temperature just below"),
        pytest.param("temperature", 100.4, "[degF]", True, id="temperature at the bound in Fahrenheit"),
        pytest.param("temperature", 100.2, "[degF]", False, id="temperature just below in Fahrenheit"),
        pytest.param("temperature", 38.6, "furlong", False, id="temperature in an unknown unit"),
        pytest.param("CRP", 100, "mg/L", True, id="CRP at the bound"),
        pytest.param("CRP", 99, "mg/L", False, id="CRP just below"),
        pytest.param("CRP", 10, "mg/dL", True, id="CRP at the bound in mg/dL"),
        pytest.param("CRP", 142, "IU/L", False, id="CRP in an unknown unit"),
        pytest.param("ESR", 50, "mm/h", True, id="ESR at the bound"),
        pytest.param("ESR", 49, "mm/h", False, id="ESR just below"),
    ],
)
def test_one_systemic_sign_beside_swelling(marker: str, number: float, unit: str, *, fires: bool) -> None:
    chart = Chart("M68")
    joint(chart)
    swollen(chart)
    chart.lab(marker, TODAY, number, unit=unit)
    assert kinds(chart) == ([SEPTIC] if fires else [])


def test_a_crp_above_the_measuring_range_counts_and_one_below_some_number_does_not() -> None:
    for comparator, number, fires in ((">", 300, True), ("<", 200, False)):
        chart = Chart("M68")
        joint(chart)
        swollen(chart)
        chart.lab("CRP", TODAY, valueQuantity=quantity(number, "mg/L") | {"comparator": comparator})
        assert kinds(chart) == ([SEPTIC] if fires else [])


@pytest.mark.parametrize(
    ("sign", "fires"),
    [
        pytest.param(lambda c: swollen(c), True, id="swelling of this knee"),
        pytest.param(lambda c: c.finding("local-warmth", TODAY, region="knee", side="left"), True, id="warmth"),
        pytest.param(lambda c: c.finding("local-erythema", TODAY, region="knee", side="left"), True, id="redness"),
        pytest.param(lambda c: c.condition("knee effusion", side="left", recorded=TODAY), True, id="an effusion coded"),
        pytest.param(lambda c: c.finding("cannot-bear-weight", TODAY), True, id="cannot bear weight"),
        pytest.param(lambda c: c.finding("local-swelling", TODAY), True, id="swelling at the injected site, unnamed"),
        pytest.param(lambda c: c.pain(TODAY, 8, region="knee", side="left"), True, id="pain two points up"),
        pytest.param(lambda c: c.pain(TODAY, 7, region="knee", side="left"), False, id="pain one point up"),
        pytest.param(lambda c: swollen(c, side="right"), False, id="swelling of the other knee"),
        pytest.param(lambda c: swollen(c, present=False), False, id="no swelling, said so"),
        pytest.param(lambda c: swollen(c, "2026-02-15"), False, id="swelling from before the injection"),
        pytest.param(
            lambda c: c.finding("local-swelling", TODAY, region="ankle", side="left"), False, id="ankle swelling"
        ),
        pytest.param(
            lambda c: c.finding("local-swelling", TODAY, region="knee", side="left").update(status="entered-in-error"),
            False,
            id="swelling entered in error",
        ),
        pytest.param(
            lambda c: c.finding("local-swelling", TODAY, region="knee", side="left").update(status="preliminary"),
            False,
            id="swelling not yet final",
        ),
        pytest.param(
            lambda c: c.condition("knee effusion", side="left", recorded=TODAY, verified="refuted"),
            False,
            id="an effusion refuted",
        ),
        pytest.param(
            lambda c: c.condition("knee effusion", side="left", recorded=TODAY, onsetDateTime="2024"),
            False,
            id="an effusion since 2024, recorded again today",
        ),
    ],
)
def test_one_local_sign_beside_a_high_crp(sign: Any, *, fires: bool) -> None:
    chart = Chart("M68")
    joint(chart)
    chart.lab("CRP", TODAY, 142)
    sign(chart)
    assert kinds(chart) == [SEPTIC if fires else POSSIBLE]


def test_pain_two_points_above_a_low_baseline_counts_though_it_is_not_severe() -> None:
    for before, fires in ((5, True), (6, False)):
        chart = Chart("M68")
        joint(chart, before=before)
        chart.pain(TODAY, 7, region="knee", side="left")
        chart.lab("CRP", TODAY, 142)
        assert kinds(chart) == [SEPTIC if fires else POSSIBLE]


def test_severe_pain_counts_where_no_baseline_is_known() -> None:
    chart = Chart("M68")
    chart.injection("2026-02-16", region="knee", side="left")
    chart.pain(TODAY, 8, region="knee", side="left")
    chart.lab("ESR", TODAY, 80)
    assert kinds(chart) == [SEPTIC]


@pytest.mark.parametrize(
    ("given", "fires"),
    [
        pytest.param("2026-03-02", False, id="the day of the injection"),
        pytest.param("2026-03-01", True, id="the day after"),
        pytest.param("2025-11-10", True, id="day 112"),
        pytest.param("2025-11-09", False, id="day 113"),
    ],
)
def test_the_window_of_sixteen_weeks(given: str, *, fires: bool) -> None:
    chart = Chart("M68")
    joint(chart, given)
    chart.lab("CRP", TODAY, 142)
    swollen(chart)
    assert kinds(chart) == ([SEPTIC] if fires else [])


@pytest.mark.parametrize(
    ("day", "fires"), [pytest.param("2026-02-16", True, id="14 days old"), pytest.param("2026-02-15", False, id="15")]
)
def test_red_flags_read_the_last_fourteen_days(day: str, *, fires: bool) -> None:
    chart = Chart("M68")
    joint(chart, "2026-01-05")
    chart.lab("CRP", day, 142)
    swollen(chart, day)
    assert kinds(chart) == ([SEPTIC] if fires else [])


def test_signs_after_an_injection_without_a_steroid_are_not_ours_to_judge() -> None:
    chart = Chart("M55")
    chart.injection("2026-02-16", region="knee", side="left", drug=None, guidance="unguided")
    chart.lab("CRP", TODAY, 142)
    swollen(chart)
    assert kinds(chart) == []


def test_a_flare_without_fever_the_day_after_is_no_red_flag() -> None:
    chart = Chart("M47")
    joint(chart, "2026-03-01", region="elbow-lateral", side="right")
    chart.pain(TODAY, 9, region="elbow-lateral", side="right")
    chart.measure("temperature", TODAY, 36.9)
    assert kinds(chart) == []


def test_local_findings_with_a_coded_answer_count_as_the_answer_says() -> None:
    for code, fires in (("373066001", True), ("373067005", False), ("261665006", False)):
        chart = Chart("M68")
        joint(chart)
        chart.lab("CRP", TODAY, 142)
        answer = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
        chart.observation(local("local-swelling"), TODAY, "exam", valueCodeableConcept=answer)
        assert kinds(chart) == [SEPTIC if fires else POSSIBLE]
