"""Repeat-card control: what was overridden is not shown again until it says something new or its time has passed.

Critical cards are never held back. Pure: what was answered comes in, what is held back and why goes out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from .service import IssuedCard
from .store.overrides import Answer

_PAGE = Path(__file__).with_name("repeat.toml")


@cache
def reasons_with_own_days() -> Mapping[str, int]:
    """Return the days of each reason that has its own, from `repeat.toml`."""
    page = tomllib.loads(_PAGE.read_text(encoding="utf-8"))
    return {code: row["days"] for row in page["reason"] for code in row["codes"]}


@dataclass(frozen=True, slots=True)
class RepeatRules:
    """For how many days an override counts, whose overrides count, and which reasons have days of their own."""

    days: int = 30
    per: Literal["user", "patient"] = "user"
    days_by_reason: Mapping[str, int] = field(default_factory=reasons_with_own_days)

    def days_for(self, reason_code: str) -> int:
        """Return the days of one reason."""
        return self.days_by_reason.get(reason_code, self.days)


def may_repeat(cards: Sequence[IssuedCard], rules: RepeatRules) -> list[IssuedCard]:
    """Return the cards that could be held back: none when the control is off, and no critical one."""
    return [card for card in cards if card.indicator != "critical"] if rules.days else []


def held_back(
    cards: Sequence[IssuedCard], answers: Mapping[str, Answer], *, now: datetime, rules: RepeatRules
) -> dict[str, str]:
    """Return why each card that is held back is, by its uuid; `answers` are the latest ones by content."""
    found = {}
    for card in may_repeat(cards, rules):
        answer = answers.get(card.content_key)
        if answer is None or answer.outcome != "overridden" or not card.card.uuid:
            continue
        until = answer.at + timedelta(days=rules.days_for(answer.reason_code))
        if now < until:
            found[card.card.uuid] = _says(answer, until, rules)
    return found


def _says(answer: Answer, until: datetime, rules: RepeatRules) -> str:
    """Say why, with a reason's code only where it is one of ours: another's text is not ours to repeat."""
    who = "this user" if rules.per == "user" else "a user"
    reason = f" ({answer.reason_code})" if answer.reason_code in rules.days_by_reason else ""
    return (
        f"{who} overrode the same advice on {answer.at:%Y-%m-%d}{reason}; "
        f"it returns on {until:%Y-%m-%d}, or when what it says changes"
    )
