"""While a red flag of the spine stands, the cards of other sites leave nerves and spine to it."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.protocol import Card
from tests.charts import Chart
from tests.medicine.generated import assess, resources
from tests.medicine.planning import failed


def knee_and_back(*, flagged: bool) -> Chart:
    """A knee that did not answer beside a sick nerve root, and an epidural of the last weeks."""
    chart = failed("knee", "right", day="2026-01-12", judged="2026-02-16")
    chart.condition("lumbar radiculopathy", site="lumbar", recorded="2025-03-20")
    chart.injection("2026-02-02", region="lumbar-epidural", side=None)
    if flagged:
        chart.finding("saddle-anaesthesia", "2026-03-01")
    return chart


def review_of(chart: Chart, region: str) -> tuple[Card, dict[str, Any]]:
    """Return the failure review of a region, and what the explanation says of each step there."""
    found = assess(resources(chart))
    (issued,) = [c for c in found.cards if (c.kind, c.region) == ("failure-review", region)]
    sites = {(e["region"], e["side"]): e for e in found.explanation["episodes"]}
    episode = sites[region, issued.side]
    return issued.card, {step["id"]: step["status"] for step in episode["nextSteps"]}


@pytest.mark.parametrize("flagged", [False, True], ids=["no red flag", "a red flag of the spine"])
def test_the_card_of_the_knee_leaves_nerves_and_spine_to_it(*, flagged: bool) -> None:
    card, status = review_of(knee_and_back(flagged=flagged), "knee")
    offered = {suggestion.label for suggestion in card.suggestions}
    assert ("MRI of the lumbar spine" in offered) is not flagged
    assert {status["nerve-conduction-study"], status["referral-pmr"]} == {"not-eligible" if flagged else "suggested"}
    assert ("see that card first" in (card.detail or "")) is flagged
    assert "Physical therapy, right knee" in offered


def test_another_injection_of_the_same_spine_suggests_nothing() -> None:
    chart = failed("lumbar-facet", "left", reason="lumbar facet arthropathy", site="lumbar")
    chart.injection("2026-02-02", region="lumbar-epidural", side=None)
    chart.finding("saddle-anaesthesia", "2026-03-01")
    card, status = review_of(chart, "lumbar-facet")
    assert (card.suggestions or []) == []
    assert "suggested" not in status.values()


def test_a_red_flag_of_another_joint_leaves_the_spine_to_be_looked_at() -> None:
    chart = knee_and_back(flagged=False)
    chart.injection("2026-02-20", region="knee", side="left")
    chart.condition("septic knee", side="left", recorded="2026-03-01")
    card, _ = review_of(chart, "knee")
    assert "MRI of the lumbar spine" in {suggestion.label for suggestion in card.suggestions}
    assert "see that card first" in (card.detail or "")
