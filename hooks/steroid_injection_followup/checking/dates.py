"""Version, status and review date of every page that a clinician signs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args

from cds_service.knowledge import Status

from ..library import Library

NOT_REVIEWED = "not yet reviewed by a clinician"


def wrong(library: Library) -> Iterator[str]:
    """Yield pages without version, with a status that is none, or with a review date that is none."""
    for stem, page in library.raw.items():
        if "reviewed" in page:
            yield from _page(f"{stem}.toml", page)
    release = library.raw["knowledge"]
    dates = [_day(release.get(field)) for field in ("released", "next_review")]
    if None in dates:
        yield "knowledge.toml: `released` and `next_review` are days; write them as 2026-11-24"
    elif dates[0] >= dates[1]:  # type: ignore[operator]  # neither is None
        yield "knowledge.toml: the next review must lie after the release"
    if release.get("status") not in get_args(Status):
        yield f"knowledge.toml: status must be one of {', '.join(get_args(Status))}"


def _page(where: str, page: Mapping[str, Any]) -> Iterator[str]:
    if not page.get("version"):
        yield f"{where}: it has no version; add one"
    if page.get("status", "active") not in get_args(Status):
        yield f"{where}: status must be one of {', '.join(get_args(Status))}"
    if page["reviewed"] != NOT_REVIEWED and _day(page["reviewed"]) is None:
        yield f"{where}: reviewed must be a day (2026-11-24) or '{NOT_REVIEWED}'"


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
