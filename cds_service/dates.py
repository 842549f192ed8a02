"""FHIR dates as the rules need them: whole days in the local date of the source (FHIR R4 datatypes, 2.24.0.1)."""

from __future__ import annotations

from datetime import date, datetime


def day(text: str | None) -> date | None:
    """Return the calendar day of a FHIR date, dateTime or instant, as its source wrote it.

    A year or a year and month have no day and give `None`: they cannot be placed in a window.
    A malformed text gives `None` too; the caller lists the resource as having no usable date.
    """
    if text is None or len(text) < 10 or (len(text) > 10 and text[10] != "T"):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def moment(text: str | None) -> datetime | None:
    """Return the instant of a FHIR dateTime that states a time of day and an offset, else `None`."""
    if text is None or len(text) < 17:
        return None
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def month_floor(text: str | None) -> date | None:
    """Return the first day that a FHIR date of any precision may mean, for durations in whole months."""
    if text is None:
        return None
    padded = {4: text + "-01-01", 7: text + "-01"}.get(len(text), text)
    return day(padded)
