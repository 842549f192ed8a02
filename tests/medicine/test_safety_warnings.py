"""Safety warnings: each fires on one case and is silent on its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.codes import Json, concept, local
from tests.medicine.asking import epidural, findings, joint, kinds, only

TODAY = "2026-03-02"


def failed(chart: Chart, day: str = "2026-01-12", *, region: str = "knee", side: str = "left") -> Json:
    """Add an injection that did not help."""
    joint(chart, day, region=region, side=side, before=7)
    chart.pain("2026-02-16", 7, region=region, side=side)
    return chart.resources[-1]


def coded(chart: Chart, code: str, day: str, **more: Any) -> Json:
    """Add a Condition of an ICD-10-CM code that the table of test codes has no name for."""
    condition = chart.condition(f"coded {code}", recorded=day, **more)
    condition["code"] = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}], "text": code}
    return condition


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
