"""Red flags of the nerves: each fires on one case and is silent on its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.medicine.asking import coded, epidural, joint, kinds, only

TODAY = "2026-03-02"
CAUDA = "redflag-cauda-equina at midline lumbar-epidural"
DEFICIT = "redflag-progressive-deficit at midline lumbar-epidural"


def urine(chart: Chart, millilitres: float, unit: str = "mL", day: str = TODAY) -> None:
    chart.measure("post-void residual", day, millilitres, unit=unit)


def test_saddle_anaesthesia_and_much_residual_urine_after_a_lumbar_epidural() -> None:
    chart = Chart("M49")
    epidural(chart, "2026-02-09")
    chart.finding("saddle-anaesthesia", TODAY)
    urine(chart, 420)
    found = only(chart)
    assert (found.kind, found.indicator) == ("redflag-cauda-equina", "critical")
    assert "post-void residual 420 mL (2026-03-02)" in found.facts
    assert found.summary == (
        "Lumbar epidural space: steroid 21 days ago; saddle anaesthesia, residual urine 420 mL. "
        "Matches published cauda equina red flags."
    )


@pytest.mark.parametrize(
    ("sign", "fires"),
    [
        pytest.param(lambda c: urine(c, 200), True, id="residual urine at the bound"),
        pytest.param(lambda c: urine(c, 199), False, id="residual urine just below"),
        pytest.param(lambda c: urine(c, 0.42, "L"), True, id="residual urine in litres"),
        pytest.param(lambda c: urine(c, 420, "{bladder}"), False, id="residual urine in an unknown unit"),
        pytest.param(lambda c: urine(c, 420, day="2026-02-15"), False, id="residual urine 15 days old"),
        pytest.param(lambda c: c.finding("saddle-anaesthesia", TODAY, present=False), False, id="saddle sense normal"),
        pytest.param(lambda c: c.finding("urinary-retention-new", TODAY), True, id="new retention"),
        pytest.param(lambda c: c.finding("faecal-incontinence-new", TODAY), True, id="new faecal incontinence"),
        pytest.param(lambda c: c.finding("bilateral-leg-weakness", TODAY), True, id="weakness of both legs"),
        pytest.param(lambda c: c.condition("cauda equina syndrome", recorded=TODAY), True, id="syndrome recorded"),
        pytest.param(
            lambda c: c.condition("cauda equina syndrome", recorded="2024-01-01"), False, id="syndrome of 2024"
        ),
        pytest.param(
            lambda c: c.condition("cauda equina syndrome", recorded=TODAY, verified="refuted"), False, id="refuted"
        ),
        pytest.param(
            lambda c: c.condition("cauda equina syndrome", recorded=TODAY, verified="provisional"),
            False,
            id="provisional",
        ),
    ],
)
def test_cauda_equina_signs(sign: Any, *, fires: bool) -> None:
    chart = Chart("M49")
    epidural(chart, "2026-02-09")
    sign(chart)
    assert kinds(chart) == ([CAUDA] if fires else [])


def test_cauda_equina_beside_a_lumbar_condition_is_shown_with_the_only_injection_though_it_is_a_knee() -> None:
    chart = Chart("M49")
    joint(chart)
    chart.finding("saddle-anaesthesia", TODAY)
    assert kinds(chart) == []
    chart.condition("lumbar radiculopathy", site="lumbar")
    assert kinds(chart) == ["redflag-cauda-equina at left knee"]


def test_cauda_equina_is_shown_with_the_lumbar_injection_and_not_with_a_later_knee_injection() -> None:
    chart = Chart("M49")
    epidural(chart, "2026-02-09")
    joint(chart, "2026-02-23")
    chart.finding("saddle-anaesthesia", TODAY)
    assert kinds(chart) == [CAUDA]


def test_cauda_equina_after_a_neck_epidural_without_a_lumbar_condition_is_silent() -> None:
    chart = Chart("M49")
    epidural(chart, region="cervical-epidural")
    chart.finding("saddle-anaesthesia", TODAY)
    assert kinds(chart) == []


def power(chart: Chart, day: str, grade: float, **more: Any) -> None:
    chart.measure("motor power", day, grade, **more)


@pytest.mark.parametrize(
    ("examined", "fires"),
    [
        pytest.param([(TODAY, 3)], True, id="3/5 today, never examined before"),
        pytest.param([(TODAY, 4)], False, id="4/5 today, never examined before"),
        pytest.param([("2026-02-15", 3)], False, id="3/5 fifteen days ago"),
        pytest.param([("2025-06-01", 3), (TODAY, 3)], False, id="3/5 since last year"),
        pytest.param([("2026-02-26", 3), (TODAY, 3)], True, id="3/5 twice within the fortnight"),
        pytest.param([("2025-06-01", 3), ("2025-12-01", 5), (TODAY, 3)], True, id="3/5 again after recovery"),
        pytest.param([("2026-02-10", 5), (TODAY, 4)], True, id="a fall of one grade within 30 days"),
        pytest.param([("2026-01-20", 5), (TODAY, 4)], False, id="a fall of one grade over 41 days"),
        pytest.param([("2026-02-10", 4), (TODAY, 5)], False, id="power that came back"),
        pytest.param([("0001-01-01", 3)], False, id="a date of the year one"),
        pytest.param([(TODAY, 30)], False, id="a number of another scale"),
        pytest.param([("2026-02-25", 5)], False, id="full power"),
    ],
)
def test_power_of_one_muscle(examined: list[tuple[str, float]], *, fires: bool) -> None:
    chart = Chart("M41")
    epidural(chart, "2025-12-29")
    for day, grade in examined:
        power(chart, day, grade)
    assert kinds(chart) == ([DEFICIT] if fires else [])


def test_the_power_of_two_sides_is_never_compared() -> None:
    chart = Chart("M41")
    epidural(chart, "2025-12-29")
    power(chart, "2026-02-20", 5, region="foot", side="right")
    power(chart, TODAY, 4, region="foot", side="left")
    assert kinds(chart) == []


@pytest.mark.parametrize(
    ("code", "day", "more", "fires"),
    [
        pytest.param("M21.372", "2026-02-20", {}, True, id="foot drop of last week"),
        pytest.param("M21.372", "2026-01-30", {}, False, id="foot drop 31 days ago"),
        pytest.param("M21.372", "2026-02-20", {"onsetDateTime": "2022-05"}, False, id="foot drop since 2022"),
        pytest.param("M21.372", "2026-02-20", {"verified": "refuted"}, False, id="foot drop refuted"),
        pytest.param("G95.20", "2026-02-20", {}, True, id="cord compression of last week"),
    ],
)
def test_foot_drop_and_cord_compression(code: str, day: str, more: dict[str, Any], *, fires: bool) -> None:
    chart = Chart("M41")
    epidural(chart, "2025-12-29")
    coded(chart, code, day, **more)
    assert kinds(chart) == ([DEFICIT] if fires else [])


def test_a_foot_drop_after_a_hip_injection_is_not_lost() -> None:
    chart = Chart("M41")
    joint(chart, "2026-01-12", region="hip")
    joint(chart, "2026-02-23", region="glenohumeral", side="right")
    coded(chart, "M21.372", "2026-02-20")
    assert kinds(chart) == ["redflag-progressive-deficit at left hip"]


@pytest.mark.parametrize(
    ("region", "code", "day", "more", "fires"),
    [
        pytest.param("cervical-tfesi", "I63.9", "2026-02-28", {}, True, id="stroke on day 1"),
        pytest.param("cervical-tfesi", "I63.9", "2026-03-02", {}, True, id="stroke on day 3"),
        pytest.param("lumbar-epidural", "G82.20", "2026-02-28", {}, True, id="paraplegia on day 1"),
        pytest.param("cervical-tfesi", "I63.9", "2026-02-26", {}, False, id="stroke the day before"),
        pytest.param("cervical-tfesi", "I63.9", "2026-02-28", {"verified": "refuted"}, False, id="stroke refuted"),
        pytest.param("cervical-tfesi", "G40.909", "2026-02-28", {"onsetDateTime": "2010"}, False, id="old epilepsy"),
        pytest.param("cervical-facet", "I63.9", "2026-02-28", {}, False, id="stroke after a facet injection"),
    ],
)
def test_events_after_an_epidural(region: str, code: str, day: str, more: dict[str, Any], *, fires: bool) -> None:
    chart = Chart("M50")
    side = "midline" if region == "lumbar-epidural" else "left"
    epidural(chart, "2026-02-27", region=region, side=side)
    coded(chart, code, day, **more)
    assert kinds(chart) == ([f"redflag-post-epidural-event at {side} {region}"] if fires else [])


def test_a_stroke_on_day_four_after_an_epidural_is_silent() -> None:
    chart = Chart("M50")
    epidural(chart, "2026-02-23", region="cervical-tfesi", side="left")
    coded(chart, "I63.9", "2026-02-27")
    assert kinds(chart) == []
