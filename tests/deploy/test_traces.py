"""Traces are an option: off they cost not even an import, on they reach a collector and say nothing of patients."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.serving import HANG_SECONDS, ROOT, serving
from tests.wire.bodies import CALL, sent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ABOVE = "00f067aa0ba902b7"
_START = """
import sys
from cds_service.app import create_app
from cds_service.config import settings_from
create_app(settings_from({"CDS_DATABASE_URL": "sqlite:///" + sys.argv[1], "CDS_SERVICES": "tests.toy:SERVICES"}))
sys.exit(any(name.startswith("opentelemetry") for name in sys.modules))
"""


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Run a collector that keeps what it is sent."""
    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()


def test_without_a_collector_nothing_is_imported(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _START, tmp_path / "s.db"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_call_is_a_span_of_the_caller_s_trace_with_its_stages_below(tmp_path: Path) -> None:
    with collector() as (url, got):
        settings = {"CDS_SERVICES": "tests.toy:SERVICES", "OTEL_EXPORTER_OTLP_ENDPOINT": url}
        with serving(
            tmp_path, **settings, OTEL_BSP_SCHEDULE_DELAY="100", OTEL_EXPORTER_OTLP_COMPRESSION="none"
        ) as server:
            answer = server.post(CALL, sent(), traceparent=f"00-{TRACE}-{ABOVE}-01")
            until = time.monotonic() + HANG_SECONDS
            while not got and time.monotonic() < until:
                time.sleep(0.02)
    assert answer.status == 200
    spans = {span.name: span for span in spans_of(got)}
    call = spans["POST call"]
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (TRACE, ABOVE)
    assert {"who", "read", "chart", "assess", "write"} <= spans.keys()
    for name, span in spans.items():
        if name != "POST call":
            assert span.parent_span_id == call.span_id, name
            assert call.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
    said = {a.key: a.value for a in call.attributes}
    assert said["cds.exchange"].string_value == answer.headers["x-exchange-id"]
    assert said["http.response.status_code"].int_value == 200
    assert b"p1" not in b"".join(a.value.string_value.encode() for a in call.attributes)
    assert b"Practitioner" not in b"".join(got)


def spans_of(sent_bytes: list[bytes]) -> list[Span]:
    """Return the spans that a collector was sent."""
    requests = [ExportTraceServiceRequest.FromString(raw) for raw in sent_bytes]
    scopes = [scope for request in requests for resource in request.resource_spans for scope in resource.scope_spans]
    return [span for scope in scopes for span in scope.spans]
