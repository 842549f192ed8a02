"""A review document (Markdown) as parts of a page: chapters with places to link to, and links between its rows.

The service writes the document from the knowledge that runs; nothing is known of its content here. Each heading and
each row has an id of its own. A row whose first cell is a key ("E4.2", "L12") is linked wherever the key is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ..service import Place, Review

_KEY = re.compile(r"[A-Z]+\d[\w.-]*", re.ASCII)
_WORD = re.compile(r"(?<![\w.-])([A-Z]+\d[\w-]*(?:\.[\w-]+)*)", re.ASCII)
_TABLE = '<div class="wide" tabindex="0"><table>'
_BREAK = re.compile(r"&lt;br&gt;")
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its heading, its id, the headings within it, and its body as HTML."""

    title: str
    id: str
    within: tuple[tuple[str, str], ...]
    body: Markup


@dataclass(frozen=True, slots=True)
class Document:
    """The document as a page shows it."""

    title: str
    chapters: tuple[Chapter, ...]


def document_of(review: Review) -> Document:
    """Read the document; the same text gives the same page."""
    tokens = _markdown.parse(review.text)
    ids = _ids(tokens)
    _also_known(tokens, ids, review.places)
    keys = {words: there.meta["id"] for (_, words), there in ids.items() if _KEY.fullmatch(words)}
    for token in tokens:
        if token.type == "inline":
            _link(token, keys)
    _fit_tables(tokens)
    return Document(_title(tokens), tuple(_chapters(tokens)))


def slug(text: str) -> str:
    """Return words as an id; a key stays as it is, so that its link can be written by hand."""
    if _KEY.fullmatch(text):
        return text
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "part"


def _ids(tokens: Sequence[Token]) -> dict[tuple[str, str], Token]:
    """Give each heading and row an id; return them by chapter and words, the first of each."""
    taken: set[str] = set()
    found: dict[tuple[str, str], Token] = {}
    chapter = ""
    for opening, words in _named(tokens):
        if opening.tag == "h2":
            chapter, within = words, ""
        else:
            within = words
        opening.meta["id"] = _free(slug(words), taken)
        opening.attrSet("id", opening.meta["id"])
        found.setdefault((chapter, within), opening)
    return found


def _named(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Yield each heading and body row with its words, a row's being those of its first cell."""
    row: Token | None = None
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            row = before if token.type == "td_open" else None
        if token.type == "inline" and before.type == "heading_open":
            yield before, token.content
        elif token.type == "inline" and before.type == "td_open" and row is not None:
            yield row, token.content
            row = None


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    taken.add(name)
    return name


def _also_known(tokens: Sequence[Token], ids: Mapping[tuple[str, str], Token], places: Mapping[str, Place]) -> None:
    """Give the places that the service names a second id: an empty element within the heading or the first cell."""
    at: dict[int, list[str]] = {}
    taken = {there.meta["id"] for there in ids.values()}
    for name, place in places.items():
        there = ids.get((place.chapter, place.within))
        if there is not None and name not in taken:
            at.setdefault(id(there), []).append(name)
    waiting: list[str] = []
    for token in tokens:
        waiting.extend(at.get(id(token), ()))
        if token.type == "inline" and waiting:
            token.children = [part for name in waiting for part in _anchor(name)] + (token.children or [])
            waiting = []


def _anchor(name: str) -> tuple[Token, Token]:
    opening = Token("anchor_open", "span", 1)
    opening.attrSet("id", name)
    return opening, Token("anchor_close", "span", -1)


def _link(inline: Token, keys: Mapping[str, str]) -> None:
    """Turn each key in running text into a link to its row."""
    children: list[Token] = []
    for child in inline.children or []:
        if child.type == "text" and inline.content not in keys:
            children.extend(_parted(child.content, keys))
        else:
            children.append(child)
    inline.children = children


def _parted(text: str, keys: Mapping[str, str]) -> Iterator[Token]:
    for number, part in enumerate(_WORD.split(text)):
        linked = number % 2 == 1 and part in keys
        if linked:
            opening = Token("link_open", "a", 1)
            opening.attrSet("href", f"#{keys[part]}")
            yield opening
        said = Token("text", "", 0)
        said.content = part
        yield said
        if linked:
            yield Token("link_close", "a", -1)


def _fit_tables(tokens: Sequence[Token]) -> None:
    """Make the first cell of each row its heading, for who hears the table."""
    first = False
    for before, token in pairwise(tokens):
        if before.type == "tr_open" and token.type == "td_open":
            token.tag, first = "th", True
            token.attrSet("scope", "row")
        elif token.type == "td_close" and first:
            token.tag, first = "th", False
        elif token.type == "th_open":
            token.attrSet("scope", "col")


def _title(tokens: Sequence[Token]) -> str:
    return next((b.content for a, b in pairwise(tokens) if a.type == "heading_open" and a.tag == "h1"), "")


def _chapters(tokens: Sequence[Token]) -> Iterator[Chapter]:
    """Yield what stands before the first chapter, under no heading, and then each chapter."""
    starts = [place for place, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"]
    begin = 3 if tokens and tokens[0].tag == "h1" else 0
    if tokens[begin : (starts or [len(tokens)])[0]]:
        yield Chapter("", "about", (), _html(tokens[begin : (starts or [len(tokens)])[0]]))
    for start, end in pairwise([*starts, len(tokens)]):
        part = tokens[start:end]
        within = tuple(
            (b.content, a.meta["id"]) for a, b in pairwise(part) if a.type == "heading_open" and a.tag == "h3"
        )
        yield Chapter(part[1].content, part[0].meta["id"], within, _html(part))


def _html(tokens: Sequence[Token]) -> Markup:
    rendered = _markdown.renderer.render(list(tokens), _markdown.options, {})
    rendered = rendered.replace("<table>", '<div class="wide" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return Markup(_BREAK.sub("<br>", rendered))  # noqa: S704  # the renderer escapes all text; raw HTML is off
