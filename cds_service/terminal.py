"""Cards as a person reads them in a terminal: a box each, with the weight of the advice in its colour."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .protocol import Card, Suggestion

_COLOURS = {"critical": "31", "warning": "33", "info": "36"}
_SIGNS = {"critical": "‼", "warning": "!", "info": "i"}
_WIDEST = 100
_BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>|~&@:/])")
_ITEM = re.compile(r"^(\s*)([-*+]|\d+[.)])\s+(.*)$")
_CONTROL = re.compile(r"[\x00\x01\x03-\x1f\x7f-\x9f]")  # a chart's text must not steer the terminal
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Page:
    """A terminal to draw on: its width, and whether it shows colour."""

    def __init__(self, *, colour: bool, width: int | None = None) -> None:
        self.width = min(width or shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
        self._colour = colour

    def styled(self, text: str, codes: str) -> str:
        """Return text in a style, where the terminal shows one."""
        return f"\x1b[{codes}m{text}\x1b[0m" if self._colour and text else text

    def draw(self, cards: Sequence[Card]) -> str:
        """Return all cards, one below the other."""
        if not cards:
            return "No card: the service has nothing to say about this chart. Add --explain to see why."
        return "\n".join("\n".join(self._card(card)) for card in cards)

    def outline(self, value: Any, *, depth: int = 0) -> str:
        """Return the reasoning as an indented outline."""
        return "\n".join(self._outline(value, depth))

    def _card(self, card: Card) -> Iterator[str]:
        colour = _COLOURS[card.indicator]
        title = f" {_SIGNS[card.indicator]} {card.indicator.upper()} "
        if card.source.topic is not None:
            title += f"· {card.source.topic.code} "
        yield self.styled(f"╭─{title}{'─' * max(0, self.width - 3 - len(title))}╮", colour)
        for line in self._inside(card):
            pad = " " * max(0, self.width - 4 - len(_ANSI.sub("", line)))
            yield f"{self.styled('│', colour)} {line}{pad} {self.styled('│', colour)}"
        yield self.styled(f"╰{'─' * (self.width - 2)}╯", colour)

    def _inside(self, card: Card) -> Iterator[str]:
        yield from (self.styled(line, "1") for line in self._wrapped(card.summary))
        if card.detail:
            yield ""
            yield from self._markdown(card.detail)
        if card.suggestions:
            yield ""
            yield self.styled("You can order", "1;4")
            for suggestion in card.suggestions:
                yield from self._suggestion(suggestion)
        yield ""
        for link in card.links:
            yield from self._wrapped(f"→ {link.label}: {link.url}")
        source = f"Source: {card.source.label}" + (f" · {card.source.url}" if card.source.url else "")
        yield from (self.styled(line, "2") for line in self._wrapped(source))

    def _suggestion(self, suggestion: Suggestion) -> Iterator[str]:
        mark = "★" if suggestion.is_recommended else "○"
        yield from self._wrapped(f"{mark} {suggestion.label}", hang="  ")
        for action in suggestion.actions:
            if action.description != suggestion.label:
                yield from (self.styled(line, "2") for line in self._wrapped(f"  {action.description}", hang="  "))

    def _markdown(self, text: str) -> Iterator[str]:
        """Lay out the little Markdown that cards use: paragraphs, headings, lists, bold, links."""
        for block in text.split("\n"):
            heading = block.lstrip("#").strip() if block.startswith("#") else ""
            item = _ITEM.match(block)
            if heading:
                yield from (self.styled(line, "1;4") for line in self._wrapped(_plain(heading)))
            elif item:
                lead = f"{item[1]}{'•' if item[2] in '-*+' else item[2]} "
                yield from self._emphasised(self._wrapped(_plain(lead + item[3]), hang=" " * len(lead)))
            elif block.strip():
                yield from self._emphasised(self._wrapped(_plain(block)))
            else:
                yield ""

    def _emphasised(self, lines: Iterator[str]) -> Iterator[str]:
        """Turn the bold marks of wrapped lines into style, also where a line breaks between them."""
        inside = False
        for line in lines:
            parts = line.split("\x02")
            out = ""
            for number, part in enumerate(parts):
                inside = inside if number == 0 else not inside
                out += self.styled(part, "1") if inside else part
            yield out

    def _wrapped(self, text: str, hang: str = "") -> Iterator[str]:
        text = _CONTROL.sub(" ", text)
        lead = text[: len(text) - len(text.lstrip())]
        lines = textwrap.wrap(
            text.strip(),
            self.width - 4,
            initial_indent=lead,
            subsequent_indent=lead + hang,
            break_long_words=True,
            break_on_hyphens=False,
        )
        yield from lines or [""]

    def _outline(self, value: Any, depth: int) -> Iterator[str]:
        indent = "  " * depth
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if _is_short(inner):
                    yield f"{indent}{self.styled(str(key), '1')}: {_short(inner)}"
                elif inner:
                    yield f"{indent}{self.styled(str(key), '1')}:"
                    yield from self._outline(inner, depth + 1)
        else:
            for inner in value:
                lines = (
                    list(self._outline(inner, depth + 1)) if not _is_short(inner) else [f"{indent}  {_short(inner)}"]
                )
                yield f"{indent}• {lines[0].lstrip()}"
                yield from lines[1:]


def _plain(text: str) -> str:
    """Mark bold with a control character that has no width in wrapping terms, and take links and escapes apart."""
    marked = _BOLD.sub(lambda m: f"\x02{m[1] or m[2]}\x02", text)
    return _ESCAPED.sub(r"\1", _LINK.sub(r"\1 (\2)", marked))


def _is_short(value: Any) -> bool:
    if isinstance(value, Mapping):
        return not value
    if isinstance(value, (list, tuple)):
        return all(not isinstance(inner, (Mapping, list, tuple)) for inner in value) and len(str(value)) < _WIDEST
    return True


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return (
        "none" if value is None or value == {} else "yes" if value is True else "no" if value is False else str(value)
    )
