"""What makes the reading of the scores less certain, in words (clinical model 3.5, confidence)."""

from __future__ import annotations

from ..case import Case
from ..facts.words import number


def doubts(case: Case) -> str:
    """Name each assumption that lowers the confidence; empty where there is none."""
    response, oldest = case.response, case.number("baseline_days")
    scores = [s for s in (response.baseline, response.best, response.latest) if s is not None]
    age = (case.injected - response.baseline.day).days if response.baseline else 0
    found = {
        "there is no pair of pain scores": any(s.scale != "nrs" for s in scores),
        f"the score before is older than {number(oldest)} days": age > oldest,
        "a score names no site or no side": not all(s.site_specific for s in scores),
        "the injection is told by words alone": case.episode.index.text_only,
    }
    named = " and ".join(words for words, holds in found.items() if holds)
    return f" This is less certain, since {named}." if named else ""
