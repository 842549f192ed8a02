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
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .bundle import Page, read_page
from .chart import Chart, build_of_types
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


class _Key(msgspec.Struct, frozen=True, gc=False):
    """One key, as the client sent it and then as it is when all reading is over.

    Its pages, why its list is not whole, whether it came at all, and whether it came from the FHIR server.
    """

    template: PrefetchTemplate
    state: State
    pages: Sequence[Page] = ()
    gap: str | None = None
    came: bool = True
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
        sent = {} if body.prefetch is UNSET else body.prefetch
        patient_id = body.context.patient_id
        as_sent = [_as_sent(template, sent.get(template.key, UNSET), patient_id) for template in templates]
    with stages("fetch"):
        reader = Reader(body, access=access, servers=servers, deadline=deadline)
        keys = _read_on(as_sent, body.context, reader, as_of=as_of)
        medications = _medications(keys, reader)
    _refuse_without_needed(keys)
    with stages("chart"):
        server = "" if body.fhir_server is UNSET else body.fhir_server
        chart = _chart(keys, medications, patient_id=patient_id, server=server, as_of=as_of)
    return Gathered(
        chart=chart,
        states={key.template.key: key.state for key in keys},
        fetched=tuple([key.template.key for key in keys if key.fetched]),
        requests=reader.requests,
    )


def _as_sent(template: PrefetchTemplate, sent: Page | msgspec.Raw | UnsetType | None, patient_id: str) -> _Key:
    if sent is UNSET:
        return _Key(template, State.ABSENT)
    if sent is None or (isinstance(sent, msgspec.Raw) and sent == _RAW_NULL):
        return _Key(template, State.NULL)  # looked for, and nothing there
    try:
        page = sent if isinstance(sent, Page) else read_page(sent)
    except (msgspec.DecodeError, RecursionError):
        return _Key(template, State.UNREADABLE)
    if "Patient" in page.by_type:
        _refuse_another_patient(page, template, patient_id)
    state, pages = _state(page, template.resource_types[0]), (page,)
    if state is State.OUTCOME:
        return _Key(template, state, (), "an error came in place of data", came=False)
    gap = left_out(pages) or unread(pages) if page.outcomes or page.unreadable else None
    return _Key(template, state, pages, gap)


def _state(page: Page, kind: str) -> State:
    if not answers(page, kind):
        return State.OUTCOME if page.outcomes else State.UNREADABLE
    if page.next_url or (page.total or 0) > len(page.by_type.get(kind, ())) + len(page.unreadable):
        return State.PART
    return State.WHOLE if page.entry or page.unreadable else State.EMPTY


def _refuse_another_patient(page: Page, template: PrefetchTemplate, patient_id: str) -> None:
    """A Patient that is not the context's means that the payload cannot be trusted (contract, HTTP)."""
    if any(patient.id != patient_id for patient in page.by_type["Patient"]):
        says = "it holds a Patient that is not context.patientId"
        raise WrongPatient(problems=[Problem(f"prefetch.{template.key}", says)])


def _read_on(keys: Sequence[_Key], context: Context, reader: Reader, *, as_of: date) -> Sequence[_Key]:
    """Read what did not come whole, all at the same time."""
    readings = {
        place: _reading(key, context, reader, as_of=as_of) for place, key in enumerate(keys) if key.state in _TO_BE_READ
    }
    if not readings:
        return keys
    reader.read(readings.values())
    return [_settled(key, readings[place]) if place in readings else key for place, key in enumerate(keys)]


def _reading(key: _Key, context: Context, reader: Reader, *, as_of: date) -> Reading:
    """Say what of a key is still to be read."""
    try:
        query = query_of(key.template.query, context, as_of=as_of)
    except Unfillable as missing:
        return Reading(Query(key.template.resource_types[0], ""), None, refused=str(missing))
    more = next((page for page in key.pages if page.next_url), None)
    return Reading(query, reader.base, first=more, refused=reader.refusal(query), limit=reader.limit(query))


def _settled(key: _Key, reading: Reading) -> _Key:
    """Take what was read, else what was sent."""
    if reading.came_at_all:
        return _Key(key.template, key.state, reading.pages(), reading.gap(), fetched=reading.refused is None)
    if key.state is State.PART:
        part = Reading(reading.query, None, first=key.pages[0], refused=reading.refused)
        return _Key(key.template, key.state, part.pages(), part.gap())
    return _Key(key.template, key.state, (), _BEFORE[key.state] + (reading.gap() or ""), came=False)


def _medications(keys: Sequence[_Key], reader: Reader) -> list[Reading]:
    """Read the medications that are referred to and did not come along: without them an injection has no drug."""
    readings = []
    for place, reference in enumerate(missing_from([page for key in keys for page in key.pages])):
        path = path_of(reference, reader.base)
        query = Query("Medication", path or "")
        refused = reader.refusal(query) if path else "it lies elsewhere"
        if place >= _MOST_MEDICATIONS:
            refused = "too many are referred to"
        readings.append(Reading(query, reader.base, refused=refused))
    reader.read(readings)
    return readings


def _refuse_without_needed(keys: Sequence[_Key]) -> None:
    missing = {key.template.key: key.gap or "" for key in keys if not key.came and key.template.needed}
    if missing:
        raise NeededDataMissing(tuple(missing), reasons=missing)


def _chart(keys: Sequence[_Key], medications: Sequence[Reading], *, patient_id: str, server: str, as_of: date) -> Chart:
    pages = [page for key in keys for page in key.pages]
    pages += [page for reading in medications if reading.came_at_all for page in reading.pages()]
    gaps: dict[str, str] = {}
    for key in keys:
        for kind in key.template.resource_types if key.gap else ():
            gaps.setdefault(kind, key.gap or "")
    if not all(reading.came_at_all for reading in medications):
        gaps.setdefault("Medication", "not every medication that is referred to could be read")
    by_type: dict[str, Sequence[Any]] = {}
    for page in pages:
        for kind, resources in page.by_type.items():
            by_type[kind] = [*by_type[kind], *resources] if kind in by_type else resources
    chart = build_of_types(
        patient_id=patient_id,
        as_of=as_of,
        by_type=by_type,
        named=[named for page in pages for named in page.named],
        gaps=gaps,
        unreadable=[aside for page in pages for aside in page.unreadable],
        server=server,
    )
    if chart.patient is None and "Patient" not in gaps:
        return replace(chart, gaps={**gaps, "Patient": "no Patient resource came"})
    return chart
