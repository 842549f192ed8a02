"""The one line of a card: what was found, in fewer than 140 characters for every possible input."""

from __future__ import annotations

from datetime import timedelta

from cds_service.protocol import SUMMARY_LIMIT

from ..case import Case
from ..facts.words import number
from ..model import Response

_TAIL = "Possible explanations and options."


def fitted(*choices: str) -> str:
    """Return the first text that fits; the last is cut at a word when even it does not."""
    for text in choices:
        if len(text) < SUMMARY_LIMIT:
            return text
    return choices[-1][: SUMMARY_LIMIT - 2].rsplit(" ", 1)[0] + "…"


def capitalised(text: str) -> str:
    """Return text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Return text with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def failure_review(case: Case, *, still_developing: bool) -> str:
    """Say what the injection did, and that explanations follow."""
    what = f"{capitalised(case.site)} steroid injection {case.injected.isoformat()}"
    course = _course(case.response, case)
    if still_developing:
        return fitted(
            f"{what}: {course}. The effect may still be developing.", f"{what}: the effect may still be developing."
        )
    return fitted(f"{what}: {course}. {_TAIL}", f"{what}: {course}.", f"{what}: no lasting relief recorded.")


def _course(response: Response, case: Case) -> str:
    base, best, latest = response.baseline, response.best, response.latest
    if base is None or best is None or latest is None:
        return "no usable pair of pain scores, but signs of limited relief"
    if base.scale != "nrs":
        return "the outcome score shows no lasting benefit"
    weeks = max((latest.day - case.injected).days // 7, 1)
    path = (
        [base.value, latest.value]
        if best == latest or response.kind == "non-response"
        else [base.value, best.value, latest.value]
    )
    return f"pain {' → '.join(number(v) for v in path)} at {weeks} week{'s' if weeks > 1 else ''}"


def reassess_days(case: Case) -> tuple[str, str]:
    """Return the days between which the effect is best judged: D+14 and D+42."""
    first = case.injected + timedelta(days=case.number("too_early_days"))
    last = case.injected + timedelta(days=case.number("primary_end_days"))
    return first.isoformat(), last.isoformat()


def too_early(case: Case) -> str:
    """Say that it is too early, and when to look again."""
    first, last = reassess_days(case)
    ago = "today" if case.days == 0 else "1 day ago" if case.days == 1 else f"{case.days} days ago"
    return fitted(
        f"{capitalised(case.site)} steroid injection {ago}: too early to judge. Re-assess between {first} and {last}.",
        f"Steroid injection {ago}: too early to judge. Re-assess between {first} and {last}.",
    )


def data_gap(case: Case) -> str:
    """Say that the record does not tell whether it helped."""
    given, tail = case.injected.isoformat(), "the record does not tell whether it helped."
    return fitted(f"{capitalised(case.site)} steroid injection {given}: {tail}", f"Steroid injection {given}: {tail}")
