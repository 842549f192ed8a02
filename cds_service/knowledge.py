"""Reading knowledge pages: TOML into typed pages, with errors that name the file, the row and the mend."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .errors import KnowledgeError
from .evidence import OPERATORS, Comparison

P = TypeVar("P")


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
    """One source: what it is, where it was read, its kind, strength (1-3 stars as a number) and certainty in words."""

    title: str
    year: int | None = None
    seen_at: str = ""
    strength: int = 1
    certainty: str = ""
    citable_on_card: bool = True
    note: str = ""


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


def laid_over(page: Mapping[str, Any], site: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a site's table over ours: tables merge key by key, all else is replaced."""
    merged = dict(page)
    for key, value in site.items():
        ours = merged.get(key)
        merged[key] = laid_over(ours, value) if isinstance(ours, Mapping) and isinstance(value, Mapping) else value
    return merged


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
            found.append(Comparison(fact, operator, _bound(operator, bound, thresholds, where)))
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
