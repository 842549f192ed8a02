"""How the record says that a procedure ended: stopped, or with an outcome that did not succeed."""

from __future__ import annotations

from typing import Any

import pytest

from hooks.steroid_injection_followup.facts import Facts
from tests.charts import Chart
from tests.medicine.planning import case_of

_OUTCOME = {"Unsuccessful": "385671000", "Partially successful": "385670004", "Successful": "385669000"}


def outcome(name: str) -> dict[str, Any]:
    coding = {"system": "http://snomed.info/sct", "code": _OUTCOME[name], "display": name}
    return {"outcome": {"coding": [coding]}}


@pytest.mark.parametrize(
    ("fields", "failed", "says"),
    [
        ({"status": "stopped"}, True, "stopped"),
        (outcome("Unsuccessful"), True, "unsuccessful"),
        (outcome("Partially successful"), True, "partially successful"),
        (outcome("Successful"), False, ""),
    ],
)
def test_which_course_is_recorded_is_said(fields: dict[str, Any], *, failed: bool, says: str) -> None:
    chart = Chart()
    chart.injection("2026-01-12", region="knee", side="left", **fields)
    found = Facts(case_of(chart))["procedure_failed"]
    assert (found.value, found.said) == (failed, says)
