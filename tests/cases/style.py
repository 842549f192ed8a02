"""How a card is written: plain sentences, each thing said once and in the same words, nothing that trips the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_HEADING = re.compile(r"^- (\*\*[^*]+\*\*( \(evidence: \w+\))?: |For discussion, \*\*[^*]+\*\*\. )?")
_REFERENCES = re.compile(r" ?\[[^\]]*\]| \([A-Z]\w+/[^)]*\)")
# Lists of a heading and its items; a quoted guideline is named before a colon of its own.
_LIST = re.compile(
    r"^- (For discussion|Options|Thresholds|Judged by|Sources|Already in the record|Could not be assessed)"
)
_GUIDELINE = re.compile(r"\b(AAOS|ACR|NICE|AOMRC|RESTORE|AFP 2023|BMJ Rapid Recommendation): ")
OTHER_WORDS = {
    r"\bx-?ray": "radiograph", r"\borthopedic": "orthopaedic", r"\banesthe": "anaesthe", r"\bNRS\b": "pain",
    r"\bESI\b": "epidural", r"\bphysiotherapy": "physical therapy", r"\bcortisone": "corticosteroid",
    r"\bLIT-|\bENG\b|\bSEED\b": "where a number comes from, in words", r"\bNone\b|\bnull\b|\bTrue\b|\bFalse\b": "words",
    r"\bnot-(supported|assessable|recorded|raised)\b": "words", r"\{|\}": "a word that was not filled in",
}  # fmt: skip


def slips(card: Any) -> Iterator[str]:
    """Yield what is badly written in a card, with the line."""
    yield from _of_line(f"- {card['summary']}", summary=True)
    for line in card.get("detail", "").split("\n"):
        if re.match(r"- (Rule .*)?Sources: |- Rule ", line):
            continue  # titles of sources are as their authors wrote them
        if line.startswith("- "):
            yield from _of_line(line, summary=False)
        elif line and not re.fullmatch(r"\*\*[^*]+\*\*", line):
            yield f"neither a heading nor a line of a list: {line}"
    for suggestion in card.get("suggestions", []):
        yield from _of_line(f"- {suggestion['label']}.", summary=False)
        for action in suggestion["actions"]:
            yield from _of_line(f"- {action['resource']['note'][0]['text']}", summary=False)


def _of_line(line: str, *, summary: bool) -> Iterator[str]:
    text = _HEADING.sub("", _REFERENCES.sub("", line))
    for name, found in (
        ("punctuation doubled", re.search(r"[.,;:!?]\s*[.,;:!?]|\s[.,;:]|\(\s|\s\)|\s\s", text)),
        ("parentheses in parentheses", re.search(r"\([^()]*\(", text)),
        ("a sentence begins with a small letter", re.search(r"^[a-z]|[a-z)]\. [a-z]", text)),
        ("two colons in a sentence", not summary and not _LIST.match(line) and _two_colons(text)),
        ("no full stop", not re.search(r"[.\]…]$", line)),
    ):
        if found:
            yield f"{name}: {line}"
    for pattern, better in OTHER_WORDS.items():
        if re.search(pattern, text):
            yield f"say {better}: {line}"


def _two_colons(text: str) -> bool:
    plain = _GUIDELINE.sub("", text)
    return any(part.count(": ") > 1 for part in re.split(r"[.;] |\(", plain))
