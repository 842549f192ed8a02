"""Words from a chart cannot render, link, hide or fake a heading, wherever a card puts them."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_service.plain_text import LINK, clean

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))

# As the harshest client known: GitHub Markdown, tables, bare links made into links, raw HTML passed through.
RENDERER = MarkdownIt("gfm-like", {"html": True})

# Where a card puts words: alone, in a sentence, in a list, in bold, in a table cell, after a label, in brackets.
PLACES = {
    "alone": "{}",
    "sentence": "The chart says {} on that day.",
    "list": "- first\n- {}\n- last",
    "bold": "**{}**",
    "table": "| a | b |\n|---|---|\n| {} | x |",
    "label": "Reason: {}",
    "quoted": "> {}",
    "next-line": "a line\n{}",
    "bracketed": "[1] ({}) [2]",
}

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image-with-handler": "<img src=x onerror=alert(1)>",
    "svg": "<svg/onload=alert(1)>",
    "frame": '<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>',
    "comment": "<!-- hidden -->",
    "cdata": "<![CDATA[x]]>",
    "form": '<form action="https://evil.test"><button>ok</button></form>',
    "link": "[click](https://evil.test)",
    "script-link": "[click](javascript:alert(1))",
    "relative-link": "[click](/logout)",
    "reference-link": "[click][1]\n\n[1]: https://evil.test",
    "image-beacon": "![t](https://evil.test/p.png?pid=1)",
    "autolink": "<https://evil.test>",
    "bare-url": "see https://evil.test/x?y=1 now",
    "bare-upper-url": "HTTPS://EVIL.TEST/",
    "bare-www": "www.evil.test",
    "bare-ftp": "ftp://evil.test/a",
    "mail": "mail me@evil.test please",
    "mailto": "mailto:me@evil.test",
    "protocol-relative": "//evil.test/x",
    "protocol-relative-localhost": "a//localhost/x",
    "bare-domain": "evil.com/x",
    "bare-domain-in-a-sentence": "ask Dr.evil.com, now",
    "bold": "**No interactions found**",
    "fake-rule-and-heading": "x\n---\n**No infection found**\n# All clear",
    "heading": "# All clear",
    "setext": "All clear\n===",
    "rule": "---",
    "stars-rule": "* * *",
    "list-item": "- all clear",
    "plus-list-item": "+ all clear",
    "numbered": "1. all clear",
    "numbered-bracket": "1) all clear",
    "task": "- [x] done",
    "quote": "> all clear",
    "code": "`rm -rf`",
    "fence": "```\nx\n```",
    "tilde-fence": "~~~\nx\n~~~",
    "strike": "~~never mind~~",
    "single-strike": "~never mind~",
    "underscore": "__init__ and _x_",
    "table": "| a | b |\n|---|---|\n| c | d |",
    "cell-break": "a | b",
    "entity": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "numeric-entity": "&#60;script&#62;",
    "double-entity": "&amp;lt;script&amp;gt;",
    "thrice-entity": "&amp;amp;lt;script&amp;amp;gt;",
    "entity-link": "&#104;ttps://evil.test",
    "newline-entity": "a&#10;&#10;# All clear",
    "backslash": "a\\",
    "hard-break": "a  \nb",
    "template": "{{constructor.constructor('alert(1)')()}}",
    "footnote": "[^1]: x",
}


def _shape(markdown: str) -> list[str]:
    """What is rendered, without the words."""
    return [
        inner.type
        for token in RENDERER.parse(markdown)
        for inner in (token, *(token.children or ()))
        if inner.type != "text"
    ]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_render_as_words(text: str, place: str) -> None:
    words = clean(text)
    assert _shape(place.format(words or "words")) == _shape(place.format("words"))
    assert not set(words) & set("<>[]{}`*\\|~\n\r\t")


PIECES = [*"<>[]()`*_~|#-+=!&;:/.@w1a \n\\\"'", ".com", "localhost", "https:", "&lt;", "&#42;", "www.", "---"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=40).map("".join))
def test_no_text_whatever_changes_what_is_rendered(text: str) -> None:
    words = clean(text, limit=30)
    assert len(words) <= 30
    for name, place in PLACES.items():
        assert _shape(place.format(words or "words")) == _shape(place.format("words")), name


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=300))
def test_what_is_invisible_never_passes_and_cleaning_twice_changes_nothing(text: str) -> None:
    words = clean(text)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for c in words)
    assert clean(words) == words


INVISIBLE = {
    "nul": "a\x00b",
    "escape-sequence": "a\x1b[31mb".replace("[31m", ""),
    "c1": "a\x85\x9bb".replace("\x85", ""),
    "bidi-override": "a\u202eb",
    "bidi-isolate": "a\u2066\u2069b",
    "zero-width": "a\u200b\u200d\ufeffb",
    "soft-hyphen": "a\u00adb",
    "tag-characters": "a\U000e0041b",
    "private-use": "a\ue000b",
    "lone-surrogate": "a\ud800b",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
def test_the_invisible_is_dropped(text: str) -> None:
    assert clean(text) == "ab"


KEPT = {
    "plain": "Triamcinolone acetonide 40 mg/mL injectable suspension",
    "comparator": ("HbA1c <7.0 % & >5.0 %", "HbA1c ‹7.0 % & ›5.0 %"),
    "loinc-scale": ("Pain severity [Score]", "Pain severity (Score)"),
    "double-escaped-by-the-ehr": ("Bone &amp; joint", "Bone & joint"),
    "no-space-after-the-full-stop": ("per Dr.Smith, b.i.d", "per Dr. Smith, b.i.d"),
    "accents": "Müller–Gonçalves, Zoë",
    "japanese": "膝関節注射",
    "arabic": "حقن الركبة",
    "colon": "Reason: pain, at rest",
    "ratio": "Lidocaine 1:1 with saline",
    "time": "at 10:30",
    "code": "M17.11",
    "intraword-underscore": "knee_right",
    "hash-inside": "ward #4",
    "minus": "-5 degrees",
    "approximately": ("~5 mg", "˜5 mg"),
    "at-sign": "40 mg @ L4",
}


@pytest.mark.parametrize("pair", KEPT.values(), ids=KEPT)
def test_ordinary_words_stay_readable(pair: str | tuple[str, str]) -> None:
    text, words = pair if isinstance(pair, tuple) else (pair, pair)
    assert clean(text) == words


def test_a_long_text_is_cut_at_the_limit_and_says_so() -> None:
    assert clean("word " * 100, limit=12) == "word word w…"
    assert len(clean("x" * 1_000_000)) == 200


def test_a_link_is_named_as_removed() -> None:
    assert clean("see https://evil.test/x now") == f"see {LINK} now"


def test_marks_stacked_on_a_letter_are_thinned() -> None:
    assert clean("a" + "\u0301" * 50) == "a" + "\u0301" * 3
