"""The page `/insights` with its pictures and files; it exists where the other pages for developers do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ..errors import NotConformant, NotFound, Problem, Unavailable
from .export import exports
from .page import STYLE, body
from .plots import plots
from .report import Insights, insights, window_until

_PAGE_MAY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PICTURE_MAY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_TYPES = {"csv": "text/csv", "json": "application/fhir+json", "svg": "image/svg+xml"}


def insights_endpoints(engine: Engine, *, today: Callable[[], date]) -> Blueprint:
    """Return the page's endpoints; `?since=`, `?until=` and `?client=` choose what is looked at."""
    pages = Blueprint("insights", __name__, template_folder="templates")

    @pages.get("/insights", endpoint="insights")
    def whole() -> Response:
        found = _found(engine, today())
        asked = urlencode({name: value for name, value in request.args.items() if name in _ASKED and value})
        pictures = {name: f"/insights/{name}.svg?{asked}" for name in plots(found)}
        html = render_template(
            "insights.html",
            window=found.window,
            clients=list(found.by["client"]),
            body=Markup(body(found, pictures, files_at="/insights/", asked=asked)),  # noqa: S704 - escaped where made
            playground=True,
        )
        return _sent(html.encode(), "text/html", _PAGE_MAY)

    @pages.get("/insights/insights.css", endpoint="insights_style")
    def style() -> Response:
        return _sent(STYLE.read_bytes(), "text/css")

    @pages.get("/insights/<name>", endpoint="insights_file")
    def file(name: str) -> Response:
        make = exports(_found(engine, today()), at=datetime.now(UTC)).get(name)
        if make is None:
            raise NotFound
        return _sent(make(), _TYPES[name.rpartition(".")[2]], _PICTURE_MAY)

    return pages


_ASKED = frozenset({"since", "until", "client"})


def _found(engine: Engine, today: date) -> Insights:
    window = window_until(today, since=_day("since"), until=_day("until"), client=request.args.get("client", ""))
    try:
        return insights(engine, window)
    except SQLAlchemyError as problem:
        raise Unavailable("The store does not answer at the moment. Try again.", retry_after=5) from problem


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotConformant(f"{name} is no day.", problems=[Problem(name, "must be a day as YYYY-MM-DD")])


def _sent(body: bytes, mimetype: str, may: str = "") -> Response:
    answer = Response(body, content_type=f"{mimetype}; charset=utf-8")
    if may:
        answer.headers["Content-Security-Policy"] = may
    return answer
