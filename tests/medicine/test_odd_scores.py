"""Scores in the odd forms that real systems send: in a panel, under a borrowed name, on another scale."""

from __future__ import annotations

import pytest

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
