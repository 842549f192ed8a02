"""Red flags of the limb and the whole body: each fires on one case and is silent on its near misses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hooks.steroid_injection_followup import safety
from tests.charts import Chart
from tests.codes import Json
from tests.medicine.asking import cases, coded, findings, joint, kinds, only

TODAY = "2026-03-02"
CAUDA = "redflag-cauda-equina at midline lumbar-epidural"
DEFICIT = "redflag-progressive-deficit at midline lumbar-epidural"


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
