"""Reading knowledge pages: TOML into typed pages, with errors that name the file, the row and the mend.

A site lays its own pages over ours: it changes or retires what is there, by name; it never silently adds to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from .errors import KnowledgeError
from .evidence import OPERATORS, Comparison

P = TypeVar("P")
# A draft does not run yet, an active page or row runs, a retired one does not run any more; none is ever deleted.
Status: TypeAlias = Literal["draft", "active", "retired"]
# By which field the rows of an array are told apart, the first that all rows have.
ROW_KEYS = ("id", "tag", "step", "code", "name")
# The provenance of a number that a site changed without saying where its own comes from.
SITE = "SITE"
_ABOUT_A_ROW = frozenset({*ROW_KEYS, "status", "note", "reviewed"})


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a page or a row of a page is made of; an unknown field is a mistake, not an extension."""


class Threshold(Page, frozen=True):
    """One number, once: value, unit, provenance (SEED, LIT-C, LIT-G, ENG), citations, and what it means in words."""

    value: float
    unit: str
    provenance: str
    cites: tuple[str, ...]
    says: str


class Citation(Page, frozen=True):
    """One source: what it is, where it was read, its kind, strength (1-3 stars as a number) and certainty in words.

    `background` says what a source is listed for that no row, rule or number cites.
    """

    title: str
    year: int | None = None
    seen_at: str = ""
    strength: int = 1
    certainty: str = ""
    citable_on_card: bool = True
    note: str = ""
    background: str = ""


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; a syntax error names the file and the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise KnowledgeError(f"{path.name}: cannot be read ({problem.strerror}); restore the file") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise KnowledgeError(f"{path.name}: not valid TOML: {problem}; mend the line named") from problem


def read_page(path: Path, kind: type[P]) -> P:
    """Read a page of a given type."""
    return convert(read_toml(path), kind, path.name)


def convert(raw: Any, kind: type[P], where: str) -> P:
    """Convert data read from a page to its type; an error names the page and the row."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as problem:
        raise KnowledgeError(f"{where}: {problem}; correct that field") from problem


def laid_over(
    page: Mapping[str, Any], site: Mapping[str, Any], where: str, *, open_to: Collection[str] = ()
) -> dict[str, Any]:
    """Lay a site's page over ours: tables merge by key, rows of an array by their id, all else is replaced.

    Where every entry of a table is a table itself, its keys are names: one that ours lacks raises `KnowledgeError`,
    as does an unknown id. Comparisons under `when`, and the tables and arrays that `open_to` names as they stand in
    `where` ("citations", "doses.agents"), take additions. A changed row is marked `SITE` under `provenance` unless
    the site gives its own.
    """
    merged = dict(page)
    named = where not in open_to and not where.endswith(".when") and _of_tables(page)
    for key, value in site.items():
        if named and key not in page:
            raise _stranger(where, key, page)
        merged[key] = _laid(page.get(key), value, f"{where}.{key}", open_to)
    if "provenance" in page and "provenance" not in site and not site.keys() <= _ABOUT_A_ROW:
        merged["provenance"] = SITE
    return merged


def _laid(ours: Any, value: Any, where: str, open_to: Collection[str]) -> Any:
    if isinstance(ours, Mapping):
        if not isinstance(value, Mapping):
            raise KnowledgeError(f"overlay, {where}: ours is a table; write [{where.partition('.')[2]}] and its fields")
        return laid_over(ours, value, where, open_to=open_to)
    key = row_key(ours)
    return value if key is None else _rows(ours, value, where, key, open_to)


def row_key(rows: Any) -> str | None:
    """Return the field that tells the rows of an array apart, or `None` when it is no array of such rows."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
        return None
    return next((k for k in ROW_KEYS if len({row.get(k) for row in rows} - {None}) == len(rows)), None)


def _rows(ours: list[Any], site: Any, where: str, key: str, open_to: Collection[str]) -> list[Any]:
    """Change the rows that the site names, and leave the others and their order as they are."""
    if not isinstance(site, list) or not all(isinstance(row, Mapping) and key in row for row in site):
        raise KnowledgeError(f"overlay, {where}: name each row that you change by its `{key}`")
    changed = {row[key]: row for row in site}
    if len(changed) < len(site):
        raise KnowledgeError(f"overlay, {where}: a row is given twice; write each `{key}` once")
    names = {row[key]: row for row in ours}
    added = [row for name, row in changed.items() if name not in names]
    if added and where not in open_to:
        raise _stranger(where, added[0][key], names)
    return [
        *(laid_over(row, changed.get(name, {}), f"{where}.{name}", open_to=open_to) for name, row in names.items()),
        *added,
    ]


def _of_tables(table: Mapping[str, Any]) -> bool:
    return all(isinstance(value, Mapping) for value in table.values())


def _stranger(where: str, name: Any, known: Collection[str]) -> KnowledgeError:
    near = get_close_matches(str(name), known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(list(known)[:12])}"
    return KnowledgeError(f"overlay, {where}: ours has no '{name}'; {hint} A site changes or retires what is there")


def changed_names(page: Mapping[str, Any], site: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a site's page changes: of rows, of named tables, else of the fields."""
    for key, value in site.items():
        ours = page.get(key)
        field = row_key(ours)
        if field is not None and isinstance(value, list):
            yield from (str(row[field]) for row in value)
        elif isinstance(ours, Mapping) and isinstance(value, Mapping) and _of_tables(ours):
            yield from map(str, value)
        else:
            yield key


def comparisons(
    when: Mapping[str, Mapping[str, Any]], thresholds: Mapping[str, Threshold], where: str
) -> tuple[Comparison, ...]:
    """Turn `when.<fact>.<operator> = <bound>` into comparisons.

    The bound of an ordering operator may be the name of a threshold. Raises `KnowledgeError` for an operator that
    does not exist, and for a name that no threshold has.
    """
    found = []
    for fact, tests in when.items():
        for operator, bound in tests.items():
            if operator not in OPERATORS:
                raise KnowledgeError(f"{where}: no operator '{operator}'; use one of {', '.join(OPERATORS)}")
            found.append(Comparison(fact, OPERATORS[operator], _bound(operator, bound, thresholds, where)))
    return tuple(found)


def _bound(operator: str, bound: Any, thresholds: Mapping[str, Threshold], where: str) -> Any:
    if operator in ("is", "is_not"):
        return bound
    if operator == "in":
        return tuple(bound)
    if isinstance(bound, str):
        if bound not in thresholds:
            raise KnowledgeError(f"{where}: no threshold '{bound}'; add it to thresholds.toml or correct the name")
        return thresholds[bound].value
    return bound
