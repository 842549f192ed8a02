"""Warnings of glycaemia, medicines, artificial joints, allergy and destruction: a case that fires, near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.codes import Json, concept, local
from tests.medicine.asking import coded, epidural, findings, joint, kinds, only

TODAY = "2026-03-02"


def failed(chart: Chart, day: str = "2026-01-12", *, region: str = "knee", side: str = "left") -> Json:
    """Add an injection that did not help."""
    joint(chart, day, region=region, side=side, before=7)
    chart.pain("2026-02-16", 7, region=region, side=side)
    return chart.resources[-1]


# Glycaemia


@pytest.mark.parametrize(
    ("made", "fires"),
    [
        pytest.param(lambda c: c.lab("HbA1c", "2025-12-20", 8.0), True, id="HbA1c at the bound"),
        pytest.param(lambda c: c.lab("HbA1c", "2025-12-20", 7.9), False, id="HbA1c just below"),
        pytest.param(lambda c: c.lab("HbA1c", "2025-12-20", 64, unit="mmol/mol"), True, id="HbA1c of 64 mmol/mol"),
        pytest.param(lambda c: c.lab("HbA1c", "2025-12-20", 63, unit="mmol/mol"), False, id="HbA1c of 63 mmol/mol"),
        pytest.param(lambda c: c.lab("HbA1c", "2025-12-20", 9.1, unit="1"), False, id="HbA1c in an unknown unit"),
        pytest.param(lambda c: c.lab("HbA1c", "2025-09-02", 9.1), False, id="HbA1c 181 days old"),
        pytest.param(
            lambda c: (c.lab("HbA1c", "2025-10-20", 9.1), c.lab("HbA1c", "2026-01-20", 7.0)),
            False,
            id="the latest counts",
        ),
        pytest.param(lambda c: c.lab("glucose", "2026-01-19", 300), True, id="glucose at the bound on day 7"),
        pytest.param(lambda c: c.lab("glucose", "2026-01-19", 299), False, id="glucose just below"),
        pytest.param(lambda c: c.lab("glucose", "2026-01-20", 340), False, id="glucose on day 8"),
        pytest.param(lambda c: c.lab("glucose", "2026-01-14", 17, unit="mmol/L"), True, id="glucose in mmol/L"),
        pytest.param(lambda c: c.lab("glucose", "2026-01-11", 340), False, id="glucose before the injection"),
    ],
)
def test_glycaemia_of_a_diabetic_whose_injection_failed(made: Any, *, fires: bool) -> None:
    chart = Chart("F58")
    failed(chart)
    chart.condition("type 2 diabetes")
    made(chart)
    assert kinds(chart) == (["safety-glycaemia at left knee"] if fires else [])


def test_glycaemia_is_not_raised_without_diabetes_nor_after_an_injection_that_helped() -> None:
    chart = Chart("F58")
    failed(chart)
    chart.lab("HbA1c", "2025-12-20", 9.1)
    assert kinds(chart) == []
    helped = Chart("F58")
    joint(helped, "2026-01-12", before=7)
    helped.pain("2026-02-16", 1, region="knee", side="left")
    helped.condition("type 2 diabetes")
    helped.lab("HbA1c", "2025-12-20", 9.1)
    assert kinds(helped) == []


def test_glycaemia_is_raised_in_the_first_week_whatever_the_response() -> None:
    for given, fires in (("2026-02-23", True), ("2026-02-22", False)):
        chart = Chart("F58")
        joint(chart, given)
        chart.condition("type 2 diabetes")
        chart.lab("HbA1c", "2026-01-20", 9.1)
        assert [f.kind for f in findings(chart)] == (["safety-glycaemia"] if fires else [])


def test_glycaemia_is_shown_with_one_failed_site_only() -> None:
    chart = Chart("F58")
    failed(chart)
    failed(chart, region="hip", side="right")
    chart.condition("type 2 diabetes")
    chart.lab("HbA1c", "2025-12-20", 9.1)
    assert [f.kind for f in findings(chart)] == ["safety-glycaemia"]


# CYP3A4


@pytest.mark.parametrize(
    ("drug", "start", "more", "fires"),
    [
        pytest.param("triamcinolone", "2024-05-01", {}, True, id="taken for years and still"),
        pytest.param("methylprednisolone", "2024-05-01", {}, True, id="with methylprednisolone"),
        pytest.param("dexamethasone", "2024-05-01", {}, True, id="with dexamethasone"),
        pytest.param("betamethasone", "2024-05-01", {}, False, id="with betamethasone"),
        pytest.param("hydrocortisone", "2024-05-01", {}, False, id="with hydrocortisone"),
        pytest.param("triamcinolone", "2025-12-20", {"status": "completed"}, True, id="a course 5 days before"),
        pytest.param("triamcinolone", "2025-12-10", {"status": "completed"}, False, id="a course 15 days before"),
        pytest.param("triamcinolone", "2026-02-19", {}, True, id="begun 56 days after"),
        pytest.param("triamcinolone", "2026-02-20", {}, False, id="begun 57 days after"),
        pytest.param("triamcinolone", "2024-05-01", {"status": "entered-in-error"}, False, id="entered in error"),
        pytest.param("triamcinolone", "2024-05-01", {"status": "completed"}, False, id="ended on an unknown day"),
    ],
)
def test_a_strong_inhibitor_around_the_injection(drug: str, start: str, more: dict[str, str], *, fires: bool) -> None:
    chart = Chart("M50")
    chart.injection("2025-12-25", region="knee", side="left", drug=drug)
    chart.medicine("cobicistat", start, **more)
    assert kinds(chart) == (["safety-cyp3a4 at left knee"] if fires else [])


def test_only_triamcinolone_with_an_inhibitor_bars_a_further_steroid() -> None:
    for drug, bars in (("triamcinolone", True), ("dexamethasone", False)):
        chart = Chart("M50")
        chart.injection("2025-12-25", region="knee", side="left", drug=drug)
        chart.medicine("cobicistat", "2024-05-01")
        assert only(chart).bars_repeat is bars


# Particulate steroid


@pytest.mark.parametrize(
    ("region", "drug", "day", "fires"),
    [
        pytest.param("cervical-tfesi", "triamcinolone", "2026-01-12", True, id="triamcinolone at the neck"),
        pytest.param("cervical-tfesi", "dexamethasone", "2026-01-12", False, id="a solution at the neck"),
        pytest.param("cervical-epidural", "triamcinolone", "2026-01-12", False, id="interlaminar at the neck"),
        pytest.param("lumbar-tfesi", "triamcinolone", "2026-01-12", False, id="transforaminal at the lumbar spine"),
        pytest.param("cervical-tfesi", "triamcinolone", "2025-09-02", False, id="181 days ago"),
    ],
)
def test_particulate_steroid_through_a_foramen(region: str, drug: str, day: str, *, fires: bool) -> None:
    chart = Chart("M50")
    side = "midline" if region.endswith("epidural") else "left"
    epidural(chart, day, region=region, side=side, drug=drug)
    assert kinds(chart) == ([f"safety-epidural-particulate at {side} {region}"] if fires else [])


def test_particulate_steroid_through_a_thoracic_foramen() -> None:
    chart = Chart("M50")
    injection = epidural(chart, "2026-01-12", region="cervical-tfesi", side="left", drug="methylprednisolone")
    injection["bodySite"] = [{"coding": [{"system": "http://snomed.info/sct", "code": "122495006"}]}]
    assert [f.kind for f in findings(chart)] == ["safety-epidural-particulate"]


# Artificial joint


@pytest.mark.parametrize(
    ("made", "fires"),
    [
        pytest.param(
            lambda c: c.therapy("knee replacement", "2021", region="knee", side="left"), True, id="operated on in 2021"
        ),
        pytest.param(
            lambda c: c.therapy("knee replacement", "2021-05-17", region="knee", side="right"),
            False,
            id="the other knee",
        ),
        pytest.param(
            lambda c: c.therapy("knee replacement", "2026-02-20", region="knee", side="left"),
            False,
            id="operated on after",
        ),
        pytest.param(
            lambda c: c.therapy("knee replacement", "2021-05-17", region="knee", side="left", status="not-done"),
            False,
            id="not done",
        ),
        pytest.param(lambda c: c.condition("artificial knee", side="left"), True, id="status recorded before"),
        pytest.param(
            lambda c: c.condition("artificial knee", side="left", recorded=TODAY), False, id="status recorded after"
        ),
        pytest.param(
            lambda c: c.condition("artificial knee", side="left", recorded=TODAY, onsetDateTime="2021"),
            False,
            id="status recorded after, with a year of onset only",
        ),
        pytest.param(
            lambda c: c.condition("artificial knee", side="left").pop("recordedDate"), True, id="status without a date"
        ),
        pytest.param(lambda c: c.condition("artificial hip", side="left"), False, id="an artificial hip"),
    ],
)
def test_steroid_at_an_artificial_joint(made: Any, *, fires: bool) -> None:
    chart = Chart("M72")
    joint(chart, "2026-01-26")
    made(chart)
    assert kinds(chart) == (["safety-prosthetic-joint at left knee"] if fires else [])


# Allergy, destruction


def test_allergy_to_steroid_or_excipient_bars_talk_of_a_further_one() -> None:
    for substance in (local("allergen-polyethylene-glycol"), local("allergen-carboxymethylcellulose"),
                      local("allergen-benzyl-alcohol"), concept("medicine", "methylprednisolone")):  # fmt: skip
        chart = Chart("F62")
        joint(chart, "2026-01-26")
        chart.allergy(substance)
        found = only(chart)
        assert (found.kind, found.bars_repeat) == ("safety-allergy", True)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"clinical": "resolved"}, id="resolved"),
        pytest.param({"verification": "refuted"}, id="refuted"),
        pytest.param({"verification": "entered-in-error"}, id="entered in error"),
        pytest.param({"substance": "naproxen"}, id="another drug"),
    ],
)
def test_an_allergy_that_is_not_one_is_silent(more: dict[str, str]) -> None:
    chart = Chart("F62")
    joint(chart, "2026-01-26")
    record = chart.allergy(concept("medicine", more.get("substance", "methylprednisolone")))
    for element, system in (("clinical", "clinicalStatus"), ("verification", "verificationStatus")):
        if element in more:
            record[system] = {"coding": [{"code": more[element]}]}
    assert kinds(chart) == []


@pytest.mark.parametrize(
    ("side", "recorded", "more", "fires"),
    [
        pytest.param("left", "2026-02-20", {}, True, id="this hip, after"),
        pytest.param("right", "2026-02-20", {}, False, id="the other hip"),
        pytest.param("left", "2025-11-20", {}, False, id="before"),
        pytest.param("left", "2026-02-20", {"verified": "refuted"}, False, id="refuted"),
        pytest.param("left", "2026-02-20", {"verified": "provisional"}, False, id="provisional"),
    ],
)
def test_osteonecrosis_after_the_injection(side: str, recorded: str, more: dict[str, str], *, fires: bool) -> None:
    chart = Chart("M60")
    joint(chart, "2026-01-05", region="hip")
    chart.condition("hip osteonecrosis", side=side, recorded=recorded, **more)
    assert kinds(chart) == (["safety-joint-destruction at left hip"] if fires else [])


def test_an_insufficiency_fracture_after_the_injection() -> None:
    chart = Chart("M60")
    joint(chart, "2026-01-05", region="hip")
    coded(chart, "M84.459A", "2026-02-20", side="left")
    assert kinds(chart) == ["safety-joint-destruction at left hip"]
