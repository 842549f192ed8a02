"""Diagnostic blocks: how much relief a block without steroid gave, on how many days (clinical model 2.4, gates).

The relief is a structured number: a percentage recorded for the block, or pain scores linked to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from cds_service.evidence import Fact, known, unknown

from .. import quantities
from ..case import Case, once
from ..facts.words import number
from ..records import Record
from .picture import Picture, gate

_BLOCKS = (
    "therapy-diagnostic-block", "therapy-genicular-block", "injection-facet", "injection-nerve-block",
    "injection-sacroiliac",
)  # fmt: skip
_TOLD_BY = (*_BLOCKS, "obs-block-relief")
_PAIN = ("obs-pain-numeric", "obs-pain-verbal")
_DONE = frozenset({"done"})


@gate
def block_result(picture: Picture) -> Fact:
    """What the diagnostic blocks of the site showed: "met" (80 % twice), "discuss" (50 % twice) or "insufficient"."""
    reliefs = reliefs_of(picture.case)
    if not reliefs:
        return known("insufficient", said="no diagnostic block with a recorded relief")
    case, wanted = picture.case, picture.case.number("rfa_blocks")
    by_day = sorted(reliefs.items())
    said = "; ".join(f"block {day.isoformat()}: {number(relief)} % relief" for day, (relief, _) in by_day)
    references = [reference for _, (_, reference) in by_day]
    for threshold, word in (("rfa_relief_percent", "met"), ("rfa_discuss_percent", "discuss")):
        if sum(1 for relief, _ in reliefs.values() if relief >= case.number(threshold)) >= wanted:
            more = said if word == "met" else f"{said}; to discuss with pain medicine, payer thresholds differ"
            return known(word, references, more)
    return known("insufficient", references, said)


@gate
def genicular_relief(picture: Picture) -> Fact:
    """The best relief that a block at the site gave, in percent."""
    reliefs = reliefs_of(picture.case)
    if not reliefs:
        return unknown("the relief that a diagnostic block gave")
    relief, reference = max(reliefs.values())
    return known(relief, (reference,), f"a diagnostic block gave {number(relief)} % relief")


@once
def reliefs_of(case: Case) -> dict[date, tuple[float, str]]:
    """Return the relief of each day's block at the site, the best one of a day, and what says so."""
    found: dict[date, tuple[float, str]] = {}
    if case.tags.isdisjoint(_TOLD_BY):
        return found
    for day, relief, reference in (*_recorded(case), *_scored(case)):
        if day not in found or relief > found[day][0]:
            found[day] = (relief, reference)
    return found


def _recorded(case: Case) -> Iterator[tuple[date, float, str]]:
    """Relief recorded as a percentage: of a block at this site, or at this site of no named block."""
    for record in case.find("obs-block-relief", kind="Observation", states=_DONE):
        relief = quantities.percent(record)
        block = _block_of(case, record)
        if relief is None or record.day is None or not (case.at_site(block) if block else case.at_site(record)):
            continue
        yield (block.day if block and block.day else record.day), relief, record.reference


def _scored(case: Case) -> Iterator[tuple[date, float, str]]:
    """Relief worked out from scores linked to a block: the first before it against the lowest after it."""
    scores: defaultdict[str, list[Record]] = defaultdict(list)
    blocks: dict[str, Record] = {}
    for record in case.find(*_PAIN, kind="Observation", states=_DONE):
        block = _block_of(case, record)
        if block is not None and record.value is not None and case.at_site(block):
            scores[block.reference].append(record)
            blocks[block.reference] = block
    for reference, linked in scores.items():
        timed = sorted(linked, key=lambda r: r.resource.effective_date_time or "")
        before, after = timed[0].value, [r.value for r in timed[1:] if r.value is not None]
        day = blocks[reference].day
        if before and after and day is not None:
            yield day, 100 * (before - min(after)) / before, reference


def _block_of(case: Case, record: Record) -> Record | None:
    """The block that a result belongs to: one without steroid, done, and named by partOf or focus."""
    keys = {case.chart.key(r) for r in (*record.resource.part_of, *record.resource.focus)} - {None}
    if not keys:
        return None
    injections = (i for e in case.episodes for i in (e.index, *e.history))
    steroid = {reference for i in injections if i.steroid for reference in i.references}
    blocks = case.find(*_BLOCKS, kind="Procedure", states=_DONE)
    return next((b for b in blocks if b.reference in keys and b.reference not in steroid), None)
