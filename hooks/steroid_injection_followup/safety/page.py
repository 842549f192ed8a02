"""The page safety.toml, typed and checked: an unknown fact, threshold, kind or placeholder stops the start."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal

import msgspec

from cds_service.errors import KnowledgeError
from cds_service.evidence import Comparison
from cds_service.knowledge import Page, Status, Threshold, comparisons, convert

from ..basis import basis
from ..library import Library
from ..model import Indicator
from .facts import FACTS

WORDS = frozenset({"site", "ago", "days", "injected", "signs"})
_WHERE = "safety.toml"


class Kind(Page, frozen=True):
    """How a card of one kind speaks; a site switches it off by `status = "retired"`.

    `priority` is that of the draft orders that it asks for, as FHIR names it ("" says nothing); with `whole_body` they
    name no place, since what was found is not of the injected site. `titles` and `says` give a step words of its own on
    this card; the others say what the card asks for. `rank` is where the steps of a warning stand among the others. A
    red flag that is `of_the_spine` comes before tests and opinions on the nerves and the spine at every other site.
    """

    indicator: Indicator
    order: int
    title: str
    summary: str
    asks: str
    steps: tuple[str, ...]
    priority: Literal["stat", "asap", "urgent", ""] = ""
    whole_body: bool = False
    of_the_spine: bool = False
    rank: int = 33
    titles: dict[str, str] = msgspec.field(default_factory=dict)
    says: dict[str, str] = msgspec.field(default_factory=dict)
    status: Status = "active"


class Line(Page, frozen=True):
    """What rules, notes and bars have in common: when it holds, in words, and where it comes from."""

    says: str
    when: dict[str, dict[str, Any]]
    cites: tuple[str, ...]
    provenance: str
    seeds: tuple[str, ...]
    uses: tuple[str, ...] = ()
    status: Status = "active"
    note: str = ""


class RulePage(Line, frozen=True):
    """One rule of a card kind."""

    kind: str = ""
    holds: str = ""
    bars_repeat: bool = False


class NotePage(Line, frozen=True):
    """One line of the review: the steps that it asks for, and the kinds of step that it holds back.

    `first` says why its steps come first, else the line itself does; with `every_card` it stands on a card that judges
    nothing yet as well.
    """

    steps: tuple[str, ...] = ()
    holds_back: tuple[Literal["injection", "procedure", "therapy", "medicine"], ...] = ()
    first: str = ""
    every_card: bool = False


class BarPage(Line, frozen=True):
    """One reason why a further steroid is not to be discussed; one that time alone lifts is said beside others only."""

    lasts: bool = True


class SafetyPage(Page, frozen=True):
    """safety.toml."""

    version: str
    reviewed: str
    known_limits: tuple[str, ...]
    kinds: dict[str, Kind]
    rules: dict[str, RulePage]
    notes: dict[str, NotePage]
    bars: dict[str, BarPage]


@dataclass(frozen=True, slots=True)
class Ready:
    """A line of the page ready to run: its comparisons compiled, its thresholds named."""

    id: str
    page: Line
    tests: tuple[Comparison, ...]
    thresholds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SafetyRules:
    """The whole page ready to run; what a site retired is gone."""

    page: SafetyPage
    kinds: tuple[tuple[str, Kind, tuple[Ready, ...]], ...]
    notes: tuple[Ready, ...]
    bars: tuple[Ready, ...]


def compiled(library: Library) -> SafetyRules:
    """Read, check and compile the page. Raises `KnowledgeError`."""
    page = convert(library.page("safety"), SafetyPage, _WHERE)
    strangers = sorted({rule.kind for rule in page.rules.values()} - set(page.kinds))
    if strangers:
        raise KnowledgeError(f"{_WHERE}: no kind '{strangers[0]}'; add [kinds.{strangers[0]}] or correct the rule")
    rules = _ready(page.rules, library)
    kinds = []
    for name, kind in sorted(page.kinds.items(), key=lambda item: item[1].order):
        _check_words(kind.summary, library, f"{_WHERE}, kind {name}")
        own = tuple(r for r in rules if isinstance(r.page, RulePage) and r.page.kind == name)
        if kind.status == "active":
            kinds.append((name, kind, own))
    return SafetyRules(page, tuple(kinds), _ready(page.notes, library), _ready(page.bars, library))


def _ready(lines: dict[str, Any], library: Library) -> tuple[Ready, ...]:
    found = []
    for name, line in lines.items():
        where = f"{_WHERE}, row {name}"
        tests = comparisons(line.when, library.thresholds, where)
        _check_facts(tests, where)
        _check_words(line.says, library, where)
        named = _thresholds(line, library.thresholds, where)
        if line.status == "active":
            found.append(Ready(name, line, tests, named))
    return tuple(found)


def _check_facts(tests: tuple[Comparison, ...], where: str) -> None:
    for test in tests:
        if test.fact not in FACTS:
            raise KnowledgeError(f"{where}: no safety fact '{test.fact}'; use one of {', '.join(sorted(FACTS))}")


def _check_words(text: str, library: Library, where: str) -> None:
    for _, field, _, _ in Formatter().parse(text):
        if field is not None and field not in WORDS and field not in FACTS and field not in library.thresholds:
            known = ", ".join(sorted(WORDS))
            raise KnowledgeError(f"{where}: nothing is called '{{{field}}}'; name a fact, a threshold, or {known}")


def _thresholds(line: Line, known: Any, where: str) -> tuple[str, ...]:
    """The thresholds that a row compares with, and those that its facts compare with by themselves."""
    bounds: list[str] = [
        bound
        for tests in line.when.values()
        for operator, bound in tests.items()
        if isinstance(bound, str) and operator not in ("is", "is_not", "in")
    ]
    named = tuple(dict.fromkeys((*bounds, *line.uses)))
    for name in named:
        if name not in known:
            raise KnowledgeError(f"{where}: no threshold '{name}'; add it to thresholds.toml or correct the name")
    return named


def in_words(threshold: Threshold) -> str:
    """Say a threshold with its value and provenance, as a card shows it."""
    return f"{threshold.says.rstrip('.')} ({threshold.value:g} {threshold.unit}, {basis(threshold.provenance)})"
