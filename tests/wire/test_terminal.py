"""Cards in a terminal: width, colour, the little Markdown that cards use, and text that must not steer it."""

from __future__ import annotations

import re

import msgspec
import pytest

from cds_service.protocol import Card, Source
from cds_service.terminal import Page
from tests.toy import GREETING

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def drawn(detail: str, *, colour: bool = False, width: int = 60) -> str:
    """Return a card with this detail."""
    return Page(colour=colour, width=width).draw([msgspec.structs.replace(GREETING, detail=detail)])


MARKDOWN = {
    "bold": ("It is **very** good", "It is very good"),
    "bold over a line's end": ("a " * 20 + "**" + "b " * 20 + "** c", "b b"),
    "a list": ("- one\n- two", "• one"),
    "a numbered list": ("1. one\n2. two", "2. two"),
    "a heading": ("### Why", "Why"),
    "a link": ("see [the rules](https://a.example/x)", "see the rules (https://a.example/x)"),
    "escapes": (r"5 \* 3 \_x\_ \[y\] 1\.5", "5 * 3 _x_ [y] 1.5"),
}


@pytest.mark.parametrize(("detail", "shown"), MARKDOWN.values(), ids=MARKDOWN)
def test_markdown_is_laid_out(detail: str, shown: str) -> None:
    page = drawn(detail)
    assert shown in page
    assert "**" not in page
    assert "\x02" not in page


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("colour", [True, False], ids=["colour", "plain"])
def test_every_line_is_as_wide_as_the_page(width: int, colour: bool) -> None:  # noqa: FBT001
    long = "**bold words over several lines** and more " * 4 + "\n- " + "an item that is long " * 6
    lines = drawn(long, colour=colour, width=width).splitlines()
    assert {len(ANSI.sub("", line)) for line in lines} == {width}
    assert bool(ANSI.search("".join(lines))) is colour


def test_a_chart_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in drawn("a\x1b[2Jb\x9bc\rd\x07")


def test_the_weight_of_the_advice_is_its_colour() -> None:
    source = Source(label="L")
    seen = {
        ANSI.findall(Page(colour=True, width=60).draw([Card(summary="s", indicator=weight, source=source)]))[0]
        for weight in ("info", "warning", "critical")
    }
    assert len(seen) == 3


def test_the_outline_shows_nested_reasons() -> None:
    outline = Page(colour=False, width=80).outline({"a": 1, "b": [{"c": None, "d": [1, 2]}], "e": True, "f": {}})
    assert outline.splitlines() == ["a: 1", "b:", "  • c: none", "    d: 1, 2", "e: yes", "f: none"]
