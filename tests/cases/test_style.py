"""Every card of every case, twin and pair is well written (clinical model 5.3; style.md 11)."""

from __future__ import annotations

import pytest

from tests.cases.book import folders, read_json
from tests.cases.pairs import Pairs
from tests.cases.pairs_ladders import CLOSED, RUNGS
from tests.cases.pairs_leads import LEADS
from tests.cases.pairs_safety import BARS, NOTES, RULES
from tests.cases.style import slips
from tests.cases.twins import twins
from tests.charts import Chart
from tests.medicine.generated import resources
from tests.medicine.test_never_generated import answered

PAIRS: Pairs = {**RULES, **NOTES, **BARS, **RUNGS, **LEADS}


def badly_written(chart: Chart) -> list[str]:
    """Return what is badly written in the cards of a chart."""
    assert resources(chart)
    return [slip for card in answered(chart).cards for slip in slips(card)]


@pytest.mark.parametrize("folder", folders())
def test_cards_of_a_case(folder: str) -> None:
    assert [slip for card in read_json(folder, "expected.json")["cards"] for slip in slips(card)] == []


@pytest.mark.parametrize("fires", [True, False], ids=["holds", "near miss"])
@pytest.mark.parametrize("row", sorted(twins()))
def test_cards_of_a_twin(row: str, *, fires: bool) -> None:
    chart = Chart("F62")
    twins()[row](chart, fires=fires)
    assert badly_written(chart) == []


@pytest.mark.parametrize("name", PAIRS)
def test_cards_of_a_pair(name: str) -> None:
    assert [slip for build in PAIRS[name] for slip in badly_written(build())] == []


@pytest.mark.parametrize("name", CLOSED)
def test_cards_of_an_option_that_guidance_closes(name: str) -> None:
    assert badly_written(CLOSED[name]()) == []
