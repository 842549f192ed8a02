"""The line of a card that names what the record holds of the site and the service could not use (model 5.4, 4c)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cds_service import fhir_types as fhir
from cds_service.dates import month_floor

from ..case import Case
from ..desk import tags_of
from ..drugs import is_injection
from ..records import side_of
from ..scores import page_of
from .offers import named

# What says itself that it did not happen, or not yet, leaves no gap.
_PASSED_OVER = ("entered-in-error", "not-done", "preparation", "on-hold")
_WORDS = {"score": ("a pain score", "pain scores"), "injection": ("an injection", "injections")}

_Left = Iterator[tuple[str, str, str]]


def unused(case: Case) -> str:
    """Name scores and injections of the site that could not be used, those with the same reason together."""
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for what, why, reference in (*_scores(case), *_undated(case), *_of_wrong_status(case)):
        groups[what, why].append(reference)
    told = "; ".join(_group(what, why, tuple(held)) for (what, why), held in groups.items())
    return f"Not used: {told}" if told else ""


def _group(what: str, why: str, held: tuple[str, ...]) -> str:
    one, several = _WORDS[what]
    return f"{one if len(held) == 1 else f'{len(held)} {several}'}, {why}{named(held)}"


def _scores(case: Case) -> _Left:
    """Scores of the time that is judged, from the window before the injection on."""
    for score in case.response.unused:
        if score.day >= case.since("baseline_fallback_days", case.injected):
            yield "score", score.why, score.reference


def _undated(case: Case) -> _Left:
    """What was done on a day that the record does not tell: a month is no day."""
    if not case.records.undated:
        return
    for record in case.records.all:
        if record.day is not None:  # undated ones come first
            return
        what = _what(record.kind, record.tags, case) if record.state == "done" and case.at_site(record) else ""
        if what and _recent(what, record.resource, case):
            yield what, "no exact day recorded", record.reference


def _of_wrong_status(case: Case) -> _Left:
    """What has a status that does not say that it was done."""
    for line in case.records.unused_status:
        reference, why = line.split(": ", 1)
        kind = reference.partition("/")[0]
        if kind not in ("Observation", "Procedure") or why.endswith(_PASSED_OVER):
            continue
        resource = case.chart.by_reference.get(reference)
        if resource is None:
            continue
        tags = _tags(resource, case)
        here = case.names_site(tags) and side_of(tags) in (case.side, "bilateral", "unknown")
        if here and (what := _what(kind, tags, case)) and _recent(what, resource, case):
            yield what, why.replace(" is ", " "), reference


def _recent(what: str, resource: fhir.Observation | fhir.Procedure, case: Case) -> bool:
    """Whether its year does not rule out that it tells of this injection, or of those before it."""
    first = case.since("baseline_fallback_days", case.injected) if what == "score" else case.since("history_days")
    dated = resource.effective_date_time if isinstance(resource, fhir.Observation) else resource.performed_date_time
    floor = month_floor(dated)
    return floor is None or floor.year >= first.year


def _tags(resource: fhir.Observation | fhir.Procedure, case: Case) -> frozenset[str]:
    sites = resource.body_site
    return tags_of(case.library.terms, resource.code, *(sites if isinstance(sites, tuple) else (sites,)))


def _what(kind: str, tags: frozenset[str], case: Case) -> str:
    if kind == "Procedure":
        return "injection" if is_injection(tags) else ""
    return "" if tags.isdisjoint(page_of(case.library).pain.scales) else "score"
