"""Facts of nerve pain: a nerve condition that was injected for is told from one that may be another source."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hooks.steroid_injection_followup.facts import Facts
from tests.charts import Chart
from tests.medicine.planning import back, case_of, failed, wrist_nerve

TREATED = "the very condition that was injected for"


def nerve_condition(chart: Chart) -> str:
    return Facts(case_of(chart))["nerve_condition"].said


def test_the_injected_nerve_condition_is_named_as_such() -> None:
    assert nerve_condition(wrist_nerve()) == f"carpal tunnel syndrome, left (2025-03-20), {TREATED}"
    assert nerve_condition(back("lumbar radiculopathy")) == f"lumbar radiculopathy (2025-03-20), {TREATED}"


@pytest.mark.parametrize("build", [failed, lambda: back("lumbar stenosis")], ids=["a knee", "stenosis"])
def test_a_root_disorder_beside_another_disease_is_not(build: Callable[[], Chart]) -> None:
    chart = build()
    chart.condition("lumbar radiculopathy", site="lumbar", side="left")
    assert nerve_condition(chart) == "lumbar radiculopathy, left (2025-03-20)"


def test_a_second_nerve_condition_is_named_apart() -> None:
    chart = wrist_nerve()
    chart.condition("cervical radiculopathy", site="cervical", side="left")
    treated, other = nerve_condition(chart).split("; and ")
    assert treated.endswith(TREATED)
    assert other == "cervical radiculopathy, left (2025-03-20)"
