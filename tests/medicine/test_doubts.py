"""The assumption that makes the reading of the scores less certain is named, and none where there is none."""

from __future__ import annotations

from hooks.steroid_injection_followup.cards.doubts import doubts
from tests.charts import Chart
from tests.medicine.planning import case_of, failed


def test_scores_of_the_site_soon_before_the_injection_leave_no_doubt() -> None:
    assert doubts(case_of(failed())) == ""


def test_an_old_score_that_names_no_site_is_two_doubts() -> None:
    chart = Chart()
    because = chart.condition("knee OA", side="left")
    chart.injection("2025-12-15", region="knee", side="left", reason=because)
    chart.pain("2025-10-15", 7)
    chart.pain("2026-01-20", 7)
    assert doubts(case_of(chart)) == (
        " This is less certain, since the score before is older than 30 days and a score names no site or no side."
    )
