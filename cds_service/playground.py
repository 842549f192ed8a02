"""The developers' endpoint: a Bundle or a list of resources in, the service's answer with its reasoning out.

Open to anyone who reaches it, so it exists in development only. It never reads from a FHIR server and keeps nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from . import answers, bundle, chart, fhir_types
from .catalogue import Catalogue
from .envelope import check_json
from .errors import NotConformant, NotFound, NotJson, Problem
from .exchange import current
from .intake import body_of
from .parts import Parts
from .service import Assessment, Call, Service

BUNDLE_TYPES = frozenset({"collection", "searchset", "transaction", "batch"})
_KINDS = frozenset(kind.__name__ for kind in fhir_types.READ_TYPES)
_NEW = "urn:uuid:"  # entries of a transaction that the server has yet to give an id
EARLIEST = "1900-01-01"  # the windows of the rules reach back from this day, and no calendar of ours before year 1
_MORE = "the Bundle is one page of several"


def playground_endpoints(parts: Parts) -> Blueprint:
    """Return the playground's endpoints."""
    pages = Blueprint("playground", __name__)

    @pages.post("/playground/evaluate", endpoint="evaluate")
    def evaluate() -> Response:
        exchange = current()
        with exchange.stages("read"):
            raw = body_of(request, limit=parts.settings.max_body_bytes)
            exchange.line.body_bytes = len(raw)
            service = chosen_service(parts.catalogue, request.args.get("service"))
            as_of = day(request.args.get("asOf")) or parts.today()
        with exchange.stages("chart"):
            read = chart_of(raw, as_of=as_of, patient_id=request.args.get("patient"))
        with exchange.stages("assess"):
            assessment = assess(service, read, links_base=parts.settings.base_url)
        exchange.line.service = service.id
        answers.describe(exchange.line, read, assessment)
        return answers.answer(assessment, explain=True)

    return pages


def chosen_service(catalogue: Catalogue, service_id: str | None) -> Service:
    """Return the service asked for, or the first on offer."""
    if service_id:
        return next(iter(catalogue.at(service_id).values()))
    if not catalogue.services:
        raise NotFound("No service is on offer.")
    return catalogue.services[0]


def assess(service: Service, read: chart.Chart, *, links_base: str | None = None) -> Assessment:
    """Ask a service about a chart, as a call by no one in particular would."""
    return service.assess(Call(hook=service.hook, patient_id=read.patient_id, links_base=links_base), read)


def chart_of(raw: bytes, *, as_of: date, patient_id: str | None = None) -> chart.Chart:
    """Read a Bundle or a bare list of resources as the chart of its one patient, or of the one named."""
    check_json(raw)
    page = _page(raw)
    entries = [(url, _named(url, resource)) for url, resource in page.entries]
    resources = [resource for _, resource in entries]
    return chart.build(
        patient_id=patient_id or _only_patient(resources),
        as_of=as_of,
        entries=entries,
        gaps=_gaps(page),
        unreadable=page.unreadable,
    )


def day(text: str | None) -> date | None:
    """Read a day as YYYY-MM-DD, and nothing else that a date could be written as."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) and text >= EARLIEST:
            return date.fromisoformat(text)
    except ValueError:
        pass
    rule = f"must be a day as YYYY-MM-DD, {EARLIEST} or later"
    raise NotConformant("asOf is no such day.", problems=[Problem("asOf", rule)])


def _page(raw: bytes) -> bundle.Page:
    try:
        if raw.lstrip()[:1] == b"[":
            return bundle.read_list(raw)
        page = bundle.read_page(raw)
    except RecursionError:
        raise NotJson("The body is nested too deeply.") from None
    except msgspec.DecodeError:
        raise _no_bundle() from None
    if page.kind != "Bundle" or page.bundle_type not in BUNDLE_TYPES:
        raise _no_bundle()
    return page


def _gaps(page: bundle.Page) -> dict[str, str]:
    """Say which lists are not whole: all of a page of several, and those with an entry that could not be read."""
    if page.next_url:
        return {kind.__name__: _MORE for kind in fhir_types.READ_TYPES}
    bad = Counter(aside.reference.split("/")[0].split(" ")[0] for aside in page.unreadable)
    return {kind: f"{count} of its entries could not be read" for kind, count in bad.items() if kind in _KINDS}


def _named(url: str | None, resource: Any) -> Any:
    """Give a resource without an id the UUID of its entry, as the server that takes the transaction would its own."""
    if url and url.startswith(_NEW) and isinstance(resource, fhir_types.DomainResource) and resource.id is None:
        return msgspec.structs.replace(resource, id=url.removeprefix(_NEW))
    return resource


def _only_patient(resources: Sequence[object]) -> str:
    ids = {r.id for r in resources if isinstance(r, fhir_types.Patient) and r.id}
    if len(ids) != 1:
        said = "has no Patient with an id" if not ids else "has several Patients"
        raise NotConformant(
            f"The Bundle {said}. Send one, or say whose chart it is with ?patient=ID.",
            problems=[Problem("Bundle.entry", said)],
        )
    return ids.pop()


def _no_bundle() -> NotConformant:
    return NotConformant(
        f"The body is no FHIR R4 Bundle ({', '.join(sorted(BUNDLE_TYPES))}) and no list of resources.",
        problems=[Problem("Bundle", "must be a Bundle of one of these types, or a bare list of resources")],
    )
