"""From what the client sent, and what its FHIR server still gives, to the chart: each key's state kept apart.

| a key is | it means (CDS Hooks 2.0.1 and 3.0, Prefetch Template) | and we |
|---|---|---|
| absent | the client could not, or chose not to, provide it | read it from the FHIR server |
| `null` | the client looked and has no data | take it as whole and empty: no reading, no 412 |
| OperationOutcome | the client tried and failed | do not ask again; a gap, or 412 when needed |
| empty Bundle | the search found nothing (2.0.1; in 2.0.0 that was `null`) | take it as whole and empty |
| a page with `next` | there is more | read the other pages; else a gap |
| fewer than `total` | there is more, without a way to it | run the query ourselves; else a gap |
| with a warning among the entries | perhaps something is left out | a gap, unless it only names an ignored parameter |
| not readable as FHIR | nothing | read it from the FHIR server |

2.0.0 made `null` the answer of every search without results; since 2.0.1 an empty Bundle may say the same. Neither text
lets `null` mean "not permitted": that is what an absent key or an OperationOutcome says. So both are negative evidence.
A gap names its resource types in `Chart.gaps`: no negative conclusion rests on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET

from . import fhir_types as fhir
from .bundle import Page, read_page
from .chart import Chart, build
from .deadline import Deadline
from .errors import NeededDataMissing, Problem, WrongPatient
from .fhir_client import FhirServers
from .medications import missing_from, path_of
from .origins import FhirAccess
from .paging import Reading, answers
from .protocol import Context, RequestBody
from .queries import Query, Unfillable, query_of
from .reader import Reader
from .service import PrefetchTemplate
from .stages import Stages


class State(StrEnum):
    """What a client sent for one key."""

    ABSENT = "absent"
    NULL = "null"
    OUTCOME = "operation-outcome"
    EMPTY = "empty"
    WHOLE = "whole"
    PART = "part"
    UNREADABLE = "unreadable"


_BEFORE = {State.ABSENT: "not sent: ", State.UNREADABLE: "what was sent could not be read: "}
_MOST_MEDICATIONS = 40


@dataclass(frozen=True, slots=True)
class Gathered:
    """The chart, how each key came, which keys were read from the FHIR server, and in how many requests."""

    chart: Chart
    states: Mapping[str, State]
    fetched: tuple[str, ...] = ()
    requests: int = 0


@dataclass(frozen=True, slots=True)
class _Sent:
    """One key as the client sent it; `page` is there when it is FHIR."""

    template: PrefetchTemplate
    state: State
    page: Page | None = None

    @property
    def kind(self) -> str:
        return self.template.resource_types[0]


@dataclass(frozen=True, slots=True)
class _Key:
    """One key with the reading that completes it; what was sent stands in when that does not come."""

    sent: _Sent
    reading: Reading
    asked: bool

    @property
    def best(self) -> Reading:
        fallback = self.sent.page if self.sent.state is State.PART else None
        if self.reading.came_at_all or fallback is None:
            return self.reading
        return Reading(self.reading.query, None, first=fallback, refused=self.reading.refused)

    @property
    def gap(self) -> str | None:
        if self.sent.state is State.NULL:
            return None
        gap = self.best.gap()
        before = "" if self.best.came_at_all else _BEFORE.get(self.sent.state, "")
        return f"{before}{gap}" if gap else None

    @property
    def had(self) -> bool:
        return self.sent.state is State.NULL or self.best.came_at_all


def gather(
    templates: Sequence[PrefetchTemplate],
    body: RequestBody,
    *,
    as_of: date,
    access: FhirAccess,
    servers: FhirServers,
    deadline: Deadline,
    stages: Stages | None = None,
) -> Gathered:
    """Bring the chart together; raise `NeededDataMissing`, `WrongPatient` or `NotConformant` when that cannot be."""
    stages = stages or Stages()
    with stages("read"):
        sent = [_sent(template, body) for template in templates]
        _refuse_another_patient(sent, body.context.patient_id)
    with stages("fetch"):
        reader = Reader(body, access=access, servers=servers, deadline=deadline)
        keys = [_key(one, body.context, reader, as_of=as_of) for one in sent]
        reader.read([key.reading for key in keys])
        medications = _medications(keys, reader)
    _refuse_without_needed(keys)
    with stages("chart"):
        chart = _chart(keys, medications, patient_id=body.context.patient_id, as_of=as_of)
    return Gathered(
        chart=chart,
        states={key.sent.template.key: key.sent.state for key in keys},
        fetched=tuple(key.sent.template.key for key in keys if key.asked and key.reading.came_at_all),
        requests=reader.requests,
    )


def _sent(template: PrefetchTemplate, body: RequestBody) -> _Sent:
    raw = UNSET if body.prefetch is UNSET else body.prefetch.get(template.key, UNSET)
    if raw is UNSET:
        return _Sent(template, State.ABSENT)
    if bytes(raw).strip() == b"null":
        return _Sent(template, State.NULL)
    try:
        page = read_page(raw)
    except (msgspec.DecodeError, RecursionError):
        return _Sent(template, State.UNREADABLE)
    return _Sent(template, _state(page, template.resource_types[0]), page)


def _state(page: Page, kind: str) -> State:
    if not answers(page, kind):
        return State.OUTCOME if page.outcomes else State.UNREADABLE
    if page.next_url or (page.total or 0) > _count(page, kind):
        return State.PART
    return State.WHOLE if page.entries or page.unreadable else State.EMPTY


def _count(page: Page, kind: str) -> int:
    return sum(type(r).__name__ == kind for _, r in page.entries) + len(page.unreadable)


def _refuse_another_patient(sent: Sequence[_Sent], patient_id: str) -> None:
    """A Patient that is not the context's means that the payload cannot be trusted (contract, HTTP)."""
    for one in sent:
        for _, resource in one.page.entries if one.page else ():
            if isinstance(resource, fhir.Patient) and resource.id != patient_id:
                says = "it holds a Patient that is not context.patientId"
                raise WrongPatient(problems=[Problem(f"prefetch.{one.template.key}", says)])


def _key(sent: _Sent, context: Context, reader: Reader, *, as_of: date) -> _Key:
    """Decide what of a key is still to be read."""
    whole_as_sent = Reading(Query(sent.kind, "", ""), None, first=sent.page)
    if sent.state not in {State.ABSENT, State.PART, State.UNREADABLE}:
        return _Key(sent, whole_as_sent, asked=False)
    try:
        query = query_of(sent.template.query, context, as_of=as_of)
    except Unfillable as missing:
        return _Key(sent, Reading(Query(sent.kind, ""), None, refused=str(missing)), asked=False)
    more = sent.page if sent.page is not None and sent.page.next_url else None
    reading = Reading(query, reader.base, first=more, refused=reader.refusal(query), limit=reader.limit(query))
    return _Key(sent, reading, asked=reading.refused is None)


def _medications(keys: Sequence[_Key], reader: Reader) -> list[Reading]:
    """Read the medications that are referred to and did not come along: without them an injection has no drug."""
    readings = []
    for reference in missing_from([entry for key in keys for entry in _entries(key)])[:_MOST_MEDICATIONS]:
        path = path_of(reference, reader.base)
        query = Query("Medication", path or "")
        refused = reader.refusal(query) if path else "it lies elsewhere"
        readings.append(Reading(query, reader.base, refused=refused))
    reader.read(readings)
    return readings


def _entries(key: _Key) -> Iterator[tuple[str | None, Any]]:
    for page in _pages(key):
        yield from page.entries


def _pages(key: _Key) -> list[Page]:
    return key.best.pages() if key.best.came_at_all else []


def _refuse_without_needed(keys: Sequence[_Key]) -> None:
    missing = {key.sent.template.key: key.gap or "" for key in keys if key.sent.template.needed and not key.had}
    if missing:
        raise NeededDataMissing(tuple(missing), reasons=missing)


def _chart(keys: Sequence[_Key], medications: Sequence[Reading], *, patient_id: str, as_of: date) -> Chart:
    pages = [page for key in keys for page in _pages(key)]
    pages += [page for reading in medications if reading.came_at_all for page in reading.pages()]
    gaps: dict[str, str] = {}
    for key in keys:
        for kind in key.sent.template.resource_types if key.gap else ():
            gaps.setdefault(kind, key.gap or "")
    if not all(reading.came_at_all for reading in medications):
        gaps.setdefault("Medication", "not every medication that is referred to could be read")
    chart = build(
        patient_id=patient_id,
        as_of=as_of,
        entries=[entry for page in pages for entry in page.entries],
        gaps=gaps,
        unreadable=[aside for page in pages for aside in page.unreadable],
    )
    if chart.patient is None and "Patient" not in gaps:
        return replace(chart, gaps={**gaps, "Patient": "no Patient resource came"})
    return chart
