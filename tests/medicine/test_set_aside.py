"""What a card says of scores and injections that the record holds and that could not be used (model 5.4, 4c)."""

from __future__ import annotations

import pytest

from hooks.steroid_injection_followup.cards import detail
from hooks.steroid_injection_followup.cards.page import shared_of
from hooks.steroid_injection_followup.cards.unused import unused
from tests.charts import Chart
from tests.codes import Json, quantity
from tests.medicine.asking import cases, joint, known
from tests.records import to

NO_NUMBER: Json = {"valueQuantity": None}
GOAL = {"coding": [{"system": "http://loinc.org", "code": "72514-3"}], "text": "Pain goal"}
HERE: Json = {"region": "knee", "side": "left"}


def knee(given: str = "2025-12-15") -> Chart:
    """Return a chart with an injected left knee."""
    chart = Chart("F60")
    joint(chart, given)
    return chart


def gap(chart: Chart) -> str:
    """Return the words of the card that says what is missing."""
    (case,) = cases(chart)
    return detail.data_gap(case, shared_of(known()))


def test_a_score_after_another_event_is_named_with_the_event_and_one_before_it_is_not() -> None:
    chart = knee()
    chart.pain("2026-01-19", 6, **HERE)
    chart.therapy("hyaluronate", "2026-01-26", **HERE)
    assert "Not counted" not in gap(chart)
    chart.pain("2026-02-16", 2, **HERE)
    assert "- Not counted: 2/10 (2026-02-16) (Observation/" in gap(chart)
    assert ", after an operation or procedure at the site on 2026-01-26." in gap(chart)


def test_a_score_is_asked_for_only_where_one_would_tell() -> None:
    chart = knee()
    assert "no usable pain score of this site is recorded from 2 weeks after the injection on" in gap(chart)
    assert "would help to tell" in gap(chart)
    chart.therapy("hyaluronate", "2026-01-05", **HERE)
    assert "would help to tell" not in gap(chart)
    assert "no usable pain score of this site is recorded in the 90 days before the injection" in gap(no_baseline())
    assert "would help to tell" not in gap(no_baseline())


def no_baseline() -> Chart:
    """Return a chart with an injection and no score before it."""
    chart = Chart("F60")
    chart.injection("2025-12-15", **HERE)
    chart.pain("2026-01-19", 6, **HERE)
    return chart


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"performer": [{"reference": "RelatedPerson/r1"}]}, "given by a related person", id="a relative"),
        pytest.param(NO_NUMBER | {"valueString": "Severe"}, "no number recorded", id="words"),
        pytest.param({"status": "preliminary"}, "status preliminary", id="preliminary"),
        pytest.param({"effectiveDateTime": "2026-01"}, "no exact day recorded", id="a month"),
        pytest.param({"effectiveDateTime": "2024-01"}, "", id="a month of long ago"),
        pytest.param({"status": "entered-in-error"}, "", id="an error"),
        pytest.param(NO_NUMBER | {"effectiveDateTime": "2025-08-01"}, "", id="before the time judged"),
        pytest.param(NO_NUMBER | {"code": GOAL}, "", id="a goal"),
    ],
)  # fmt: skip
def test_a_score_that_could_not_be_used_is_named_with_the_reason(fields: Json, says: str) -> None:
    chart = knee()
    shown = chart.pain("2026-01-19", 6, **HERE)
    shown.update(fields)
    for gone in [name for name, value in fields.items() if value is None]:
        del shown[gone]
    (case,) = cases(chart)
    assert unused(case) == (f"Not used: a pain score, {says} [Observation/{shown['id']}]" if says else "")


def test_scores_without_a_site_are_named_together_where_two_sites_were_injected() -> None:
    chart = Chart("F60")
    for region in ("knee", "hip"):
        chart.injection("2025-12-15", region=region, side="left")
    chart.pain("2025-12-15", 7)
    chart.pain("2026-01-19", 7)
    named = "Observation/pain-numeric-2025-12-15, Observation/pain-numeric-2026-01-19"
    said = f"Not used: 2 pain scores, no site recorded [{named}]"
    assert [unused(case) for case in cases(chart)] == [said, said]


def test_a_score_without_a_side_is_named_where_both_sides_were_injected() -> None:
    chart = knee()
    joint(chart, "2025-12-15", side="right")
    chart.pain("2026-01-19", 7, region="knee")
    assert all("a pain score, no side recorded" in unused(case) for case in cases(chart))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"performedDateTime": "2025-11"}, "no exact day recorded", id="a month"),
        pytest.param({"status": "unknown"}, "status unknown", id="status unknown"),
        pytest.param({"status": "not-done"}, "", id="not done"),
        pytest.param({"performedDateTime": "2025-11", "bodySite": []}, "", id="no site"),
    ],
)
def test_an_injection_of_the_site_that_could_not_be_used_is_named(fields: Json, says: str) -> None:
    chart = knee()
    earlier = chart.injection("2025-11-03", drug=None, **HERE)
    earlier.update(fields)
    (case,) = cases(chart)
    assert unused(case) == (f"Not used: an injection, {says} [Procedure/{earlier['id']}]" if says else "")


@pytest.mark.parametrize(
    ("dose", "why"),
    [
        pytest.param(quantity(40, "mg/mL"), "the dose in milligrams, the entry gives another unit", id="a strength"),
        pytest.param(None, "no dose is recorded", id="none"),
        pytest.param(quantity(40, "mg"), "", id="milligrams"),
    ],
)
def test_a_dose_in_another_unit_is_not_called_absent(dose: Json | None, why: str) -> None:
    chart = knee()
    given = next(r for r in chart.resources if r["resourceType"] == "MedicationAdministration")
    given["dosage"]["dose"] = dose
    if dose is None:
        del given["dosage"]["dose"]
    (case,) = cases(chart)
    assert case.episode.index.dose.why_unknown == why


def test_the_result_of_a_block_is_named() -> None:
    chart = Chart("M57")
    chart.injection("2026-01-12", region="lumbar-facet", side="left", guidance="guided")
    assert "Diagnostic blocks" not in gap(chart)
    block = chart.therapy("medial branch block", "2025-09-08", region="lumbar", side="left")
    chart.measure("block relief", "2025-09-08", 85, unit="%", partOf=[to(block)])
    assert "- Diagnostic blocks of this site: 2025-09-08, 85 % relief [Observation/" in gap(chart)


@pytest.mark.parametrize(("when", "said"), [("11:00", True), ("19:00", False)], ids=["an hour on", "nine hours on"])
def test_relief_in_the_hours_of_the_anaesthetic_is_named(when: str, *, said: bool) -> None:
    chart = Chart("F60")
    chart.injection("2026-01-12T10:00:00-05:00", la_ml=4, **HERE)
    chart.pain("2026-01-12T09:30:00-05:00", 8, **HERE)
    chart.pain(f"2026-01-12T{when}:00-05:00", 1, **HERE)
    assert ("Relief within hours of the local anaesthetic: 87.5 %" in gap(chart)) is said
