"""The review's chapters on what may come next: the steps with their redundancy, the ladders, and the work-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ..library import Library
from ..plan.pages import LadderPage, LeadPage, RungPage, StepPage, WorkupPage
from ..trace import ladders
from .page import page_of, prose
from .words import comparisons, number, plain, provenance, sentence, sources, table

STEPS = "Next steps, and what makes them redundant"
_LIMIT = {
    "suggestible": "may be suggested as a draft order",
    "mention-only": "named in the text only",
    "never": "kept visible, never offered",
}
_AT_LEAST = {"possible": "possible or supported", "supported": "supported"}
_SLOT = {
    "first": "first step",
    "diagnostic": "the one test",
    "conservative": "the lowest conservative step",
    "upward": "the one opinion",
    "advanced": "named for the specialist",
    "weighed": "named in the text",
    "specialist": "people to ask",
    "support": "support",
}


def steps(library: Library) -> Iterator[str]:
    """Yield every step with how far it may go, and what makes it redundant."""
    yield f"## {STEPS}\n"
    yield prose(page_of(library).steps, library)
    rows = (
        (
            step.title.format(place="site"), _LIMIT[step.limit] + _off(step.status), sentence(step.redundant, library),
            _days(step, library), provenance(step.provenance) + (f". {step.note}" if step.note else ""),
            sources((*step.seeds, *step.cites)),
        )
        for step in library.typed_rows("steps", StepPage).values()
    )  # fmt: skip
    yield table(("Step", "How far it may go", "Redundant when", "A result lasts", "Basis", "Sources"), rows)


def _days(step: StepPage, library: Library) -> str:
    named = {"site": step.within, "spine": step.within_spine}
    said = [
        f"{number(library.thresholds[name].value)} {library.thresholds[name].unit}"
        + (" (spine)" if at == "spine" else "")
        for at, name in named.items()
        if name
    ]
    return "; ".join(said) or "see left"


def all_ladders(library: Library) -> Iterator[str]:
    """Yield every ladder, rung by rung."""
    yield "## Ladders\n"
    yield prose(page_of(library).ladders, library)
    for stem in ladders(library):
        page = library.typed(stem, LadderPage)
        yield f"### {page.title}\n"
        yield f"{_state(page.status, page.reviewed, page.version)}\n"
        titles = library.typed_rows("steps", StepPage)
        yield table(
            ("Rung", "Option", "Part", "Open when", "Says", "What guidance says", "Basis", "Sources"),
            (_rung(rung, titles[rung.step], library) for rung in page.rungs),
        )


def conflicts(library: Library) -> Iterator[str]:
    """Yield the options that a guideline narrows or speaks against, each with its words."""
    yield "## Where guidelines and the source documents differ\n"
    yield f"{page_of(library).conflicts}\n"
    titles = library.typed_rows("steps", StepPage)
    rows = (
        (
            rung.rung,
            titles[rung.step].title.format(place="site"),
            page.title,
            _caveat(rung, library),
            sources(rung.guideline),
        )
        for page in (library.typed(stem, LadderPage) for stem in ladders(library))
        for rung in page.rungs
        if rung.guideline
    )
    yield table(("Rung", "Option", "Ladder", "What guidance says", "Conflict"), rows)


def _rung(rung: RungPage, step: StepPage, library: Library) -> tuple[str, ...]:
    where = [f"only: {_sites(rung.only, library)}"] if rung.only else []
    where += [f"not at: {_sites(rung.not_at, library)}"] if rung.not_at else []
    gate = [comparisons(rung.when, library)] if rung.when else []
    shut = [f"Else: {sentence(rung.otherwise, library)}"] if rung.otherwise else []
    caveat = _caveat(rung, library) + (f" ({', '.join(rung.guideline)})" if rung.guideline else "")
    return (
        rung.rung, step.title.format(place="site") + _off(rung.status), _SLOT[rung.slot],
        "<br>".join((*where, *gate, *shut)) or "always", sentence(rung.says, library), caveat or "—",
        provenance(rung.provenance), sources((*rung.seeds, *rung.cites)),
    )  # fmt: skip


def _caveat(rung: RungPage, library: Library) -> str:
    regions = library.regions
    own = [
        f"At the {regions[name].label if name in regions else f'{name} spine'}: {sentence(words, library)}"
        for name, words in rung.caveat_at.items()
    ]
    return "<br>".join(filter(None, (sentence(rung.caveat, library), *own)))


def workup(library: Library) -> Iterator[str]:
    """Yield what each cause leads to."""
    page = library.typed("workup", WorkupPage)
    yield "## What a reason leads to\n"
    yield f"{_state(page.status, page.reviewed, page.version)}\n"
    yield prose(page_of(library).workup, library)
    titles = library.typed_rows("steps", StepPage)
    causes = {rules.page.id: rules.page.title for rules in library.causes}
    rows = (_lead(lead, titles[lead.step].title.format(place="site"), causes, library) for lead in page.leads)
    yield table(("Lead", "Reason", "Step", "Comes up when", "Says", "Basis", "Sources"), rows)


def _lead(lead: LeadPage, title: str, causes: dict[str, str], library: Library) -> tuple[str, ...]:
    when: Sequence[str] = [
        f"the reason is {_AT_LEAST[lead.at_least]}" if lead.at_least else "",
        f"row {' or '.join(lead.evidence)} holds" if lead.evidence else "",
        comparisons(lead.when, library) if lead.when else "",
        f"only: {_sites(lead.only, library)}" if lead.only else "",
        f"group: {plain(lead.group)}" if lead.group else "",
        "only when nothing else would settle it" if lead.last_resort else "",
    ]
    step = title + (" (named in the text only)" if lead.mention else "") + _off(lead.status)
    says = sentence(lead.says, library) + (f" {sentence(lead.caveat, library)}" if lead.caveat else "")
    held = "<br>".join(filter(None, when)) or "always"
    basis, cited = provenance(lead.provenance), sources(chain(lead.seeds, lead.cites))
    return lead.id, causes.get(lead.cause, "any"), step, held, says, basis, cited


def _sites(names: Sequence[str], library: Library) -> str:
    return ", ".join(library.regions[name].label for name in names)


def _off(status: str) -> str:
    return "" if status == "active" else f" (**{status}: not used**)"


def _state(status: str, reviewed: str, version: str) -> str:
    return f"{status.capitalize()}; {reviewed or 'not yet reviewed by a clinician'}; version {version}."
