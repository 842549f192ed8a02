"""The pages' endpoints: `/knowledge` always, `/` with what it needs where the playground is on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
from flask import Blueprint, Response, render_template, request

from .. import answers
from ..errors import NotFound
from ..exchange import current
from ..intake import body_of
from ..parts import Caller, Parts
from ..playground import assess, chart_of, chosen_service, day
from ..service import Pictured
from .document import Document, document_of
from .fixtures import chart_text, fixtures, grouped

_MAY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PLAYGROUND = Caller(name="playground")
_encode = msgspec.json.Encoder().encode


def page_endpoints(parts: Parts) -> Blueprint:
    """Return the pages of an application made of these parts."""
    pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
    documents = _read_once(lambda: [document_of(r) for s in parts.catalogue.services if (r := s.review()) is not None])

    @pages.get("/knowledge", endpoint="knowledge")
    def knowledge() -> Response:
        found = documents()
        if not found:
            raise NotFound("The services on offer have no knowledge to show.")
        return _page("knowledge.html", parts, documents=found)

    if parts.settings.playground_on:
        _add_playground(pages, parts)
    return pages


def _add_playground(pages: Blueprint, parts: Parts) -> None:
    known = fixtures()

    @pages.get("/", endpoint="playground")
    def playground() -> Response:
        services = [
            {"id": s.id, "hook": s.hook, "prefetch": {t.key: t.query for t in s.prefetch}}
            for s in parts.catalogue.services
        ]
        return _page(
            "playground.html",
            parts,
            groups=grouped(known),
            services=_encode(services).decode(),
            title=parts.catalogue.services[0].title if services else "",
            takes_feedback=_takes_feedback(parts),
        )

    @pages.get("/playground/fixtures/<name>", endpoint="fixture")
    def fixture(name: str) -> Response:
        text = chart_text(known, name)
        if text is None:
            raise NotFound("No example has this name.")
        return answers.json_response(text)

    @pages.post("/playground/show", endpoint="show")
    def show() -> Response:
        return answers.json_response(_encode(_shown(parts)))


def _shown(parts: Parts) -> dict[str, Any]:
    """Answer as the service does, with how to draw the chart; keep which cards were shown, so that feedback finds them.

    Of the chart nothing is kept, not even a keyed hash of the patient.
    """
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
        picture = service.picture(read) if isinstance(service, Pictured) else {"episodes": [], "names": {}}
    if _takes_feedback(parts):
        parts.record.issued(service, assessment, caller=PLAYGROUND)
    exchange.line.service = service.id
    answers.describe(exchange.line, read, assessment)
    return {"answer": answers.body_of(assessment, explain=True), "picture": picture, "patientId": read.patient_id}


def _takes_feedback(parts: Parts) -> bool:
    """Whether a browser's unsigned feedback is taken here: not where every call must be signed."""
    return parts.settings.clients is None


def _page(template: str, parts: Parts, **values: Any) -> Response:
    html = render_template(
        template, playground=parts.settings.playground_on, base_url=parts.settings.base_url, **values
    )
    answer = Response(html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _MAY
    return answer


def _read_once(read: Callable[[], list[Document]]) -> Callable[[], list[Document]]:
    """Return a reader that reads when first asked, once, whoever asks at the same time."""
    lock = threading.Lock()
    held: list[list[Document]] = []

    def reader() -> list[Document]:
        with lock:
            if not held:
                held.append(read())
        return held[0]

    return reader
