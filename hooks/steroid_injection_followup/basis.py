"""Where a number comes from, in words that a card and the review document share."""

from __future__ import annotations

from collections.abc import Mapping

BASIS: Mapping[str, str] = {
    "SEED": "source documents",
    "LIT-C": "literature, number confirmed",
    "LIT-G": "literature or practice, number not confirmed",
    "ENG": "our own default",
    "SITE": "set by this site",
}


def basis(provenance: str) -> str:
    """Say a provenance ("LIT-C") in words; one that is not of the list is some literature."""
    return BASIS.get(provenance, "literature")
