"""A pain score that names a side and no site: of this side it may be this site's, of the other it never is."""

from __future__ import annotations

import pytest

from tests.charts import Chart
from tests.medicine.planning import GIVEN, JUDGED, case_of


@pytest.mark.parametrize(
    ("side", "kind"),
    [
        pytest.param("left", "non-response", id="the injected side"),
        pytest.param(None, "non-response", id="no side"),
        pytest.param("right", "indeterminate", id="the other side"),
    ],
)
def test_a_score_with_a_side_and_no_site(side: str | None, kind: str) -> None:
    chart = Chart("F62")
    chart.injection(GIVEN, region="knee", side="left", reason=chart.condition("knee OA", side="left"))
    for day in (GIVEN, JUDGED):
        chart.pain(day, 7, side=side)
    assert case_of(chart).response.kind == kind
