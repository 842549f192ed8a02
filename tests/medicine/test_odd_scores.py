"""Scores in the odd forms that real systems send: in a panel, under a borrowed name, on another scale."""

from __future__ import annotations

import pytest

from hooks.steroid_injection_followup.facts import Facts
from tests.charts import Chart
from tests.codes import Json
from tests.medicine.asking import cases, joint

LOINC = "http://loinc.org"


def values(*scores: Json) -> tuple[str | float | None, ...]:
    """Return class, baseline and latest score of an injected left knee with these scores."""
    chart = Chart("F66")
    joint(chart, "2026-01-12")
    for fields in scores:
        shown = chart.pain("2026-02-10", 6, region="knee", side="left")
        for gone in ("valueQuantity", "valueInteger"):
            shown.pop(gone, None)
        shown.update(fields)
    (case,) = cases(chart)
    found = case.response
    return found.kind, *(score.value if score else None for score in (found.baseline, found.latest))


def part(code: str, number: int) -> Json:
    """Return one part of a panel."""
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueInteger": number}


@pytest.mark.parametrize(
    ("fields", "latest"),
    [
        pytest.param({"valueInteger": 5}, 5, id="an integer"),
        pytest.param({"valueQuantity": {"value": 5, "unit": "{score}"}}, 5, id="a score"),
        pytest.param({"valueQuantity": {"value": 50, "unit": "mm", "code": "mm"}}, 5, id="millimetres"),
        pytest.param({"valueQuantity": {"value": 50}}, None, id="50 of nobody knows what"),
        pytest.param({"valueString": "5/10"}, None, id="words"),
        pytest.param(
            {
                "code": {"coding": [{"system": LOINC, "code": "85353-1"}]},
                "component": [part("72514-3", 5), part("8867-4", 70)],
            },
            5,
            id="among vital signs",
        ),
    ],
)  # fmt: skip
def test_a_score_is_read_on_its_scale_or_not_at_all(fields: Json, latest: float | None) -> None:
    assert values(fields) == ("indeterminate" if latest is None else "non-response", 6, latest)


@pytest.mark.parametrize("text", ["Pain goal", "Acceptable pain level", "Worst pain in the last day"])
def test_a_goal_or_the_worst_pain_under_a_pain_code_is_no_score(text: str) -> None:
    named = {"code": {"coding": [{"system": LOINC, "code": "72514-3"}], "text": text}, "valueInteger": 1}
    assert values({"valueInteger": 6}, named) == ("non-response", 6, 6)


def facts_of(*scores: tuple[str, float], name: str = "", region: str = "knee") -> Facts:
    """Return the facts, ten weeks after a left injection, of these scores of pain or of an outcome measure."""
    chart = Chart("F66", as_of="2026-02-09")
    chart.injection("2025-12-01", region=region, side="left")
    for day, score in scores:
        if name:
            chart.measure(name, day, score, region=region, side="left", category="survey")
        else:
            chart.pain(day, score, region=region, side="left")
    (case,) = cases(chart)
    return Facts(case)


def test_points_of_pain_are_told_by_pain_scores_only() -> None:
    pain = facts_of(("2025-12-01", 5), ("2025-12-20", 8), ("2026-01-05", 7))
    assert (pain["points_above_baseline"].value, pain["falling_pain_points"].value) == (2, 1)
    assert pain["points_above_baseline"].said == "pain 5/10 (2025-12-01) to 7/10 (2026-01-05)"
    better = facts_of(("2025-12-01", 45), ("2025-12-20", 50), ("2026-01-05", 47), name="KOOS pain")
    assert better["points_above_baseline"].value is None
    assert better["falling_pain_points"].value is None


@pytest.mark.parametrize(
    ("name", "region", "before", "after", "past"),
    [
        pytest.param("KOOS pain", "knee", 45, 47, "KOOS pain 47, higher is better (2026-01-20) after six weeks"),
        pytest.param("KOOS pain", "knee", 45, 60, "", id="better by what matters"),
        pytest.param("SPADI", "glenohumeral", 50, 60, "SPADI 60 (2026-01-20) after six weeks", id="worse"),
        pytest.param("", "knee", 7, 6, "pain 6/10 (2026-01-20) after six weeks", id="pain"),
    ],
)
def test_a_score_after_six_weeks_is_judged_on_its_own_scale(
    name: str, region: str, before: float, after: float, past: str
) -> None:
    found = facts_of(("2025-12-01", before), ("2026-01-20", after), name=name, region=region)["past_delay_window"]
    assert (found.value, found.said) == (bool(past), past)
