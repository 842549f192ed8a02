"""The application: the only place where the parts meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TextIO

from flask import Flask

from . import catalogue
from .audit import AuditLog
from .config import Settings
from .delivery import StoredRecord
from .exchange import follow_exchanges
from .fhir_client.client import FhirServers
from .gathering import Gatherer
from .headers import origins, set_headers
from .insights.routes import insights_endpoints
from .metrics import Metrics
from .pages.routes import page_endpoints
from .parts import Parts
from .playground import playground_endpoints
from .refusals import answer_failures
from .repeat import RepeatRules
from .routes import endpoints
from .security.gate import gate_of, keep_the_rest_on_this_machine
from .security.replay import SeenAnywhere
from .store import Store
from .traces import trace_of_environment
from .turns import Turns


class Application(Flask):
    """Flask, of functions that run to their end: it need not ask of each in each call whether it is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def create_app(
    settings: Settings,
    *,
    offered: catalogue.Catalogue | None = None,
    today: Callable[[], date] | None = None,
    audit_stream: TextIO | None = None,
) -> Flask:
    """Make the application of one site; `offered` are its services when they are loaded already.

    `today` is the day on which charts are judged: by default the date in UTC when the call comes in. A test gives
    its own, as the playground's `asOf` does for one call.
    """
    metrics = Metrics()
    store = Store.open(settings, count=lambda event, by: metrics.store.labels(event).inc(by))
    turns = Turns()
    servers = FhirServers(count=lambda end: metrics.fhir.labels(end).inc(), before_asking=turns.leave)
    used = SeenAnywhere(store.engine, on_fallback=metrics.unsure_tokens.inc)
    parts = Parts(
        settings=settings,
        catalogue=offered or catalogue.load(settings),
        gate=gate_of(settings, used=used, metrics=metrics),
        reader=Gatherer(settings, servers),
        record=StoredRecord(store, RepeatRules(days=settings.repeat_days, per=settings.repeat_per)),
        metrics=metrics,
        turns=turns,
        today=today or date_in_utc,
    )
    app = assemble(parts, audit=AuditLog(audit_stream))
    app.extensions["metrics"] = metrics  # for the server, which turns away what waited too long
    app.extensions["store"] = store  # for who makes an application that ends before its process does
    if settings.playground_on:
        app.register_blueprint(insights_endpoints(store.engine, today=parts.today))
    return app


def assemble(parts: Parts, *, audit: AuditLog) -> Flask:
    """Make an application of parts that exist already."""
    app = Application("cds_service", static_folder=None)
    app.url_map.merge_slashes = False
    follow_exchanges(app, audit=audit, metrics=parts.metrics, trace=trace_of_environment())
    may_call = origins((*parts.settings.cors_origins, *parts.gate.cors_origins))
    set_headers(app, may_call=may_call, production=parts.settings.production)
    answer_failures(app)
    keep_the_rest_on_this_machine(app)
    app.register_blueprint(endpoints(parts))
    app.register_blueprint(page_endpoints(parts))
    if parts.settings.playground_on:
        app.register_blueprint(playground_endpoints(parts))
    return app


def date_in_utc() -> date:
    """Return today's date in UTC."""
    return datetime.now(UTC).date()
