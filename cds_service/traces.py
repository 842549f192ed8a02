"""Traces by OpenTelemetry, as an option: nothing of it is imported unless the environment names a collector.

The variables are those of OpenTelemetry itself (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin). A span is written when its
exchange is over, out of what is known then, so that the answering code holds no word of tracing. It says what the audit
line says of times and counts, and no more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from .exchange import Exchange

_NAMED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
Trace = Callable[["Exchange", str | None], None]


def trace_of_environment() -> Trace | None:
    """Return what writes an exchange's spans, or `None` when no collector is named."""
    if not any(os.environ.get(name) for name in _NAMED) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    tracer = _tracer()

    def trace(exchange: Exchange, parent: str | None) -> None:
        _write(tracer, exchange, parent)

    return trace


def _tracer() -> Tracer:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigError(f"{_NAMED[0]}: traces need the extra `traces` of this package; install it") from None
    own = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "cds-service"}
    provider = TracerProvider(resource=Resource.create(own))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("cds_service")


def _write(tracer: Tracer, exchange: Exchange, parent: str | None) -> None:
    """Write the span of an exchange and those of its stages, as a part of the caller's trace where it has one."""
    from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    line, zero = exchange.line, time.time() - exchange.stages.elapsed() - exchange.stages.began
    above = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    span = tracer.start_span(
        f"{line.method} {line.endpoint}",
        context=above,
        kind=SpanKind.SERVER,
        start_time=_nanoseconds(zero + exchange.stages.began),
        attributes={
            "cds.exchange": exchange.id,
            "cds.endpoint": line.endpoint,
            "cds.service": line.service,
            "cds.cards": line.cards,
            "cds.fhir_requests": line.fetched,
            "http.response.status_code": line.status,
        },
    )
    if line.status >= 500:
        span.set_status(StatusCode.ERROR)
    within = set_span_in_context(span)
    for stage, start, end in exchange.stages.spans:
        child = tracer.start_span(stage, context=within, start_time=_nanoseconds(zero + start))
        child.end(_nanoseconds(zero + end))
    span.end()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
