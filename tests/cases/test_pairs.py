"""Every rule of safety, rung and lead has its pair: it holds where it should, and the near miss leaves it out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hooks.steroid_injection_followup.plan.picture import GATES
from tests.cases.pairs import (
    LADDERS,
    SAFETY,
    Pairs,
    bars_held,
    leads_open,
    notes_held,
    pictures,
    rules_held,
    rungs_open,
)
from tests.cases.pairs_gates import CLOSES, OTHERS
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


COMPARED = {rung.page.id: rung.reason.tests for rung in ACTIVE_RUNGS.values()} | {
    lead.page.id: lead.reason.tests for lead in LADDERS.leads
}


def alone(name: str, chart: Chart) -> set[str]:
    """Return the fact that alone keeps a rung or a lead closed, at each site of a chart."""
    closed = [
        [test.fact for test in COMPARED[name] if test.outcome(picture[test.fact]) != "met"]
        for picture in pictures(chart)
    ]
    return {facts[0] for facts in closed if len(facts) == 1}


@pytest.mark.parametrize("fact", CLOSES)
def test_a_gate_closes_by_itself(fact: str) -> None:
    name, build = CLOSES[fact]
    assert fact in alone(name, build())


@pytest.mark.parametrize("gate", OTHERS)
def test_a_gate_of_which_a_page_says_only_words(gate: str) -> None:
    build, wanted, near_miss, other = OTHERS[gate]
    assert [picture[gate].value for picture in pictures(build())] == [wanted]
    assert [picture[gate].value for picture in pictures(near_miss())] == [other]


def test_every_gate_has_a_near_miss_that_it_alone_decides() -> None:
    decided = {fact for name, (_, miss) in {**RUNGS, **LEADS}.items() for fact in alone(name, miss())}
    compared = {test.fact for tests in COMPARED.values() for test in tests}
    assert compared - decided - set(CLOSES) == set()
    assert set(GATES) - compared - {"therapy_months"} == set(OTHERS)  # a part of `tear_or_long_therapy`
