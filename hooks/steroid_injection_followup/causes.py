"""Which of the eight reasons: every cause page weighed over the facts of a case (clinical model 2.1).

Points are added where all comparisons of a row hold. What is unknown adds nothing and is named as missing.
"""

from __future__ import annotations

from string import Formatter

from .case import Case
from .facts import Facts, facts_of
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
    for rules in case.library.weighing_order:
        facts.settled[rules.page.id] = _weighed(rules, facts)
    return tuple(facts.settled[rules.page.id] for rules in case.library.causes)


def none_asked(library: Library, why: str) -> tuple[Cause, ...]:
    """Return every cause as not assessable, with why it was not asked."""
    return tuple(Cause(r.page.id, r.page.title, "not-assessable", missing=(why,)) for r in library.causes)


def _only(case: Case, wanted: str, why: str) -> tuple[Cause, ...]:
    facts = facts_of(case)
    return tuple(
        _weighed(r, facts) if r.page.id == wanted else Cause(r.page.id, r.page.title, "not-assessable", missing=(why,))
        for r in case.library.causes
    )


def _weighed(rules: CauseRules, facts: Facts) -> Cause:
    page = rules.page
    if page.status != "active":
        return Cause(page.id, page.title, "not-assessable", missing=(NOT_IN_USE,))
    held, unsettled = _answered(rules.rows, facts)
    counted = _counted(held) if held else []
    score = _score(counted) if counted else 0
    state = _state(score, counted, page, facts)
    missing = _missing(page, unsettled, facts)
    if state == "not-supported" and (unread := _unread(page.reads, facts.case)):
        state, missing = "not-assessable", (*unread, *missing)  # what was not read may hold the very finding
    if state == "not-assessable" and not missing:
        missing = (page.cannot_judge,)
    evidence = tuple([_evidence(row, facts) for row in held])
    return Cause(page.id, page.title, state, _strength(state, counted), evidence, missing, score)


def _answered(rows: tuple[Row, ...], facts: Facts) -> tuple[list[Row], list[Row]]:
    """Return the rows that hold, and those that the chart does not settle; one comparison not met settles a row."""
    held: list[Row] = []
    unsettled: list[Row] = []
    for row in rows:
        found = held
        for test in row.tests:
            value = facts[test.fact].value
            if value is None:
                found = unsettled
            elif not test.compare(value, test.bound):
                break
        else:
            found.append(row)
    return held, unsettled


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
    references = {reference: None for test in row.tests for reference in facts[test.fact].references}
    says = row.page.says.format_map(_Words(facts))
    return Evidence(row.page.id, row.page.weight, says, tuple(references), row.page.cites)


class _Words(dict[str, str]):
    """The words of a row's placeholders: `site`, or what a fact says."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self._facts = facts

    def __missing__(self, name: str) -> str:
        return self._facts.case.site if name == "site" else self._facts[name].said


def placeholders(says: str) -> set[str]:
    """Return the names that a row's words rest on."""
    return {name for _, name, _, _ in Formatter().parse(says) if name}


def _unread(kinds: tuple[str, ...], case: Case) -> tuple[str, ...]:
    """Say which lists that a negative conclusion rests on were not read whole, and why."""
    return tuple(
        f"the whole list of {kind} resources, {case.chart.gaps[kind]}" for kind in kinds if kind in case.chart.gaps
    )


def _missing(page: CausePage, unsettled: list[Row], facts: Facts) -> tuple[str, ...]:
    """Name what would settle the rows that could not be answered: the required facts first."""
    wanted = {facts[name].missing: None for name in page.requires if facts[name].value is None}
    for row in unsettled:
        for test in row.tests:
            fact = facts[test.fact]
            if fact.value is None:
                wanted[row.page.settles or fact.missing] = None
    return tuple(filter(None, wanted))
