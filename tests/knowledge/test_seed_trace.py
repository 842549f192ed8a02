"""The seed trace: every statement of the source documents, in our words, carried, or with the reason why not."""

from __future__ import annotations

import pytest

from hooks.steroid_injection_followup import trace
from hooks.steroid_injection_followup.library import load

LIBRARY = load()
PAGE = trace.page_of(LIBRARY)
CARRIERS = trace.carriers(LIBRARY)
QUESTIONS = [f"S{n}" for n in range(177, 183)]
TIPS = [f"S{n}" for n in range(183, 190)]
REASONS = {
    "incorrect-diagnosis": range(17, 43),
    "improper-technique": range(43, 56),
    "inadequate-dosage": range(56, 64),
    "incorrect-location": range(64, 75),
    "disease-progression": range(75, 88),
    "patient-variability": range(88, 99),
    "alternative-pathology": range(99, 115),
    "delayed-effect": range(1, 13),
}


def test_it_holds_213_statements_and_no_other() -> None:
    assert sorted(PAGE.statements) == sorted(trace.SEEDS)


@pytest.mark.parametrize("key", trace.SEEDS)
def test_a_statement_is_carried_or_says_why_not(key: str) -> None:
    statement = PAGE.statements[key]
    assert statement.says.endswith(".")
    assert statement.source[0] in "ABCDE"
    assert statement.carried_by or statement.why_not
    for name in statement.carried_by:
        cites = CARRIERS[name].cites
        assert cites is None or key in cites, f"{name} does not cite {key}"


@pytest.mark.parametrize("key", [s for s in trace.SEEDS if not PAGE.statements[s].carried_by])
def test_what_nothing_carries_is_rare_and_explained(key: str) -> None:
    assert key == "S95"
    assert len(PAGE.statements[key].why_not) > 40


@pytest.mark.parametrize("reason", REASONS)
def test_each_of_the_eight_reasons_carries_statements_of_its_own(reason: str) -> None:
    pages = [rules.page for rules in LIBRARY.causes if rules.page.id.partition(".")[0] == reason]
    listed = {seed for page in pages for seed in page.seeds}
    assert {f"S{number}" for number in REASONS[reason]} <= listed
    rows = {row.id for page in pages for row in page.evidence}
    carried = {name.removeprefix("row ") for n in REASONS[reason] for name in PAGE.statements[f"S{n}"].carried_by}
    assert rows & carried


@pytest.mark.parametrize("key", [*QUESTIONS, *TIPS])
def test_the_questions_and_the_tips_are_in_it(key: str) -> None:
    statement = PAGE.statements[key]
    assert statement.source == "B question " + str(int(key[1:]) - 176) if key in QUESTIONS else statement.source
    assert statement.source.startswith("B question" if key in QUESTIONS else "B tip")
    assert statement.carried_by


def test_a_carrier_is_met_by_the_reader() -> None:
    kinds = {name.partition(" ")[0] for s in PAGE.statements.values() for name in s.carried_by}
    assert kinds <= {
        "cause",
        "row",
        "rung",
        "step",
        "lead",
        "rule",
        "note",
        "bar",
        "threshold",
        "referred",
        "region",
        "sentence",
    }


def test_no_two_statements_say_the_same() -> None:
    said = [s.says for s in PAGE.statements.values()]
    assert len(set(said)) == len(said)
