"""What may be wrong with the knowledge: rows without source, facts that do not exist, numbers and tags that dangle.

`cds-service check` prints these findings; a test holds that ours has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .causes import placeholders
from .facts import FACTS
from .library import CauseRules, Library

PROVENANCE = ("SEED", "LIT-C", "LIT-G", "ENG", "LIT")
_TAG_FIELDS = ("sites", "near", "not_for", "injections", "conditions", "tags", "specific", "nonspecific", "at", "scales",
               "excluded", "procedures", "trauma", "upper", "lower")  # fmt: skip
_SEED = re.compile(r"S([1-9]\d{0,2})")


def findings(library: Library) -> list[str]:
    """Return what is wrong, one finding a line, each with its page and row."""
    return [
        *_causes(library),
        *_thresholds(library),
        *_cites(library),
        *_tags(library),
        *_regions(library),
    ]


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
            yield from _row(where, row.when, placeholders(row.says) - {"site"})
            if not row.provenance.startswith(PROVENANCE):
                yield f"{where}: provenance must start with one of {', '.join(PROVENANCE)}"
            if row.weight == 0 or abs(row.weight) > 3:
                yield f"{where}: weight must be 1, 2 or 3, or the same below zero"
        yield from _strangers(rules, seen)


def _row(where: str, when: dict[str, Any], said: set[str]) -> Iterator[str]:
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
        for where, cited in _found(page, "cites", stem):
            known = cited in library.citations
            seed = _SEED.fullmatch(cited)
            if not known and not (seed and int(seed.group(1)) <= 213):
                yield f"{where}: cites '{cited}', which is neither in citations.toml nor a seed statement S1 to S213"


def _tags(library: Library) -> Iterator[str]:
    """Every value set that a page names exists."""
    for stem in ("regions", "anatomy", "response"):
        for field in _TAG_FIELDS:
            for where, tag in _found(library.raw[stem], field, stem):
                if tag not in library.terms.ids:
                    yield f"{where}: no value set '{tag}'; add it to valuesets/ or correct the name"


def _regions(library: Library) -> Iterator[str]:
    for name, region in library.regions.items():
        if region.dose_class and region.dose_class not in library.doses.classes:
            yield f"regions.toml, {name}: no dose class '{region.dose_class}' in doses.toml"
    for number, rule in enumerate(library.rules):
        if rule.region not in library.regions:
            yield f"regions.toml, rule {number + 1}: no region '{rule.region}'"


def _found(table: Any, field: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield every text under a field of that name, anywhere in a page, with where it stands."""
    if isinstance(table, dict):
        for key, value in table.items():
            if key == field and isinstance(value, list):
                yield from ((where, text) for text in value if isinstance(text, str))
            else:
                yield from _found(value, field, f"{where}.{key}")
    elif isinstance(table, list):
        for row in table:
            name = row.get("id") or row.get("region") or "" if isinstance(row, dict) else ""
            yield from _found(row, field, f"{where}[{name}]" if name else where)
