"""Red flags and safety warnings of one case: rules of the page safety.toml, critical first (clinical model, section 5).

A critical finding silences all else of its site. Nothing here reassures, names a diagnosis, a dose or a drug to stop.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..case import Case, once
from ..library import Library
from ..model import Finding, Indicator
from .facts import FACTS, Measured, measured_of
from .page import BarPage, Kind, Ready, RulePage, SafetyRules, compiled, in_words
from .reading import Shown
from .scope import out_of_scope, pregnant
from .words import ago, summary

__all__ = [
    "Note", "against_a_repeat", "findings", "notes", "of_the_spine", "on_every_card", "out_of_scope", "pregnant",
    "repeat_bars", "rules",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the review of a site: what it rests on, the steps it asks to think of, the kinds of step it holds."""

    id: str
    says: str
    references: tuple[str, ...]
    cites: tuple[str, ...]
    provenance: tuple[str, ...]
    steps: tuple[str, ...] = ()
    holds_back: tuple[str, ...] = ()
    first: str = ""
    every_card: bool = False


# Compiled once for each library: a page is read at the start and never changes while the service runs.
_COMPILED: list[tuple[Library, SafetyRules]] = []


def rules(library: Library) -> SafetyRules:
    """Return the compiled page of a library; called at the start too, so that a mistake on it stops the start."""
    for known, found in _COMPILED:
        if known is library:
            return found
    found = compiled(library)
    _COMPILED.append((library, found))
    del _COMPILED[:-4]
    return found


@once
def findings(case: Case) -> tuple[Finding, ...]:
    """Return the red flags of the site, or where there is none, its warnings."""
    if not case.episode.index.steroid:
        return ()
    measured = measured_of(case)
    found = []
    for name, kind, own in rules(case.library).kinds:
        held = [rule for rule in own if _holds(rule, measured)]
        if held:
            found.append(_finding(name, kind, held, measured))
    urgent = tuple(f for f in found if f.suppresses_site)
    return urgent or tuple(found)


def of_the_spine(case: Case, found: tuple[Finding, ...]) -> bool:
    """Whether a red flag of the spine is among the findings of a case."""
    return any(f.suppresses_site and rules(case.library).page.kinds[f.kind].of_the_spine for f in found)


@once
def notes(case: Case) -> tuple[Note, ...]:
    """Return the lines that a review of the site shows besides."""
    if not case.episode.index.steroid:
        return ()
    measured = measured_of(case)
    return tuple(
        Note(
            line.id, _filled(line.page.says, measured), tuple(_references(line, measured)), line.page.cites,
            tuple(in_words(case.library.thresholds[name]) for name in line.thresholds),
            getattr(line.page, "steps", ()), getattr(line.page, "holds_back", ()),
            getattr(line.page, "first", ""), getattr(line.page, "every_card", False),
        )
        for line in rules(case.library).notes
        if _holds(line, measured)
    )  # fmt: skip


def on_every_card(case: Case) -> tuple[str, ...]:
    """Return the lines that also stand where nothing is judged yet: acute signs are named on whatever card comes."""
    return tuple(note.says for note in notes(case) if note.every_card)


def repeat_bars(case: Case, found: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return why a further corticosteroid at the site is not even to be discussed; empty when nothing bars it."""
    titles = rules(case.library).page.kinds
    measured = measured_of(case)
    lines = [_filled(bar.page.says, measured) for bar in rules(case.library).bars if _holds(bar, measured)]
    return (*(titles[f.kind].title for f in found if f.bars_repeat), *lines)


def against_a_repeat(case: Case, found: tuple[Finding, ...]) -> str:
    """Return the line of a review that names the bars; the interval alone would read as leave to repeat after it."""
    measured = measured_of(case)
    bars = (bar for bar in rules(case.library).bars if isinstance(bar.page, BarPage) and bar.page.lasts)
    if any(f.bars_repeat for f in found) or any(_holds(bar, measured) for bar in bars):
        why = "; ".join(bar[0].lower() + bar[1:] for bar in repeat_bars(case, found))
        return f"Speaks against a further corticosteroid here: {why}"
    return ""


def _holds(rule: Ready, measured: Measured) -> bool:
    """Compare in the order of the page and stop at the first that is not met; unknown never holds."""
    for test in rule.tests:
        value = measured[test.fact].value
        if value is None or not test.compare(value, test.bound):
            return False
    return True


def _finding(name: str, kind: Kind, held: list[Ready], measured: Measured) -> Finding:
    case = measured.case
    shown = list(dict.fromkeys(s for rule in held for s in _shown(rule, measured)))
    used = dict.fromkeys(threshold for rule in held for threshold in rule.thresholds)
    return Finding(
        kind=name,
        rule=", ".join(rule.id for rule in held),
        indicator=_indicator(kind, case),
        region=case.episode.region,
        side=case.episode.side,
        summary=summary(kind.summary, _Values(measured), [measured[test.fact] for rule in held for test in rule.tests]),
        says=" ".join(_filled(rule.page.says, measured) for rule in held),
        asks=kind.asks,
        facts=tuple(dict.fromkeys(s.says for s in shown if s.says)),
        references=tuple(dict.fromkeys(reference for s in shown for reference in s.references)),
        cites=tuple(dict.fromkeys(cite for rule in held for cite in rule.page.cites)),
        provenance=tuple(in_words(case.library.thresholds[threshold]) for threshold in used),
        steps=kind.steps,
        suppresses_site=kind.indicator == "critical",
        bars_repeat=any(isinstance(rule.page, RulePage) and rule.page.bars_repeat for rule in held),
    )


def _indicator(kind: Kind, case: Case) -> Indicator:
    """An injection known from words alone gives information only, and so does a warning long after the injection."""
    if case.episode.index.text_only:
        return "info"
    stale = kind.indicator == "warning" and case.days > case.number("warn_max_days")
    return "info" if stale else kind.indicator


def _shown(rule: Ready, measured: Measured) -> list[Shown]:
    """What a rule rests on, the injection first, so that every finding names it."""
    injection = measured["days_since_injection"].shown
    return [*injection, *(s for test in rule.tests for s in measured[test.fact].shown)]


def _references(line: Ready, measured: Measured) -> dict[str, None]:
    return dict.fromkeys(reference for shown in _shown(line, measured) for reference in shown.references)


def _filled(text: str, measured: Measured) -> str:
    """Fill a sentence of the page: words, thresholds, and what each fact rests on."""
    return text.format_map(_Words(measured))


class _Words(dict[str, str]):
    """The words that a sentence of the page may name; a fact is said in full."""

    def __init__(self, measured: Measured) -> None:
        case = measured.case
        super().__init__(site=case.site, ago=ago(case.days), days=str(case.days), injected=str(case.injected))
        self._measured = measured

    def __missing__(self, name: str) -> str:
        return self._said(name) if name in FACTS else f"{self._measured.case.number(name):g}"

    def _said(self, name: str) -> str:
        return self._measured[name].fact.said


class _Values(_Words):
    """The same for a summary, where a fact is its value alone."""

    def _said(self, name: str) -> str:
        return str(self._measured[name].value)
