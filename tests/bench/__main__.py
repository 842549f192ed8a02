"""How fast, as ratios within one run: `python -m tests.bench` (two cores that others use say little in seconds).

In process: reading, medicine and cards against `orjson.loads` of the same bytes, with the collector off. Over HTTP: the
service against an endpoint of the same server that reads the body and says nothing, at 1 and at 16 connections.
"""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson

from cds_service import answers, catalogue
from cds_service.config import settings_from
from cds_service.envelope import read_call
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.origins import FhirAccess
from cds_service.prefetch import gather
from cds_service.service import Call
from tests.serving import Server, free_port, serving

from .load import load
from .requests_like import SIZES, request_of

AS_OF = date(2026, 3, 2)
SECONDS = 4.0


def main() -> None:
    """Print every ratio, with what it is to reach."""
    settings = settings_from({})
    service = catalogue.load(settings).services[0]
    templates = {template.key: template.query for template in service.prefetch}
    servers, access = FhirServers(), FhirAccess("bench")

    def answer(raw: bytes) -> bytes:
        body = read_call(raw)
        deadline = Deadline.after(60)
        chart = gather(service.prefetch, body, as_of=AS_OF, access=access, servers=servers, deadline=deadline).chart
        assessed = service.assess(Call(hook=body.hook, patient_id=body.context.patient_id), chart)
        return bytes(answers.answer(assessed, explain=False).get_data())

    print("in process, against orjson.loads of the same bytes (medium is to reach 0.60)")
    for size in SIZES:
        raw = request_of(size, templates)
        ours, theirs = cpu_seconds(partial(answer, raw)), cpu_seconds(partial(orjson.loads, raw))
        print(f"  {size:<7} {len(raw) / 1e3:>7.0f} kB  {ours * 1e3:>8.2f} ms  ratio {ours / theirs:.2f}")
    over_http(request_of("medium", templates))


def cpu_seconds(call: Callable[[], Any]) -> float:
    """Return the least of the medians of a few rounds, in processor time, with the collector off."""
    call()
    gc.collect()
    gc.disable()
    try:
        rounds = []
        for _ in range(5):
            times = []
            until = time.perf_counter() + 0.4
            while time.perf_counter() < until:
                start = time.thread_time()
                call()
                times.append(time.thread_time() - start)
            rounds.append(statistics.median(times))
        return min(rounds)
    finally:
        gc.enable()


def over_http(raw: bytes) -> None:
    """Print throughput and latency against the endpoint that only reads."""
    path = "/cds-services/steroid-injection-followup"
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), CDS_WORKERS="2") as ours:
        served = {n: load(ours, path, raw, connections=n, seconds=SECONDS) for n in (1, 16)}
    reader = body_only()
    try:
        floor = {n: load(reader[0], "/", raw, connections=n, seconds=SECONDS) for n in (1, 16)}
    finally:
        reader[1].terminate()
        reader[1].join()
    for n in (1, 16):
        rate, p50, p99 = served[n]
        base, base50, _ = floor[n]
        print(
            f"over HTTP, {n} connections: {rate:.0f}/s, p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms; "
            f"of the endpoint that only reads: throughput {rate / base:.2f}, "
            f"p50 {p50 / base50:.2f}; p99/p50 {p99 / p50:.1f}"
        )
    print("  (to reach: throughput 0.40 at 16; p50 2.0 and p99/p50 3 at 1)")


def body_only() -> tuple[Server, multiprocessing.Process]:
    """Start the same server with an application that reads the body and does nothing."""
    port = free_port()
    process = multiprocessing.Process(target=_serve_body_only, args=(port,))
    process.start()
    server = Server("127.0.0.1", port, Path("/dev/null"), process.pid or 0)
    for _ in range(200):
        try:
            server.ask("GET", "/")
            break
        except OSError:
            time.sleep(0.02)
    return server, process


def _serve_body_only(port: int) -> None:
    from flask import Flask, request

    from cds_service.server import serve

    def make() -> Flask:
        app = Flask("body_only")

        @app.route("/", methods=["GET", "POST"])
        def read() -> str:
            return str(len(request.get_data(cache=False)))

        return app

    serve(msgspec.structs.replace(settings_from({}), port=port, workers=2), make)


if __name__ == "__main__":
    main()
