"""Repeat-card control: what stays away, for how long, and what never does."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from cds_service.repeat import RepeatRules, held_back
from cds_service.store import Answer
from tests.store.words import NOW, issued, uuid_of

RULES = RepeatRules()


def answer(days_ago: float, code: str = "", outcome: str = "overridden") -> Answer:
    return Answer(outcome, NOW - timedelta(days=days_ago), code)


CASES = {
    "overridden yesterday": (answer(1), True),
    "overridden 29 days ago": (answer(29), True),
    "overridden 30 days ago": (answer(30), False),
    "accepted yesterday": (answer(1, outcome="accepted"), False),
    "done already, half a year ago": (answer(180, "already-done"), True),
    "done already, over a year ago": (answer(366, "already-done"), False),
    "declined by the patient, four months ago": (answer(120, "patient-declined"), True),
    "not now, an hour ago": (answer(0.05, "not-now"), True),
    "not now, eight days ago": (answer(8, "not-now"), False),
    "a reason of the client's own, last week": (answer(7, "our-own-reason"), True),
    "a reason of the client's own, last month": (answer(31, "our-own-reason"), False),
}


@pytest.mark.parametrize(("given", "stays_away"), CASES.values(), ids=CASES)
def test_how_long_an_override_counts(given: Answer, *, stays_away: bool) -> None:
    card = issued(content_key="k")
    found = held_back([card], {"k": given}, now=NOW, rules=RULES)
    assert (uuid_of(card) in found) is stays_away


def test_the_reason_says_who_when_and_until() -> None:
    card = issued(content_key="k")
    (says,) = held_back([card], {"k": answer(1, "already-done")}, now=NOW, rules=RULES).values()
    assert says == (
        "this user overrode the same advice on 2026-03-01 (already-done); "
        "it returns on 2027-03-01, or when what it says changes"
    )


def test_a_client_s_own_reason_is_not_repeated_to_anyone() -> None:
    card = issued(content_key="k")
    (says,) = held_back([card], {"k": answer(1, "Mrs Smith says no")}, now=NOW, rules=RULES).values()
    assert "Smith" not in says


def test_other_content_and_critical_cards_are_shown() -> None:
    cards = [issued(content_key="changed"), issued(content_key="k", indicator="critical")]
    assert held_back(cards, {"k": answer(1)}, now=NOW, rules=RULES) == {}


def test_the_control_can_be_switched_off() -> None:
    assert held_back([issued(content_key="k")], {"k": answer(0)}, now=NOW, rules=RepeatRules(days=0)) == {}


def test_each_reason_that_our_cards_offer_has_days_of_its_own() -> None:
    page = tomllib.loads(Path("hooks/steroid_injection_followup/knowledge/cards.toml").read_text(encoding="utf-8"))
    assert {row["code"] for row in page["override_reasons"]} <= RULES.days_by_reason.keys()
