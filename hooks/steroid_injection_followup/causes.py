"""Which of the eight reasons: every cause page weighed over the facts of a case (clinical model 2.1).

Points are added where all comparisons of a row hold. What is unknown adds nothing and is named as missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from msgspec.structs import replace

from cds_service.evidence import outcome_of

from .case import Case
from .facts import FACTS, Facts, facts_of
from .library import CauseRules, Library, Row
from .model import Cause, Evidence, State, Strength
from .pages import CausePage, EvidenceRow

NOT_ASKED = {
    "too-early": "not asked: it is too early to judge the injection",
    "responder": "not asked: the injection worked",
    "waned-after-benefit": "not asked: the injection worked for at least twelve weeks",
    "not-applicable": "not asked: no corticosteroid injection is proven",
    "indeterminate": "not asked: the record does not tell whether the injection worked",
}
NOT_IN_USE = "not asked: this page is not in use here"
SUPPRESSED = "not asked: a red flag comes first"
_EARLY = "delayed-effect"


def causes(case: Case) -> tuple[Cause, ...]:
    """Return all causes in the order of the pages, each with its state; those not asked say why."""
    kind = case.response.kind
    if kind == "too-early":
        return _only(case, _EARLY, NOT_ASKED[kind])
    if not case.response.failed:
        return none_asked(case.library, NOT_ASKED[kind])
    facts = facts_of(case)
    weighed: dict[str, Cause] = {}
    for rules in case.library.weighing_order:
        cause = weighed[rules.page.id] = _weighed(rules, facts)
        if cause.state == "supported":
            facts.supported.append(replace(cause, lacks=tuple))  # what it lacks would refer back to these facts
    return tuple([weighed[rules.page.id] for rules in case.library.causes])


def none_asked(library: Library, why: str) -> tuple[Cause, ...]:
    """Return every cause as not assessable, with why it was not asked."""
    return tuple(_not_asked(rules, why) for rules in library.causes)


def _only(case: Case, wanted: str, why: str) -> tuple[Cause, ...]:
    facts = facts_of(case)
    return tuple(_weighed(r, facts) if r.page.id == wanted else _not_asked(r, why) for r in case.library.causes)


def _not_asked(rules: CauseRules, why: str) -> Cause:
    return Cause(rules.page.id, rules.page.title, "not-assessable", lacks=partial(tuple, (why,)))


def _weighed(rules: CauseRules, facts: Facts) -> Cause:
    page = rules.page
    if page.status != "active":
        return _not_asked(rules, NOT_IN_USE)
    held = _held(rules.rows, facts)
    counted = _counted(held) if held else []
    score = _score(counted) if counted else 0
    state = _state(score, counted, page, facts)
    unread: tuple[str, ...] = ()
    if state == "not-supported" and (unread := _unread(page.reads, facts.case)):
        state = "not-assessable"  # what was not read may hold the very finding
    otherwise = page.cannot_judge if state == "not-assessable" else ""
    lacks = partial(_lacking, rules, facts, unread, otherwise)
    evidence = tuple([_evidence(row, facts) for row in held]) if held else ()
    return Cause(page.id, page.title, state, _strength(state, counted), evidence, score, lacks)


def _held(rows: tuple[Row, ...], facts: Facts) -> list[Row]:
    """Return the rows all of whose comparisons are met; what is unknown meets none."""
    held = []
    for row in rows:
        for test in row.tests:
            value = facts[test.fact].value
            if value is None or not test.compare(value, test.bound):
                break
        else:
            held.append(row)
    return held


def _counted(held: list[Row]) -> list[EvidenceRow]:
    """Drop corroborating rows that stand alone: they would flag almost everyone (model 2.1)."""
    rows = [row.page for row in held]
    alone = not any(row.weight > 0 and not row.corroborating for row in rows)
    return [row for row in rows if not (row.corroborating and alone)]


def _score(counted: list[EvidenceRow]) -> int:
    """Add the weights; rows that argue only against certain rows never cancel the others (model 2.1, A4)."""
    answered = {name for row in counted for name in row.argues_only_against}
    contested = rest = 0
    for row in counted:
        if row.argues_only_against or row.id in answered:
            contested += row.weight
        else:
            rest += row.weight
    return rest + (max(contested, 0) if rest > 0 else contested)


def _state(score: int, counted: list[EvidenceRow], page: CausePage, facts: Facts) -> State:
    if score >= 3 and any(row.weight >= 2 for row in counted):
        return "possible" if facts.case.response.kind == "indeterminate" else "supported"
    if score >= 1:
        return "possible"
    readable = counted or any(facts[name].value is not None for name in page.requires)
    return "not-supported" if readable else "not-assessable"


def _strength(state: State, counted: list[EvidenceRow]) -> Strength | None:
    if state == "supported":
        return "stronger" if any(row.weight >= 3 for row in counted) else "moderate"
    return "limited" if state == "possible" else None


def _evidence(row: Row, facts: Facts) -> Evidence:
    references = dict.fromkeys([reference for test in row.tests for reference in facts[test.fact].references])
    words = {name: _word(name, facts) for name in row.fill_in}
    return Evidence(row.page.id, row.page.weight, row.page.says.format_map(words), tuple(references), row.page.cites)


def _word(name: str, facts: Facts) -> object:
    if name == "site":
        return facts.case.site
    return facts[name].said if name in FACTS else facts.case.library.numbers[name]


def _unread(kinds: tuple[str, ...], case: Case) -> tuple[str, ...]:
    """Say which lists that a negative conclusion rests on were not read whole, and why."""
    return tuple(
        f"the whole list of {kind} resources, {case.chart.gaps[kind]}" for kind in kinds if kind in case.chart.gaps
    )


def _lacking(rules: CauseRules, facts: Facts, unread: tuple[str, ...], otherwise: str) -> Iterator[str]:
    """Name what would settle the cause: lists not read, then the required facts, then those of rows left open.

    Where that is nothing, `otherwise` is said, if anything.
    """
    said = False
    for words in chain(unread, _required(rules.page, facts), _left_open(rules.rows, facts)):
        if words:
            yield words
            said = True
    if otherwise and not said:
        yield otherwise


def _required(page: CausePage, facts: Facts) -> Iterator[str]:
    return (facts[name].missing for name in page.requires if facts[name].value is None)


def _left_open(rows: tuple[Row, ...], facts: Facts) -> Iterator[str]:
    """One comparison that is not met settles a row, whatever else the chart does not tell."""
    for row in rows:
        if outcome_of(row.tests, facts) == "unknown":
            yield from (row.page.settles or facts[t.fact].missing for t in row.tests if facts[t.fact].value is None)
