"""Red flags of nerve, limb and whole body: each fires on one case and is silent on its near misses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hooks.steroid_injection_followup import safety
from tests.charts import Chart
from tests.codes import Json
from tests.medicine.asking import cases, epidural, findings, joint, kinds, only

TODAY = "2026-03-02"
CAUDA = "redflag-cauda-equina at midline lumbar-epidural"
DEFICIT = "redflag-progressive-deficit at midline lumbar-epidural"


def coded(chart: Chart, code: str, day: str, *, system: str = "http://hl7.org/fhir/sid/icd-10-cm", **more: Any) -> Json:
    """Add a Condition of a code that the table of test codes has no name for."""
    condition = chart.condition(f"coded {code}", recorded=day, **more)
    condition["code"] = {"coding": [{"system": system, "code": code}], "text": f"code {code}"}
    return condition


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


@pytest.mark.parametrize(
    ("code", "side", "day", "more", "fires"),
    [
        pytest.param("I74.3", "left", TODAY, {}, True, id="this leg"),
        pytest.param("I74.3", "right", TODAY, {}, False, id="the other leg"),
        pytest.param("I74.2", "left", TODAY, {}, False, id="the arm"),
        pytest.param("I74.3", "left", "2026-02-10", {}, False, id="before the injection"),
        pytest.param("I74.3", "left", TODAY, {"verified": "refuted"}, False, id="refuted"),
    ],
)
def test_acute_ischaemia_of_the_limb(code: str, side: str, day: str, more: dict[str, Any], *, fires: bool) -> None:
    chart = Chart("M70")
    joint(chart)
    coded(chart, code, day, side=side, **more)
    assert kinds(chart) == (["redflag-limb-ischaemia at left knee"] if fires else [])


def pressure(chart: Chart, systolic: float, *, unit: str = "mm[Hg]", day: str = TODAY) -> Json:
    return chart.measure("systolic pressure", day, systolic, unit=unit)


@pytest.mark.parametrize(
    ("made", "fires"),
    [
        pytest.param(lambda c: c.condition("adrenal crisis", recorded=TODAY), True, id="crisis recorded"),
        pytest.param(lambda c: c.condition("adrenal crisis", recorded="2026-02-01"), False, id="crisis a month ago"),
        pytest.param(
            lambda c: (c.condition("adrenal insufficiency"), pressure(c, 89)), True, id="insufficiency and 89 mm Hg"
        ),
        pytest.param(
            lambda c: (c.condition("adrenal insufficiency"), pressure(c, 90)), False, id="insufficiency and 90 mm Hg"
        ),
        pytest.param(
            lambda c: (c.condition("adrenal insufficiency"), pressure(c, 80, day="2026-02-01")),
            False,
            id="insufficiency and an old pressure",
        ),
        pytest.param(
            lambda c: (c.condition("adrenal insufficiency"), pressure(c, 80, unit="cm")), False, id="an unknown unit"
        ),
        pytest.param(lambda c: pressure(c, 80), False, id="low pressure alone"),
        pytest.param(lambda c: c.condition("adrenal insufficiency"), False, id="insufficiency alone"),
        pytest.param(
            lambda c: (c.condition("adrenal insufficiency", verified="refuted"), pressure(c, 80)), False, id="refuted"
        ),
    ],
)
def test_adrenal_crisis(made: Any, *, fires: bool) -> None:
    chart = Chart("F50")
    joint(chart, "2025-12-01")
    made(chart)
    assert kinds(chart) == (["redflag-adrenal-crisis at left knee"] if fires else [])


def test_a_low_systolic_pressure_inside_a_panel_is_read() -> None:
    chart = Chart("F50")
    joint(chart, "2025-12-01")
    chart.condition("adrenal insufficiency")
    loinc = "http://loinc.org"
    part = {
        "code": {"coding": [{"system": loinc, "code": "8480-6"}]},
        "valueQuantity": {"value": 78, "unit": "mmHg", "code": "mm[Hg]"},
    }
    chart.observation({"coding": [{"system": loinc, "code": "85354-9"}]}, TODAY, "vital-signs", component=[part])
    found = only(chart)
    assert "systolic pressure 78 mm Hg (2026-03-02)" in found.facts


def test_adrenal_signs_more_than_180_days_after_the_last_steroid_are_silent() -> None:
    chart = Chart("F50")
    joint(chart, "2025-09-02")
    chart.condition("adrenal crisis", recorded=TODAY)
    assert kinds(chart) == []


def test_adrenal_crisis_is_shown_once_with_the_site_injected_last() -> None:
    chart = Chart("F50")
    joint(chart, "2025-12-01")
    joint(chart, "2026-01-12", region="hip", side="right")
    chart.condition("adrenal crisis", recorded=TODAY)
    assert kinds(chart) == ["redflag-adrenal-crisis at right hip"]


@pytest.mark.parametrize(
    ("given", "recorded", "more", "expected"),
    [
        pytest.param("2026-03-01", "2026-03-01", {}, ["redflag-anaphylaxis at left knee"], id="the same day"),
        pytest.param("2026-03-01", "2026-03-02", {}, ["redflag-anaphylaxis at left knee"], id="the next day"),
        pytest.param("2026-02-27", "2026-03-01", {}, [], id="two days after"),
        pytest.param("2026-03-01", "2026-02-27", {}, [], id="before the injection"),
        pytest.param("2026-03-01", "2026-03-01", {"verified": "refuted"}, [], id="refuted"),
        pytest.param(
            "2026-03-01T09:00:00Z",
            "2026-03-02T08:00:00Z",
            {},
            ["redflag-anaphylaxis at left knee"],
            id="23 hours after by the clock",
        ),
        pytest.param("2026-03-01T09:00:00Z", "2026-03-02T10:00:00Z", {}, [], id="25 hours after by the clock"),
        pytest.param("2026-01-12", "2026-01-12", {}, ["safety-allergy at left knee"], id="seven weeks ago: a warning"),
        pytest.param(
            "2026-03-01", "2026-03-01", {"clinical": "resolved"}, ["safety-allergy at left knee"], id="already over"
        ),
    ],
)
def test_anaphylaxis(given: str, recorded: str, more: dict[str, str], expected: list[str]) -> None:
    chart = Chart("F50")
    joint(chart, given)
    coded(chart, "T88.6XXA", recorded, **more)
    assert kinds(chart) == expected


def test_a_red_flag_of_an_injection_known_from_words_alone_is_information_that_still_silences_the_site() -> None:
    chart = Chart("F50")
    joint(chart)
    chart.condition("adrenal crisis", recorded=TODAY)
    (case,) = cases(chart)
    words_only = replace(case.episode, index=replace(case.episode.index, text_only=True))
    (found,) = safety.findings(replace(case, episode=words_only, episodes=(words_only,)))
    assert (found.kind, found.indicator, found.suppresses_site) == ("redflag-adrenal-crisis", "info", True)


def test_a_critical_finding_silences_the_warnings_of_its_site() -> None:
    chart = Chart("F50")
    joint(chart, "2026-01-12", region="achilles")
    coded(chart, "I74.3", TODAY, side="left")
    assert [f.kind for f in findings(chart)] == ["redflag-limb-ischaemia"]
