"""What nothing uses: numbers, facts, sources and pages; and facts that do not say what they measure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..facts import FACTS
from ..library import Library
from ..plan.picture import GATES
from ..safety.facts import FACTS as SAFETY_FACTS
from .code import constants
from .found import found, texts

_PLACE = re.compile(r"{(\w+)}")
_BY_FOLDER = ("causes/", "ladders/")
_READ_BY_THE_TERMINOLOGY = "code-systems"


def wrong(library: Library) -> Iterator[str]:
    """Yield what could be taken away without any answer changing."""
    names = named(library)
    for name in library.thresholds:
        if name not in names:
            yield f"thresholds.toml, {name}: nothing uses it; use it or take it away"
    registries: Mapping[str, Mapping[str, Callable[..., Any]]] = {
        "facts": FACTS, "plan": GATES, "safety": SAFETY_FACTS,
    }  # fmt: skip
    for room, facts in registries.items():
        yield from _facts(room, facts, names)
    yield from _citations(library)
    for stem in library.raw:
        if not stem.startswith(_BY_FOLDER) and stem != _READ_BY_THE_TERMINOLOGY and stem not in constants():
            yield f"{stem}.toml: nothing reads this page; take it away or correct its name"


def named(library: Library) -> frozenset[str]:
    """Return every name that a page other than thresholds.toml, or our code, uses."""
    used = {text for stem, page in library.raw.items() if stem != "thresholds" for text in texts(page)}
    places = {name for text in used for name in _PLACE.findall(text)}
    return constants() | used | places | {text.removeprefix("-") for text in used}


def _facts(room: str, facts: Mapping[str, Callable[..., Any]], names: frozenset[str]) -> Iterator[str]:
    for name, measure in facts.items():
        if name not in names:
            yield f"{room}, fact {name}: no page and no other fact names it; use it or take it away"
        sentence = " ".join((measure.__doc__ or "").split())
        if len(sentence) < 15 or not sentence.endswith("."):
            yield f"{room}, fact {name}: its docstring is what a clinician reads of it; write one whole sentence"


def _citations(library: Library) -> Iterator[str]:
    cited = {
        c for stem, page in library.raw.items() for field in ("cites", "seeds") for _, c in found(page, field, stem)
    }
    for key, citation in library.citations.items():
        if key not in cited and not citation.background:
            yield f"citations.toml, {key}: nothing cites it; cite it, or say under `background` what it is listed for"
        if key in cited and citation.background:
            yield f"citations.toml, {key}: it is cited, so it is no background; take `background` away"
        if citation.strength not in (1, 2, 3) or not citation.certainty:
            yield f"citations.toml, {key}: give a strength of 1, 2 or 3 and a certainty in words"
