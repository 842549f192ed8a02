"""How facts say what they found: a label, a number and a day, short enough for a line on a card."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.evidence import Fact, known
from cds_service.plain_text import clean

from ..model import Score
from ..records import Record


def number(value: float) -> str:
    """Write a number without needless digits: 7, 38.6, 0.95."""
    return str(int(value)) if value % 1 == 0 else f"{value:.2f}".rstrip("0").rstrip(".")


def dated(record: Record) -> str:
    """Write a record as its label and day: "C6 radiculopathy (2026-01-30)"."""
    label = clean(record.label, limit=80) or "an entry without a name"
    when = record.day.isoformat() if record.day else "date not usable"
    return f"{label} ({when})"


def measured(label: str, value: float, unit: str, record: Record) -> str:
    """Write a result: "HbA1c 9.1 % (2025-12-20)"."""
    when = record.day.isoformat() if record.day else "date not usable"
    return f"{label} {number(value)}{' ' + unit if unit else ''} ({when})"


def scored(score: Score) -> str:
    """Write a pain score, "7/10 (2026-02-09)", or an outcome score, "KOOS pain 45, higher is better (2026-02-09)"."""
    value, day = number(score.value), score.day.isoformat()
    if score.scale == "nrs":
        return f"{value}/10 ({day})"
    better = "" if score.worse_is_higher else ", higher is better"
    return f"{score.measure or 'outcome score'} {value}{better} ({day})"


def pain_or_measure(score: Score) -> str:
    """Write a score with what it measures: "pain 7/10 (2026-02-09)", or the outcome score by its own name."""
    return f"pain {scored(score)}" if score.scale == "nrs" else scored(score)


def yes(records: Iterable[Record]) -> Fact:
    """Return a fact that holds, resting on records, newest first in its words."""
    found = list(records)
    newest_first = list(dict.fromkeys(dated(r) for r in reversed(found)))
    return known(True, tuple(dict.fromkeys(r.reference for r in found)), "; ".join(newest_first[:3]))
