"""One exchange from its first byte to its last: its id, its stopwatch, its audit line and its figures."""

from __future__ import annotations

from contextlib import ExitStack
from uuid import uuid4

from flask import Flask, Request, Response, g, request

from .audit import AuditLog, Line
from .metrics import Metrics
from .stages import Stages
from .traces import Trace

# Asked every few seconds by machines; a line each would bury the others.
_NOT_LOGGED = frozenset({"healthz", "readyz", "metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Exchange:
    """What is known of the exchange that is being answered; the request itself, and no stand-in that looks for it."""

    def __init__(self, asked: Request) -> None:
        self.request = asked
        self.id = str(uuid4())
        self.stages = Stages()
        self.held = ExitStack()
        self.line = Line(event="exchange", exchange=self.id)


def current() -> Exchange:
    """Return the exchange of the request being answered."""
    exchange: Exchange = g.exchange
    return exchange


def follow_exchanges(app: Flask, *, audit: AuditLog, metrics: Metrics, trace: Trace | None = None) -> None:
    """Have every exchange of an application timed, counted and written down, and traced where somebody wants it."""

    @app.before_request
    def _open() -> None:
        g.exchange = Exchange(request._get_current_object())  # type: ignore[attr-defined]
        metrics.in_flight.inc()

    @app.after_request
    def _close(response: Response) -> Response:
        exchange = current()
        response.headers.add("X-Exchange-Id", exchange.id)
        if exchange.stages.seconds:
            response.headers.add("Server-Timing", exchange.stages.server_timing())
        _complete(exchange, response)
        _count(exchange, metrics)
        if exchange.line.endpoint not in _NOT_LOGGED:
            audit.write(exchange.line)
            if trace is not None:
                trace(exchange, exchange.request.headers.get("traceparent"))
        return response

    @app.teardown_request
    def _leave(_failure: BaseException | None) -> None:
        exchange = g.pop("exchange", None)
        if exchange is not None:
            exchange.held.close()
            metrics.in_flight.dec()


def _complete(exchange: Exchange, response: Response) -> None:
    line, asked = exchange.line, exchange.request
    line.method = asked.method if asked.method in _METHODS else "other"
    line.endpoint = (asked.endpoint or "none").rpartition(".")[2]
    line.status = response.status_code
    line.ms = round(exchange.stages.elapsed() * 1000, 2)
    line.stages_ms = {stage: round(seconds * 1000, 2) for stage, seconds in exchange.stages.seconds.items()}


def _count(exchange: Exchange, metrics: Metrics) -> None:
    line = exchange.line
    metrics.exchanges.labels(line.endpoint, line.service or "none", str(line.status)).inc()
    metrics.seconds.labels(line.endpoint).observe(exchange.stages.elapsed())
    for stage, seconds in exchange.stages.seconds.items():
        metrics.stages.labels(stage).observe(seconds)
    if line.refusal:
        metrics.refusals.labels(line.refusal).inc()
    for why, count in (("unreadable", line.unreadable), ("ignored", line.ignored)):
        if count:
            metrics.set_aside.labels(why).inc(count)
    for kind, indicator in zip(line.kinds, line.indicators, strict=False):
        metrics.cards.labels(line.service, kind, indicator).inc()
