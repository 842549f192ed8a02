"""Looking through the raw tables of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def found(table: Any, field: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield every text under a field of that name, anywhere in a page, with where it stands."""
    if isinstance(table, dict):
        for key, value in table.items():
            if key == field:
                yield from ((where, text) for text in _texts(value))
            if isinstance(value, dict | list):
                yield from found(value, field, f"{where}.{key}")
    elif isinstance(table, list):
        for row in table:
            name = row.get("id") or row.get("tag") or row.get("region") or "" if isinstance(row, dict) else ""
            yield from found(row, field, f"{where}[{name}]" if name else where)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (text for text in value if isinstance(text, str))


def texts(table: Any) -> Iterator[str]:
    """Yield every text of a page, keys and values alike."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, dict):
        for key, value in table.items():
            yield key
            yield from texts(value)
    elif isinstance(table, list):
        for value in table:
            yield from texts(value)
