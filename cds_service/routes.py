"""The endpoints that EHRs and operators call (contract, HTTP)."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from . import answers, stopping
from .catalogue import for_hook
from .envelope import read_call, read_feedback
from .errors import NotFound, Unavailable
from .exchange import Exchange, current
from .intake import body_of
from .metrics import CONTENT_TYPE
from .parts import Caller, Parts, name_caller
from .protocol import RequestBody
from .published import BODIES, openapi, schema_text
from .service import Call

FEEDBACK_BYTES = 262_144


def endpoints(parts: Parts) -> Blueprint:
    """Return the endpoints of an application made of these parts."""
    pages = Blueprint("cds", __name__)
    _for_clients(pages, parts)
    _for_operators(pages, parts)
    _for_developers(pages, parts)
    return pages


def _for_clients(pages: Blueprint, parts: Parts) -> None:
    @pages.get("/cds-services", endpoint="discovery")
    def discovery() -> Response:
        _admit(parts, current())
        return answers.json_response(parts.catalogue.discovery)

    @pages.post("/cds-services/<service_id>", endpoint="call")
    def call(service_id: str) -> Response:
        return invoke(parts, service_id)

    @pages.post("/cds-services/<service_id>/feedback", endpoint="feedback")
    def feedback(service_id: str) -> Response:
        return receive_feedback(parts, service_id)


def _for_operators(pages: Blueprint, parts: Parts) -> None:
    @pages.get("/healthz", endpoint="healthz")
    def healthz() -> Response:
        return answers.json_response(b'{"status":"ok"}')

    @pages.get("/readyz", endpoint="readyz")
    def readyz() -> Response:
        return readiness(parts, store=request.args.get("for") != "calls")

    @pages.get("/metrics", endpoint="metrics")
    def metrics() -> Response:
        return Response(parts.metrics.exposition(), content_type=CONTENT_TYPE)


def _for_developers(pages: Blueprint, parts: Parts) -> None:
    @pages.get("/schemas/<name>.json", endpoint="schema")
    def schema(name: str) -> Response:
        if name not in BODIES:
            raise NotFound
        return answers.json_response(schema_text(name).encode())

    @pages.get("/openapi.json", endpoint="openapi")
    def openapi_document() -> Response:
        return answers.json_response(json.dumps(openapi(parts.catalogue.ids)).encode())


def invoke(parts: Parts, service_id: str) -> Response:
    """Answer a service call: the request's life, in the order that it runs."""
    exchange = current()
    stage, line = exchange.stages, exchange.line
    with stage("who"):
        caller = _admit(parts, exchange)
        there = parts.catalogue.at(service_id)
    with stage("read"):
        raw = body_of(exchange.request, limit=parts.settings.max_body_bytes)
        line.service, line.body_bytes = service_id, len(raw)
    with parts.turns.taken(stage):
        with stage("read"):
            body = read_call(raw)
            line.hook_instance = body.hook_instance
            service = for_hook(there, body.hook)
        gathered = parts.reader.read(service, body, caller=caller, as_of=parts.today(), stages=stage)
        line.fetched = gathered.requests
        parts.turns.take(stage)  # it is given back where the chart has to be waited for
        with stage("assess"):
            assessment = service.assess(_asked(body, parts), gathered.chart)
    with stage("write"):
        shown = parts.record.shown(service, body, assessment, caller=caller)
        line.withheld = len(assessment.cards) - len(shown.cards)
        answers.describe(line, gathered.chart, shown)
        return answers.answer(shown, explain=answers.wants_explanation(body.extension), shadow=caller.shadow)


def _asked(body: RequestBody, parts: Parts) -> Call:
    return Call(
        hook=body.hook,
        patient_id=body.context.patient_id,
        user_id=body.context.user_id,
        encounter_id=body.context.encounter_id or None,
        links_base=parts.settings.base_url,
    )


def receive_feedback(parts: Parts, service_id: str) -> Response:
    """Keep what users did with cards; the answer is given once it is kept."""
    exchange = current()
    with exchange.stages("who"):
        caller = _admit(parts, exchange, writes=True)
        parts.catalogue.at(service_id)
    with exchange.stages("read"):
        raw = body_of(exchange.request, limit=FEEDBACK_BYTES)
        exchange.line.service, exchange.line.body_bytes = service_id, len(raw)
        items = read_feedback(raw).feedback
    with exchange.stages("write"):
        parts.record.feedback(service_id, items, caller=caller)
    for item in items:
        parts.metrics.feedback.labels(service_id, item.outcome).inc()
    return answers.json_response(b"{}")


def readiness(parts: Parts, *, store: bool) -> Response:
    """Say whether all can be done: knowledge is loaded (or there were no application) and the store reached.

    Charts are answered without the store as well: who sends calls here asks `for=calls`, and a database that is down
    then takes no instance out of service.
    """
    if stopping.begun():
        raise Unavailable("This process was told to stop.")
    finding = parts.record.ready() if store else None
    if finding is not None:
        raise Unavailable(f"{finding.room}: {finding.says}")
    return answers.json_response(b'{"status":"ready"}')


def _admit(parts: Parts, exchange: Exchange, *, writes: bool = False) -> Caller:
    """Return who calls, with a place held for the call until it is answered."""
    asked = exchange.request
    caller = parts.gate.admit(
        authorization=asked.headers.get("Authorization"),
        path=asked.path,
        remote=asked.remote_addr or "",
        writes=writes,
    )
    name_caller(exchange.line, caller)
    exchange.held.enter_context(parts.gate.hold(caller))
    return caller
