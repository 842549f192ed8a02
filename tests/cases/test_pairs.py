"""Every rule of safety, rung and lead has its pair: it holds where it should, and the near miss leaves it out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cases.pairs import (
    LADDERS,
    SAFETY,
    Pairs,
    bars_held,
    leads_open,
    notes_held,
    rules_held,
    rungs_open,
)
from tests.cases.pairs_ladders import CLOSED, RUNGS
from tests.cases.pairs_leads import LEADS
from tests.cases.pairs_safety import BARS, NOTES, RULES
from tests.charts import Chart
from tests.medicine.planning import plan

ACTIVE_RUNGS = {rung.page.id: rung for family in LADDERS.rungs.values() for rung in family}

Held = Callable[[Chart], set[str]]
KINDS: dict[str, tuple[Pairs, Held, set[str]]] = {
    "rule": (RULES, rules_held, {rule.id for _, _, rules in SAFETY.kinds for rule in rules}),
    "note": (NOTES, notes_held, {note.id for note in SAFETY.notes}),
    "bar": (BARS, bars_held, {bar.id for bar in SAFETY.bars}),
    "rung": (RUNGS, rungs_open, set(ACTIVE_RUNGS) - set(CLOSED)),
    "lead": (LEADS, leads_open, {lead.page.id for lead in LADDERS.leads}),
}
EVERY = [pytest.param(kind, name, id=f"{kind} {name}") for kind, (pairs, _, _) in KINDS.items() for name in pairs]


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_the_pages_has_its_pair(kind: str) -> None:
    pairs, _, active = KINDS[kind]
    assert set(pairs) == active


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_it_holds(kind: str, name: str) -> None:
    pairs, held, _ = KINDS[kind]
    assert name in held(pairs[name][0]())


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_the_near_miss_does_not(kind: str, name: str) -> None:
    pairs, held, _ = KINDS[kind]
    assert name not in held(pairs[name][1]())


@pytest.mark.parametrize("rung", CLOSED)
def test_an_option_that_guidance_closes_is_shown_with_the_reason_and_never_offered(rung: str) -> None:
    page = ACTIVE_RUNGS[rung].page
    step = plan(CLOSED[rung]())[page.step]
    assert step.status == "not-eligible"
    assert step.says
    assert page.caveat in step.caveat
