"""The texts that our own Python holds: which names of pages, facts and numbers it uses."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parents[1]


@cache
def constants() -> frozenset[str]:
    """Return every text constant of this service's modules."""
    return frozenset(
        node.value
        for path in sorted(_HERE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
