"""Infection after an injection: each rule fires on one case and is silent on its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.codes import local, quantity
from tests.medicine.asking import epidural, findings, joint, kinds, only

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


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(
            lambda c: c.condition("septic knee", side="left", recorded="2026-02-25"), [SEPTIC], id="this knee"
        ),
        pytest.param(
            lambda c: c.condition("septic knee", side="right", recorded="2026-02-25"), [], id="the other knee"
        ),
        pytest.param(
            lambda c: c.condition("septic knee", side="left", recorded="2026-01-05"), [], id="before the injection"
        ),
        pytest.param(
            lambda c: c.condition("septic knee", side="left", recorded="2026-02-25", verified="refuted"),
            [],
            id="refuted",
        ),
        pytest.param(
            lambda c: c.condition("septic knee", side="left", recorded="2026-02-25", verified="entered-in-error"),
            [],
            id="entered in error",
        ),
        pytest.param(
            lambda c: c.condition("septic knee", side="left", recorded="2026-02-25", clinical="resolved"),
            [],
            id="resolved: history only",
        ),
        pytest.param(
            lambda c: c.condition("septic knee", side="left", recorded="2026-02-25", verified="provisional"),
            [POSSIBLE],
            id="provisional: a warning only",
        ),
        pytest.param(
            lambda c: c.condition("prosthetic knee infection", side="left", recorded="2026-02-25"),
            [SEPTIC],
            id="infection of an artificial knee",
        ),
    ],
)
def test_an_infection_on_the_record(made: Any, expected: list[str]) -> None:
    chart = Chart("M68")
    joint(chart, "2026-01-12")
    made(chart)
    assert kinds(chart) == expected


def test_an_infected_knee_of_unstated_side_is_shown_with_the_knee_injected_last() -> None:
    chart = Chart("M68")
    joint(chart, "2026-01-12", side="right")
    joint(chart, "2026-02-16", side="left")
    septic = chart.condition("septic knee", side="left", recorded="2026-02-25")
    septic["code"] = {"coding": [{"system": "http://snomed.info/sct", "code": "239777004"}]}
    assert kinds(chart) == [SEPTIC]


def test_an_infected_knee_is_put_to_an_injection_whose_site_the_record_does_not_name() -> None:
    chart = Chart("M68")
    chart.injection("2026-02-16", region="unspecified")
    chart.condition("septic knee", side="left", recorded="2026-02-25")
    assert [f.kind for f in findings(chart)] == ["redflag-septic-joint"]


def test_an_infection_of_the_whole_leg_is_a_warning_at_the_knee_of_that_side_only() -> None:
    for side, expected in (("left", [POSSIBLE]), ("right", [])):
        chart = Chart("M68")
        joint(chart, "2026-02-02")
        code = {"left": "L03.116", "right": "L03.115"}[side]
        cellulitis = chart.condition("cellulitis", recorded="2026-02-25")
        cellulitis["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]}
        assert kinds(chart) == expected


def test_an_infected_knee_is_not_put_to_an_injection_of_the_spine_or_of_another_joint() -> None:
    for region in ("lumbar-epidural", "glenohumeral"):
        chart = Chart("M68")
        joint(chart, region=region)
        chart.condition("septic knee", side="left", recorded="2026-02-25")
        assert kinds(chart) == []


@pytest.mark.parametrize(
    ("fluid", "fires"),
    [
        pytest.param({"number": 50000, "unit": "/uL"}, True, id="white cells at the bound"),
        pytest.param({"number": 49999, "unit": "/uL"}, False, id="white cells just below"),
        pytest.param({"number": 61, "unit": "10*3/uL"}, True, id="white cells in thousands"),
        pytest.param({"number": 61000, "unit": "/[HPF]"}, False, id="white cells in an unknown unit"),
        pytest.param({"number": 61000, "unit": "/uL", "side": "right"}, False, id="fluid of the other knee"),
    ],
)
def test_joint_fluid(fluid: dict[str, Any], *, fires: bool) -> None:
    chart = Chart("M68")
    joint(chart)
    chart.lab("synovial WBC", TODAY, **({"region": "knee", "side": "left"} | fluid))
    assert kinds(chart) == ([SEPTIC] if fires else [])


@pytest.mark.parametrize(
    ("more", "fires"),
    [
        pytest.param({"interpretation": "POS"}, True, id="culture flagged positive"),
        pytest.param({"interpretation": "NEG"}, False, id="culture flagged negative"),
        pytest.param({}, False, id="culture with words only"),
    ],
)
def test_joint_fluid_culture(more: dict[str, str], *, fires: bool) -> None:
    chart = Chart("M68")
    joint(chart)
    culture = {"coding": [{"system": "http://loinc.org", "code": "621-3"}], "text": "synovial culture"}
    result = chart.observation(culture, TODAY, "laboratory", valueString="see report")
    if more:
        system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
        result["interpretation"] = [{"coding": [{"system": system, "code": more["interpretation"]}]}]
    assert kinds(chart) == ([SEPTIC] if fires else [])


def test_one_systemic_sign_alone_is_shown_once_with_the_site_injected_last() -> None:
    chart = Chart("M68")
    joint(chart, "2026-01-12", region="glenohumeral", side="right")
    joint(chart, "2026-02-16")
    chart.lab("CRP", TODAY, 142)
    (found,) = findings(chart)
    assert (found.kind, found.region, found.indicator) == ("safety-infection-possible", "knee", "warning")
    assert found.bars_repeat
    assert not found.suppresses_site


def test_an_unnamed_swelling_is_not_shared_between_two_knees_injected_on_one_day() -> None:
    chart = Chart("M68")
    joint(chart)
    joint(chart, side="right")
    chart.lab("CRP", TODAY, 142)
    chart.finding("local-swelling", TODAY)
    assert [f.kind for f in findings(chart)] == ["safety-infection-possible"]


SPINAL = "redflag-spinal-infection at midline lumbar-epidural"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(lambda c: c.condition("infective discitis", recorded="2026-02-25"), [SPINAL], id="discitis"),
        pytest.param(lambda c: c.condition("epidural abscess", recorded="2026-02-25"), [SPINAL], id="abscess"),
        pytest.param(lambda c: c.condition("epidural abscess", recorded="2026-02-01"), [], id="abscess before"),
        pytest.param(
            lambda c: c.condition("epidural abscess", recorded="2026-02-25", verified="refuted"),
            [],
            id="abscess refuted",
        ),
        pytest.param(
            lambda c: (c.lab("ESR", TODAY, 88), c.condition("low back pain", recorded=TODAY)),
            [SPINAL],
            id="high ESR and new back pain",
        ),
        pytest.param(
            lambda c: (c.lab("ESR", TODAY, 88), c.condition("low back pain", recorded=TODAY, onsetDateTime="2021")),
            ["safety-infection-possible at midline lumbar-epidural"],
            id="high ESR and back pain of years",
        ),
        pytest.param(
            lambda c: (c.lab("CRP", TODAY, 150), c.pain(TODAY, 8, region="lumbar")),
            [SPINAL],
            id="high CRP and more pain",
        ),
        pytest.param(
            lambda c: (c.lab("CRP", TODAY, 150), c.pain(TODAY, 7, region="lumbar")),
            ["safety-infection-possible at midline lumbar-epidural"],
            id="high CRP and pain one point up",
        ),
        pytest.param(
            lambda c: (c.measure("temperature", TODAY, 38.9), c.measure("motor power", TODAY, 4)),
            ["safety-infection-possible at midline lumbar-epidural"],
            id="fever and power of 4/5, not new",
        ),
    ],
)
def test_infection_after_a_spinal_injection(made: Any, expected: list[str]) -> None:
    chart = Chart("M60")
    epidural(chart)
    made(chart)
    assert kinds(chart) == expected


def test_fever_and_new_weakness_after_an_epidural_match_both_red_flags() -> None:
    chart = Chart("M60")
    epidural(chart)
    chart.measure("temperature", TODAY, 38.9)
    chart.measure("motor power", TODAY, 3)
    assert [f.kind for f in findings(chart)] == ["redflag-spinal-infection", "redflag-progressive-deficit"]


def test_local_findings_with_a_coded_answer_count_as_the_answer_says() -> None:
    for code, fires in (("373066001", True), ("373067005", False), ("261665006", False)):
        chart = Chart("M68")
        joint(chart)
        chart.lab("CRP", TODAY, 142)
        answer = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
        chart.observation(local("local-swelling"), TODAY, "exam", valueCodeableConcept=answer)
        assert kinds(chart) == [SEPTIC if fires else POSSIBLE]
