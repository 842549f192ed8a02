"""The ids of a card and of its suggestions."""

from __future__ import annotations

import os

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def uuids(count: int) -> list[str]:
    """Return random UUIDs (RFC 9562, version 4), all from one draw."""
    drawn = os.urandom(16 * count).hex()
    return [_uuid(drawn[at : at + 32]) for at in range(0, len(drawn), 32)]


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
