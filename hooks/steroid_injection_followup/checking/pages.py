"""Causes, numbers, sources, value sets, regions, doses and referred pain: rows without source, names that dangle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cds_service.knowledge import SITE

from ..anatomy import anatomy
from ..facts import FACTS
from ..library import CauseRules, Library, placeholders
from ..scores import page_of as response_page
from .found import found

PROVENANCE = ("SEED", "LIT-C", "LIT-G", "ENG", "LIT", SITE)
_TAG_FIELDS = frozenset(
    "sites near not_for injections conditions tags specific nonspecific at scales excluded procedures trauma "
    "vague apart upper lower counts visits order tag visual".split()
)
_TAGGED_PAGES = ("regions", "anatomy", "response", "steps")
_SEED = re.compile(r"S([1-9]\d{0,2})")


def wrong(library: Library) -> Iterator[str]:
    """Yield what is wrong with the pages that the causes and the response rest on."""
    yield from _causes(library)
    yield from _thresholds(library)
    yield from _cites(library)
    yield from _tags(library)
    yield from _regions(library)
    yield from _doses(library)
    yield from _referred(library)
    yield from _response(library)


def _causes(library: Library) -> Iterator[str]:
    seen: dict[str, str] = {}
    for rules in library.causes:
        page = rules.page
        for name in page.requires:
            if name not in FACTS:
                yield f"causes/{page.id}: requires the fact '{name}', which does not exist; add it or correct the name"
        for row in page.evidence:
            where = f"causes/{page.id}, row {row.id}"
            if row.id in seen:
                yield f"{where}: the id stands in {seen[row.id]} too; ids are for ever, take a new one"
            seen[row.id] = page.id
            yield from _row(where, row.when, placeholders(row.says) - {"site", *library.thresholds})
            if not row.provenance.startswith(PROVENANCE):
                yield f"{where}: provenance must start with one of {', '.join(PROVENANCE)}"
            if row.weight == 0 or abs(row.weight) > 3:
                yield f"{where}: weight must be 1, 2 or 3, or the same below zero"
        yield from _strangers(rules, seen)


def _row(where: str, when: dict[str, Any], said: frozenset[str]) -> Iterator[str]:
    for name in (*when, *sorted(said)):
        if name not in FACTS:
            yield f"{where}: the fact '{name}' does not exist; add it or correct the name"
    if not when:
        yield f"{where}: it compares nothing; add a comparison under `when`"


def _strangers(rules: CauseRules, seen: dict[str, str]) -> Iterator[str]:
    for row in rules.page.evidence:
        for other in row.argues_only_against:
            if other not in seen:
                yield f"causes/{rules.page.id}, row {row.id}: argues only against '{other}', which no row has"


def _thresholds(library: Library) -> Iterator[str]:
    for name, threshold in library.thresholds.items():
        if threshold.provenance not in PROVENANCE:
            yield f"thresholds.toml, {name}: provenance must be one of {', '.join(PROVENANCE)}"
        if threshold.provenance in ("SEED", "LIT-C") and not threshold.cites:
            yield f"thresholds.toml, {name}: provenance {threshold.provenance} needs a source under `cites`"


def _cites(library: Library) -> Iterator[str]:
    """Every source that a page cites is a citation or a seed statement."""
    for stem, page in library.raw.items():
        for field in ("cites", "seeds"):
            for where, cited in found(page, field, stem):
                seed = _SEED.fullmatch(cited)
                if cited not in library.citations and not (seed and int(seed.group(1)) <= 213):
                    yield f"{where}: cites '{cited}', which is neither in citations.toml nor one of S1 to S213"


def _tags(library: Library) -> Iterator[str]:
    """Every value set that a page names exists."""
    for stem in _TAGGED_PAGES:
        for field in sorted(_TAG_FIELDS):
            for where, tag in found(library.raw[stem], field, stem):
                if tag and tag not in library.terms.ids:
                    yield f"{where}: no value set '{tag}'; add it to valuesets/ or correct the name"


def _regions(library: Library) -> Iterator[str]:
    for name, region in library.regions.items():
        if region.dose_class and region.dose_class not in library.doses.classes:
            yield f"regions.toml, {name}: no dose class '{region.dose_class}' in doses.toml"
    for number, rule in enumerate(library.rules):
        if rule.region not in library.regions:
            yield f"regions.toml, rule {number + 1}: no region '{rule.region}'"


def _doses(library: Library) -> Iterator[str]:
    for name, bounds in library.doses.classes.items():
        where = f"doses.toml, {name}"
        if not bounds.lower <= bounds.usual <= bounds.upper or bounds.volume_lower > bounds.volume_upper:
            yield f"{where}: bounds must rise from lower to usual to upper"
        if not bounds.provenance.startswith(PROVENANCE):
            yield f"{where}: provenance must start with one of {', '.join(PROVENANCE)}"
        if bounds.provenance == "LIT-C" and not bounds.cites:
            yield f"{where}: provenance LIT-C needs a source under `cites`"


def _referred(library: Library) -> Iterator[str]:
    seen: set[str] = set()
    for row in anatomy(library).referred:
        where = f"anatomy.toml, referred {row.id}"
        if row.id in seen:
            yield f"{where}: the id stands twice; ids are for ever, take a new one"
        seen.add(row.id)
        if not row.provenance.startswith(PROVENANCE) or not (row.cites or row.provenance.startswith(("LIT-G", "ENG"))):
            yield f"{where}: give a source under `cites` and a provenance of {', '.join(PROVENANCE)}"
        for region in row.felt:
            if region not in library.regions:
                yield f"{where}: no region '{region}'; use one of regions.toml"


def _response(library: Library) -> Iterator[str]:
    for measure in response_page(library).measures:
        where = f"response.toml, {measure.tag}"
        if measure.threshold not in library.thresholds:
            yield f"{where}: no threshold '{measure.threshold}'; add it to thresholds.toml or correct the name"
        for region in measure.regions:
            if region not in library.regions:
                yield f"{where}: no region '{region}'; use one of regions.toml"
