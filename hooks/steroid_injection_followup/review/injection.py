"""The review's chapters on the injection itself: how the response is judged, the regions, and the dose bounds."""

from __future__ import annotations

from collections.abc import Iterator

from ..library import Library
from ..scores import Measure, page_of
from .page import bullets, prose
from .page import page_of as review_page
from .words import number, plain, provenance, sources, table

RESPONSE = "Did the injection work?"
SITES = "Sites that are told apart"
NUMBERS = "All numbers"


def found(library: Library) -> Iterator[str]:
    """Yield how injections are found in a record."""
    yield "## How injections are found\n"
    yield bullets(review_page(library).found, library)


def response(library: Library) -> Iterator[str]:
    """Yield how the response to an injection is judged."""
    page, words = page_of(library), review_page(library)
    yield f"## {RESPONSE}\n"
    yield prose(words.response, library)
    classes = ((plain(c.id), prose(c.when, library), c.card) for c in words.classes)
    yield table(("Class", "When", "Card"), classes)
    yield prose(words.measures, library)
    yield table(("Measure", "Change that matters", "Better is", "Sites"), (_measure(m, library) for m in page.measures))
    yield prose(words.surrogates, library)
    yield table(("Sign", "Weighs"), ((s.says, s.weight) for s in page.surrogates))


def _measure(measure: Measure, library: Library) -> tuple[str, str, str, str]:
    threshold = library.thresholds[measure.threshold]
    regions = ", ".join(library.regions[region].label for region in measure.regions)
    change = f"{number(threshold.value)} {threshold.unit} ({threshold.provenance})"
    return measure.label, change, "lower" if measure.higher_is_worse else "higher", regions or "any"


def regions(library: Library) -> Iterator[str]:
    """Yield the regions that the service tells apart."""
    yield f"## {SITES}\n"
    rows = (
        (
            region.label, region.structure, region.family, region.depth,
            library.doses.classes[region.dose_class].label if region.dose_class else "not rated",
        )
        for region in library.regions.values()
    )  # fmt: skip
    yield table(("Site", "Structure", "Ladder", "Depth", "Dose class"), rows)


def doses(library: Library) -> Iterator[str]:
    """Yield the bounds and the equivalences."""
    page = library.doses
    yield "## Dose and volume bounds\n"
    yield f"{review_page(library).doses} {page.limit}\n"
    rows = (
        (
            c.label, number(c.lower), number(c.usual), number(c.upper),
            f"{number(c.volume_lower)} to {number(c.volume_upper)}", provenance(c.provenance), sources(c.cites),
        )
        for c in page.classes.values()
    )  # fmt: skip
    head = ("Kind of site", "Lower mg", "Usual mg", "Upper mg", "Volume mL", "Basis", "Sources")
    yield table(head, rows)
    yield "Milligrams of triamcinolone or methylprednisolone equivalents.\n"
    agents = (
        (
            a.label,
            f"× {number(a.factor)}" if a.factor else "not converted",
            "yes" if a.particulate else "no",
            sources(a.cites),
        )
        for a in page.agents.values()
    )
    yield table(("Corticosteroid", "Factor", "Particles in suspension", "Sources"), agents)


def thresholds(library: Library) -> Iterator[str]:
    """Yield every number once."""
    yield f"## {NUMBERS}\n"
    yield prose(review_page(library).numbers, library)
    rows = (
        (plain(name), number(t.value), t.unit, t.says, provenance(t.provenance), sources(t.cites))
        for name, t in library.thresholds.items()
    )
    yield table(("Number", "Value", "Unit", "What it does", "Basis", "Sources"), rows)
