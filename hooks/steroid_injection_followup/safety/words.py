"""How safety findings are worded: measured values with unit and date, and summaries that always fit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..case import Case
from ..quantities import Measure, reaches, without_comparator
from ..records import Record
from .reading import Shown, Signs

# What could make a link is left out, and so are the brackets of UCUM: [degF] reads degF, 10*3/uL reads 10^3/uL.
_NOT_OF_A_UNIT = re.compile(r"[^\w%/.°'^-]+")
LIMIT = 139  # CDS Hooks asks for fewer than 140 characters


def number(value: float) -> str:
    """Write a number as people do: no trailing zeros, no needless digits."""
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else f"{value:.3g}"


def measured(record: Record, measure: Measure, *, name: str, short: str, unit: str) -> Shown:
    """Say a measurement as it is recorded and, where its unit is another, in the unit of the rules."""
    value, converted = record.value or 0.0, measure(without_comparator(record))
    day = record.day.isoformat() if record.day else "no date"
    if converted is None or converted == value:
        says = f"{record.comparator}{number(value)} {unit}".rstrip()
        brief = says
    else:
        brief = f"{record.comparator}{number(round(converted, 1))} {unit}".rstrip()
        says = f"{_with_unit(record)} = {brief}"
    return Shown(f"{name} {says} ({day})", f"{short} {brief}", (record.reference,))


def as_recorded(record: Record, name: str) -> Shown:
    """Say a measurement that could not be compared with the rules as it is recorded."""
    day = record.day.isoformat() if record.day else "no date"
    return Shown(f"{name} {_with_unit(record)} ({day})", name, (record.reference,))


def _with_unit(record: Record) -> str:
    unit = _NOT_OF_A_UNIT.sub("", record.unit.replace("10*", "10^"))[:16]
    return f"{record.comparator}{number(record.value or 0.0)} {unit}".rstrip()


def reaching(
    case: Case, records: Iterable[Record], measure: Measure, threshold: str, *, name: str, short: str, unit: str
) -> list[Shown]:
    """Return the measurements that surely reach a threshold, the latest last."""
    return [
        measured(record, measure, name=name, short=short, unit=unit)
        for record in records
        if record.state == "done" and reaches(record, measure, case.number(threshold))
    ]


def ago(days: int) -> str:
    """Say how long ago in whole days."""
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def summary(template: str, words: dict[str, str], signs: Iterable[Signs]) -> str:
    """Fill a summary; as many signs as fit are named, and the whole never reaches 140 characters."""
    words["signs"] = "{signs}"
    text = template.format_map(words)
    room = LIMIT - len(text) + len("{signs}")
    named = ""
    for short in dict.fromkeys(shown.short for found in signs for shown in found.shown if shown.short):
        longer = f"{named}, {short}" if named else short
        if len(longer) <= room:
            named = longer
    fitting = (words for words in (named, "recorded facts", "see facts", "facts") if words and len(words) <= room)
    text = text.replace("{signs}", next(fitting, ""))
    text = text[:1].upper() + text[1:]
    return text if len(text) <= LIMIT else text[: LIMIT - 1].rstrip() + "…"
