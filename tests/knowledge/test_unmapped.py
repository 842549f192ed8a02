"""`cds-service check --unmapped`: which unknown codes near an injection are listed; nothing of the patient is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.cli import main
from tests.charts import Chart

LOCAL = "urn:example:local"


@pytest.fixture
def chart() -> Chart:
    """Return a chart with one knee injection of 1 September."""
    chart = Chart("F62")
    chart.injection("2026-01-12", region="knee", side="right", mg=40)
    return chart


def listed(chart: Chart, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the command over a chart."""
    path = folder / "jane-doe.json"
    path.write_text(json.dumps(chart.bundle()))
    status = main(["check", "--unmapped", str(path)])
    return status, capsys.readouterr().out


def unknown(code: str, display: str = "Knee thing") -> dict[str, Any]:
    """Return a concept that no value set knows."""
    return {"coding": [{"system": LOCAL, "code": code, "display": display}], "text": "Jane Doe's knee"}


def test_a_chart_whose_codes_are_all_known(chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(chart, tmp_path, capsys) == (0, "Every code near an injection is in a value set.\n")


def test_the_most_frequent_come_first(chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in ("2026-01-20", "2026-01-21"):
        chart.procedure(day, unknown("OFTEN"))
    chart.procedure("2026-01-20", unknown("ONCE"))
    status, said = listed(chart, tmp_path, capsys)
    assert status == 1
    assert [line.split()[:3] for line in said.splitlines() if LOCAL in line] == [
        ["2", LOCAL, "OFTEN"],
        ["1", LOCAL, "ONCE"],
    ]


def test_nothing_of_the_patient_is_shown(chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart.procedure("2026-01-20", unknown("X1", "<b>Knee</b> call 555@example.com"))
    _, said = listed(chart, tmp_path, capsys)
    assert "X1" in said
    for private in ("Jane", "jane-doe", "Patient/", "F62", "<b>", "555@", "2026-01"):
        assert private not in said


NEAR: dict[str, tuple[str, bool]] = {
    "30 days after": ("2026-02-11", True),
    "31 days after": ("2026-02-12", False),
    "30 days before": ("2025-12-13", True),
    "31 days before": ("2025-12-12", False),
}


@pytest.mark.parametrize(("day", "near"), NEAR.values(), ids=NEAR)
def test_near_in_time(
    day: str, *, near: bool, chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart.procedure(day, unknown("X1"))
    assert ("X1" in listed(chart, tmp_path, capsys)[1]) is near


def test_near_by_body_site_at_any_time(chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.codes import place

    chart.procedure("2024-05-01", unknown("KNEE"), bodySite=[place("knee", "right")])
    chart.procedure("2024-05-01", unknown("ELBOW"), bodySite=[place("elbow", "right")])
    said = listed(chart, tmp_path, capsys)[1]
    assert "KNEE" in said
    assert "ELBOW" not in said


def test_near_by_the_visit_without_a_date(chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    visit = next(e["resource"] for e in chart.bundle()["entry"] if e["resource"]["resourceType"] == "Encounter")
    procedure = chart.procedure("2026-01-12", unknown("VISIT"))
    del procedure["performedDateTime"]
    procedure["encounter"] = {"reference": f"Encounter/{visit['id']}"}
    assert "VISIT" in listed(chart, tmp_path, capsys)[1]


def test_a_code_beside_a_known_one_stands_apart(
    chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    condition = chart.condition("knee OA", side="right", site="knee")
    condition["code"]["coding"].append({"system": LOCAL, "code": "BESIDE"})
    chart.procedure("2026-01-20", unknown("ALONE"))
    said = listed(chart, tmp_path, capsys)[1]
    assert said.index("ALONE") < said.index("Beside a code that is known") < said.index("BESIDE")


def test_an_injection_whose_code_is_unknown_is_found_by_its_drug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = Chart("F62")
    chart.administration("2026-01-12", "triamcinolone")
    chart.procedure("2026-01-12", unknown("INJECTION"))
    assert "INJECTION" in listed(chart, tmp_path, capsys)[1]


def test_no_chart_no_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--unmapped", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().out == ""


def test_words_without_a_code_are_counted_and_not_shown(
    chart: Chart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart.procedure("2026-01-20", {"text": "Jane Doe's knee"})
    status, said = listed(chart, tmp_path, capsys)
    assert status == 1
    assert "words alone" in said
    assert said.rstrip().endswith(": 1")
    assert "Jane" not in said
