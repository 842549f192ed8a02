"""Steps, ladders, leads and safety rules: what nothing leads to, what leads nowhere, what lacks its source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ..cards.page import page_of as cards_page
from ..library import Library
from ..plan.pages import LadderPage, StepPage, WorkupPage
from ..safety.page import Line, SafetyPage
from ..trace import ladders
from .found import found
from .pages import PROVENANCE

_NOT_SAFETY = ("failure-review", "too-early", "data-gap")
_GUIDELINES = tuple(f"G{number}" for number in range(1, 13))
_PLACE = re.compile(r"{(\w+)(?::\w+)?}")
_NO_SOURCE_NEEDED = ("ENG", "LIT-G", "SITE")


def wrong(library: Library) -> Iterator[str]:
    """Yield what is wrong with all that may come next, and with the safety rules."""
    yield from _ladders(library)
    yield from _steps(library)
    yield from _leads(library)
    yield from _safety(library)
    yield from _cards(library)


def _ladders(library: Library) -> Iterator[str]:
    pages = {stem: library.typed(stem, LadderPage) for stem in ladders(library)}
    climbed = {family for page in pages.values() for family in page.families}
    for family in sorted({region.family for region in library.regions.values()} - climbed):
        yield f"ladders: no ladder is climbed by the family '{family}'; add it under `families` of one"
    for stem, page in pages.items():
        yield from _twice(f"{stem}.toml, rung", (rung.id for rung in page.rungs))
        for rung in page.rungs:
            yield from _sourced(f"{stem}.toml, rung {rung.id}", rung.provenance, (*rung.seeds, *rung.cites))
            for guideline in rung.guideline:
                if guideline not in _GUIDELINES or not (rung.caveat or rung.caveat_at):
                    yield f"{stem}.toml, rung {rung.id}: guideline {guideline} is one of G1 to G12, and needs a caveat"


def _steps(library: Library) -> Iterator[str]:
    led_to = {step for stem in (*ladders(library), "workup") for _, step in found(library.raw[stem], "step", stem)}
    led_to |= {step for _, step in found(library.raw["safety"], "steps", "safety")}
    for name, step in library.typed_rows("steps", StepPage).items():
        where = f"steps.toml, {name}"
        if name not in led_to:
            yield f"{where}: nothing leads to it; put it on a ladder, on a lead or on a card kind, or retire it"
        if step.limit == "suggestible" and not step.order:
            yield f"{where}: it may be suggested and has no `order` to take its code from"
        yield from _sourced(where, step.provenance, (*step.seeds, *step.cites))
        panels = (group[0] for group in (*step.panel, *step.acute_panel))
        for threshold in filter(None, (step.within, step.within_spine, *panels)):
            if threshold not in library.thresholds:
                yield f"{where}: no threshold '{threshold}'; add it to thresholds.toml or correct the name"


def _leads(library: Library) -> Iterator[str]:
    leads = library.typed("workup", WorkupPage).leads
    causes = {rules.page.id: {row.id for row in rules.page.evidence} for rules in library.causes}
    yield from _twice("workup.toml, lead", (lead.id for lead in leads))
    for lead in leads:
        where = f"workup.toml, lead {lead.id}"
        yield from _sourced(where, lead.provenance, (*lead.seeds, *lead.cites))
        if lead.cause and lead.cause not in causes:
            yield f"{where}: no cause '{lead.cause}'; use the id of a cause page"
        for row in lead.evidence:
            if row not in causes.get(lead.cause, ()):
                yield f"{where}: the cause has no row '{row}'; correct the id"


def _safety(library: Library) -> Iterator[str]:
    page = library.typed("safety", SafetyPage)
    lines: list[tuple[str, Line]] = [*page.rules.items(), *page.notes.items(), *page.bars.items()]
    yield from _twice("safety.toml, row", (name for name, _ in lines))
    for name, line in lines:
        where = f"safety.toml, row {name}"
        yield from _sourced(where, line.provenance, (*line.seeds, *line.cites))
        for number in set(_PLACE.findall(getattr(line, "holds", ""))) - set(library.thresholds):
            yield f"{where}: `holds` names '{number}', which is no number of thresholds.toml"
        if not line.when:
            yield f"{where}: it compares nothing; add a comparison under `when`"
    yield from _kinds(page, library)


def _kinds(page: SafetyPage, library: Library) -> Iterator[str]:
    ruled = {rule.kind for rule in page.rules.values()}
    for name in page.kinds:
        if name not in ruled:
            yield f"safety.toml, kind {name}: no rule leads to it; add one or retire it"
        for step in sorted({*page.kinds[name].titles, *page.kinds[name].says} - {*page.kinds[name].steps}):
            yield f"safety.toml, kind {name}: words for '{step}', which it does not ask for; correct the name"
    for where, step in found(library.raw["safety"], "steps", "safety.toml"):
        if step not in library.raw["steps"]:
            yield f"{where}: no step '{step}'; add it to steps.toml or correct the name"


def _cards(library: Library) -> Iterator[str]:
    kinds = (*library.typed("safety", SafetyPage).kinds, *_NOT_SAFETY)
    for kind in cards_page(library).off:
        if kind not in kinds:
            yield f"cards.toml, off: no card kind '{kind}'; use one of {', '.join(kinds)}"


def _twice(where: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{where} {name}: the id stands {times} times; ids are for ever, take a new one"


def _sourced(where: str, provenance: str, cites: Iterable[Any]) -> Iterator[str]:
    if not provenance.startswith(PROVENANCE):
        yield f"{where}: provenance must start with one of {', '.join(PROVENANCE)}"
    if not tuple(cites) and not provenance.startswith(_NO_SOURCE_NEEDED):
        yield f"{where}: provenance {provenance} needs a source"
