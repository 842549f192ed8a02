"""How the safety facts read the chart: what is new, what is asserted, and to which injection a finding belongs.

A finding of another site or side is never used. One that names no site belongs to the injection given last; one that
names a site but no side, where both sides were injected, to the side injected last, or to both when on one day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps

import msgspec

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, Value
from cds_service.plain_text import clean

from ..case import DAY, Case
from ..model import Episode
from ..records import Record

PRESENT = frozenset({"present", "done"})
Among = Callable[[Episode], bool]


class Shown(msgspec.Struct, frozen=True, gc=False):
    """One thing on the record that a finding rests on: a phrase with value and date, a shorter one, the references."""

    says: str
    short: str
    references: tuple[str, ...]


class Signs(msgspec.Struct, frozen=True, gc=False):
    """A named fact of the safety page: its value, each thing it rests on, or what would settle it when unknown."""

    value: Value
    shown: tuple[Shown, ...] = ()
    missing: str = ""

    @property
    def fact(self) -> Fact:
        """The same as a plain fact, for a comparison."""
        references = dict.fromkeys(reference for shown in self.shown for reference in shown.references)
        return Fact(self.value, tuple(references), "; ".join(s.says for s in self.shown), self.missing)


NONE = Signs(0)
SEARCHED: list[tuple[str, frozenset[str]]] = []


def counted(case: Case, found: Iterable[Shown], *kinds: type[fhir.DomainResource]) -> Signs:
    """Return how many signs are recorded; none in a list that could not be read whole is unknown, not zero."""
    shown = tuple(found)
    if shown:
        return Signs(len(shown), shown)
    gap = case.gap(*kinds)
    return Signs(None, missing=f"{' and '.join(k.__name__ for k in kinds)}: {gap}") if gap else NONE


def count_of(
    *tags: str, among: tuple[type[fhir.DomainResource], ...]
) -> Callable[[Callable[[Case], Iterable[Shown]]], Callable[[Case], Signs]]:
    """Make a function that finds signs a fact that counts them, among resources of these types.

    Nothing but a record with one of the tags can be such a sign: a chart without them is not searched.
    """

    def named(find: Callable[[Case], Iterable[Shown]]) -> Callable[[Case], Signs]:
        @wraps(find)
        def count(case: Case) -> Signs:
            return counted(case, () if case.tags.isdisjoint(tags) else find(case), *among)

        SEARCHED.append((find.__name__, frozenset(tags)))
        return count

    return named


def day_after(case: Case) -> date:
    """The first day on which something can have come after the index injection and not before it."""
    return case.injected + DAY


def recent(case: Case) -> date:
    """The first day that a red flag reads: recent, and after the injection."""
    return max(case.since("redflag_recency_days"), day_after(case))


def is_new(record: Record, since: date) -> bool:
    """Whether it began on or after a day; an onset given as a year or month that lies before makes it old."""
    if record.day is None or record.day < since:
        return False
    onset = _onset_text(record)
    return not onset or onset >= since.isoformat()[: len(onset)]


def asserted(record: Record) -> bool:
    """Whether a finding is there: a Condition, a yes, or an Observation without a value that would contradict it."""
    if record.kind != "Observation":
        return record.state in PRESENT
    resource: fhir.Observation = record.resource
    if record.state != "done" or resource.value_string is not None or record.value is not None:
        return False
    if resource.value_codeable_concept is not None:
        return record.has("answer-present", "answer-positive", "answer-abnormal")
    return resource.value_boolean is not False and "answer-negative" not in record.interpretation


def condition_shown(record: Record, short: str) -> Shown:
    """Say a Condition or a finding by its own label and date."""
    label = clean(record.label, limit=100) or short
    day = record.day.isoformat() if record.day else "no date"
    return Shown(f"{label} ({day})", short, (record.reference,))


def sited(record: Record) -> bool:
    """Whether a record names any site of the body."""
    return any(tag.startswith("site-") for tag in record.tags)


def steroid_episodes(case: Case, among: Among) -> list[Episode]:
    """Return the episodes with a steroid that meet a condition."""
    return [e for e in case.episodes if e.index.steroid and among(e)]


def last_injected(case: Case, among: Among) -> bool:
    """Whether no other episode that meets the condition was injected later than this one."""
    candidates = steroid_episodes(case, among)
    keys = {e.key for e in candidates}
    return case.episode.key in keys and case.injected == max(e.index.day for e in candidates)


def only_last_injected(case: Case, among: Among) -> bool:
    """Whether this episode alone was injected last: a sign without a site is not shared between two."""
    days = [e.index.day for e in steroid_episodes(case, among)]
    return last_injected(case, among) and days.count(max(days)) == 1


def owner(case: Case, among: Among) -> bool:
    """Whether a finding of the whole body is shown with this episode: with one only, the one injected last."""
    candidates = steroid_episodes(case, among)
    if not candidates:
        return False
    last = max(e.index.day for e in candidates)
    return next(e.key for e in candidates if e.index.day == last) == case.episode.key


def belongs(case: Case, record: Record, among: Among, *, anywhere: bool = False) -> bool:
    """Whether a finding that must not be lost belongs to this episode; see the head of this file.

    With `anywhere`, a finding at a site that none of the episodes names belongs to the one injected last.
    """
    candidates = [e for e in steroid_episodes(case, among) if _side_fits(e, record)]
    claimed = [e for e in candidates if _names(case, e, record)]
    if claimed and _placed(record, claimed):
        return case.episode.key in {e.key for e in claimed}
    if not claimed and sited(record) and not anywhere:
        claimed = [e for e in candidates if not case.library.regions[e.region].sites and not e.index.site_tags]
    elif not claimed:
        claimed = candidates
    last = max((e.index.day for e in claimed), default=None)
    return any(e.key == case.episode.key and e.index.day == last for e in claimed)


def _names(case: Case, episode: Episode, record: Record) -> bool:
    region = case.library.regions[episode.region]
    sites = (*region.sites, *region.near) if region.sites else tuple(episode.index.site_tags)
    return any(site in record.tags for site in sites if site.startswith("site-"))


def _side_fits(episode: Episode, record: Record) -> bool:
    open_side = ("unknown", "bilateral")
    return record.side in open_side or episode.side in (*open_side, "midline") or record.side == episode.side


def _placed(record: Record, claimed: list[Episode]) -> bool:
    """Whether site and side are both known, so that every episode there is meant."""
    regions = {e.region for e in claimed}
    return record.side != "unknown" or len(claimed) == len(regions)


def _onset_text(record: Record) -> str:
    if not isinstance(record.resource, fhir.Condition):
        return ""
    period = record.resource.onset_period
    return (record.resource.onset_date_time or (period.start if period else None) or "")[:10]
