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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import chain

import msgspec
from msgspec import UNSET

from . import fhir_types as fhir
from .bundle import Page, read_page
from .chart import Chart, build
from .errors import NeededDataMissing, Problem, WrongPatient
from .fhir_client.client import FhirServers
from .fhir_client.deadline import Deadline
from .fhir_client.medications import missing_from, path_of
from .fhir_client.origins import FhirAccess
from .fhir_client.paging import Reading, answers, left_out, unread
from .fhir_client.queries import Query, Unfillable, query_of
from .fhir_client.reader import Reader
from .protocol import Context, RequestBody
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
_TO_BE_READ = (State.ABSENT, State.PART, State.UNREADABLE)
_MOST_MEDICATIONS = 40
_RAW_NULL = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The chart, how each key came, which keys were read from the FHIR server, and in how many requests."""

    chart: Chart
    states: Mapping[str, State]
    fetched: tuple[str, ...] = ()
    requests: int = 0


class _Sent(msgspec.Struct, frozen=True, gc=False):
    """One key as the client sent it; `page` is there when it is FHIR."""

    template: PrefetchTemplate
    state: State
    page: Page | None = None

    @property
    def kind(self) -> str:
        return self.template.resource_types[0]


class _Key(msgspec.Struct, frozen=True, gc=False):
    """One key when all reading is over: its pages, why its list is not whole, whether and from where it came."""

    sent: _Sent
    pages: Sequence[Page]
    gap: str | None
    came: bool
    fetched: bool = False


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
        readings = [_reading(one, body.context, reader, as_of=as_of) for one in sent]
        reader.read(filter(None, readings))
        keys = [_settled(one, reading) for one, reading in zip(sent, readings, strict=True)]
        medications = _medications(keys, reader)
    _refuse_without_needed(keys)
    with stages("chart"):
        chart = _chart(keys, medications, patient_id=body.context.patient_id, as_of=as_of)
    return Gathered(
        chart=chart,
        states={key.sent.template.key: key.sent.state for key in keys},
        fetched=tuple(key.sent.template.key for key in keys if key.fetched),
        requests=reader.requests,
    )


def _sent(template: PrefetchTemplate, body: RequestBody) -> _Sent:
    sent = UNSET if body.prefetch is UNSET else body.prefetch.get(template.key, UNSET)
    if sent is UNSET:
        return _Sent(template, State.ABSENT)
    if sent is None or (isinstance(sent, msgspec.Raw) and sent == _RAW_NULL):
        return _Sent(template, State.NULL)
    try:
        page = sent if isinstance(sent, Page) else read_page(sent)
    except (msgspec.DecodeError, RecursionError):
        return _Sent(template, State.UNREADABLE)
    return _Sent(template, _state(page, template.resource_types[0]), page)


def _state(page: Page, kind: str) -> State:
    if not answers(page, kind):
        return State.OUTCOME if page.outcomes else State.UNREADABLE
    if page.next_url or (page.total or 0) > page.count(kind) + len(page.unreadable):
        return State.PART
    return State.WHOLE if page.entries or page.unreadable else State.EMPTY


def _refuse_another_patient(sent: Sequence[_Sent], patient_id: str) -> None:
    """A Patient that is not the context's means that the payload cannot be trusted (contract, HTTP)."""
    for one in sent:
        for patient in one.page.of(fhir.Patient) if one.page else ():
            if patient.id != patient_id:
                says = "it holds a Patient that is not context.patientId"
                raise WrongPatient(problems=[Problem(f"prefetch.{one.template.key}", says)])


def _reading(sent: _Sent, context: Context, reader: Reader, *, as_of: date) -> Reading | None:
    """Decide what of a key is still to be read; `None` when nothing is."""
    if sent.state not in _TO_BE_READ:
        return None
    try:
        query = query_of(sent.template.query, context, as_of=as_of)
    except Unfillable as missing:
        return Reading(Query(sent.kind, ""), None, refused=str(missing))
    more = sent.page if sent.page is not None and sent.page.next_url else None
    return Reading(query, reader.base, first=more, refused=reader.refusal(query), limit=reader.limit(query))


def _settled(sent: _Sent, reading: Reading | None) -> _Key:
    """Take what was read, else what was sent."""
    if reading is None:
        return _as_sent(sent)
    if reading.came_at_all:
        return _Key(sent, reading.pages(), reading.gap(), came=True, fetched=reading.refused is None)
    if sent.state is State.PART:
        part = Reading(reading.query, None, first=sent.page, refused=reading.refused)
        return _Key(sent, part.pages(), part.gap(), came=True)
    return _Key(sent, (), _BEFORE[sent.state] + (reading.gap() or ""), came=False)


def _as_sent(sent: _Sent) -> _Key:
    if sent.page is None:  # null: looked for, and nothing there
        return _Key(sent, (), None, came=True)
    if sent.state is State.OUTCOME:
        return _Key(sent, (), "an error came in place of data", came=False)
    pages = (sent.page,)
    gap = left_out(pages) or unread(pages) if sent.page.outcomes or sent.page.unreadable else None
    return _Key(sent, pages, gap, came=True)


def _medications(keys: Sequence[_Key], reader: Reader) -> list[Reading]:
    """Read the medications that are referred to and did not come along: without them an injection has no drug."""
    readings = []
    for reference in missing_from([page for key in keys for page in key.pages])[:_MOST_MEDICATIONS]:
        path = path_of(reference, reader.base)
        query = Query("Medication", path or "")
        refused = reader.refusal(query) if path else "it lies elsewhere"
        readings.append(Reading(query, reader.base, refused=refused))
    reader.read(readings)
    return readings


def _refuse_without_needed(keys: Sequence[_Key]) -> None:
    missing = {key.sent.template.key: key.gap or "" for key in keys if key.sent.template.needed and not key.came}
    if missing:
        raise NeededDataMissing(tuple(missing), reasons=missing)


def _chart(keys: Sequence[_Key], medications: Sequence[Reading], *, patient_id: str, as_of: date) -> Chart:
    pages = [page for key in keys for page in key.pages]
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
        entries=chain.from_iterable([page.entries for page in pages]),
        gaps=gaps,
        unreadable=[aside for page in pages for aside in page.unreadable],
    )
    if chart.patient is None and "Patient" not in gaps:
        return replace(chart, gaps={**gaps, "Patient": "no Patient resource came"})
    return chart
