"""Words from a chart made inert, so that they can stand in a summary, in a label and inside Markdown alike.

Anyone who can type into a FHIR field can write there; some clients render a card's `detail` as Markdown with raw HTML
and no sanitizer. `clean` therefore gives back words only: nothing invisible, no markup, no link. What could act as
markup is replaced by a mark that reads alike, not escaped, since a backslash or an entity would show in plain text.
"""

from __future__ import annotations

import html
import re
import unicodedata

LIMIT = 200
LINK = "(link removed)"

# Each mark that starts or ends markup, and the one that reads alike. `‹` `›` are in every font that an EHR has.
_ALIKE = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "{": "(", "}": ")", "`": "'", "*": "·", "\\": "/", "|": "/", "~": "˜"}
)
_NEEDS_WORK = re.compile(r"[<>\[\]{}`*\\|~_&:@]|//|\.\S|^[\W\d]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
# A scheme with its colon, an address that starts with www, a mail address: what clients turn into links by themselves.
_AUTOLINK = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,30}:/+|\b(?:javascript|vbscript|data|mailto|xmpp|tel|sms|file):(?=\S)|www\.)\S*"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    re.IGNORECASE,
)
# `evil.com` is a link to some clients; a full stop that is followed by a space ends a sentence to all of them.
_DOT_IN_A_NAME = re.compile(r"\.(?=[^\W\d_]{2})")
_SLASHES = re.compile(r"/{2,}")
# A list, heading or rule marker at the start of a line; Markdown wants an ordinary space or nothing after it.
_BLOCK_MARKER = re.compile(r"^((?:[-+#]|\d{1,9}[.)])+) ")
_MARKER_ALONE = re.compile(r"^(?:[-+#]|\d{1,9}[.)])+$")
_RULE = re.compile(r"^[-=_#+ ]+$")
_MARKS_IN_A_ROW = 3
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: str, *, limit: int = LIMIT) -> str:
    """Return the words of `text` on one line, at most `limit` characters, with nothing that renders or links."""
    words = _visible(text[: limit * 4 + 1000])
    if _NEEDS_WORK.search(words):
        words = _inert(words)
    return words if len(words) <= limit else _inert_start(words[: limit - 1].rstrip()) + "…"


def _visible(text: str) -> str:
    """Drop control, direction, zero-width and private characters and all but a few marks stacked on one letter."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category[0] == "M" else 0
        if char.isspace():
            kept.append(" ")
        elif category not in _INVISIBLE and marks <= _MARKS_IN_A_ROW:
            kept.append(char)
    return " ".join("".join(kept).split())


def _inert(words: str) -> str:
    """Replace markup and links; entities are read first, so that none can hide either."""
    words = _visible(html.unescape(html.unescape(words)))
    words = _AUTOLINK.sub(LINK, words.translate(_ALIKE))  # a mark that reads like a slash may begin a link too
    words = _LOOSE_UNDERSCORE.sub(" ", words)
    words = _DOT_IN_A_NAME.sub(". ", _SLASHES.sub("/", words))
    words = _ENTITY.sub("& ", words)
    return _inert_start(" ".join(words.split()))


def _inert_start(words: str) -> str:
    """Keep a line from being read as a heading, a list item or a rule by how it begins."""
    if _RULE.match(words):
        return ""
    if _MARKER_ALONE.match(words):
        return words.rstrip("-+#.)")
    return _BLOCK_MARKER.sub("\\1\N{NO-BREAK SPACE}", words)
