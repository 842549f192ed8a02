"""Infections on the record, joint fluid and the spine: each rule fires on one case and is silent on its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.medicine.asking import epidural, findings, joint, kinds

TODAY = "2026-03-02"
SEPTIC = "redflag-septic-joint at left knee"
POSSIBLE = "safety-infection-possible at left knee"


def swollen(chart: Chart, day: str = TODAY, *, side: str | None = "left", **more: Any) -> None:
    chart.finding("local-swelling", day, region="knee", side=side, **more)


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
