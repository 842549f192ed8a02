"""Acute signs at the site are named on whatever card comes, also where nothing is judged yet."""

from __future__ import annotations

import pytest

from tests.charts import Chart
from tests.medicine.generated import assess, resources


def early(*, side: str | None, pain: float) -> Chart:
    """A right knee injected five days before the day of judgement, with a swelling of one side or none."""
    chart = Chart()
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-02-25", region="knee", side="right", reason=arthritis)
    chart.pain("2026-02-25", 6, region="knee", side="right")
    chart.pain("2026-03-01", pain, region="knee", side="right")
    if side:
        chart.finding("local-swelling", "2026-03-01", region="knee", side=side)
    return chart


@pytest.mark.parametrize(
    ("side", "pain", "cards"),
    [
        ("right", 2, ["too-early"]),
        ("left", 2, []),
        (None, 2, []),
        ("right", 8, ["too-early"]),
        (None, 8, ["too-early"]),
    ],
)
def test_a_swelling_on_day_four_is_named_and_is_worth_a_card(side: str | None, pain: float, cards: list[str]) -> None:
    found = assess(resources(early(side=side, pain=pain))).cards
    assert [card.kind for card in found] == cards
    named = ["local swelling (2026-03-01)" in (card.card.detail or "") for card in found]
    assert named == [side == "right"] * len(cards)
