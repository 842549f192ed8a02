"""A service that is told to stop, or replaces a process, answers every call that it took."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.serving import HANG_SECONDS, serving
from tests.wire.bodies import CALL, sent

from .callers import Callers

TOY = {"CDS_SERVICES": "tests.toy:SERVICES"}


@pytest.mark.parametrize("workers", ["1", "2"], ids=["one-process", "two-processes"])
def test_f13_sigterm_under_load_loses_no_call(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, CDS_WORKERS=workers, CDS_DRAIN_SECONDS="0.5", **TOY) as server:
        with Callers(server.port, CALL, sent(), number=8) as callers:
            callers.until(200)
            os.kill(server.pid, signal.SIGTERM)
            callers.until(50)
            _wait_until_gone(server.pid)
        assert callers.ended.how.keys() == {200}


def test_f13_readiness_drops_before_calls_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path, CDS_DRAIN_SECONDS="60", **TOY) as server:
        os.kill(server.pid, signal.SIGTERM)
        until = time.monotonic() + HANG_SECONDS
        while (ready := server.ask("GET", "/readyz")).status == 200 and time.monotonic() < until:
            time.sleep(0.02)
        assert ready.status == 503
        assert ready.headers["retry-after"]
        assert server.ask("GET", "/healthz").status == 200
        assert server.post(CALL, sent()).status == 200
        for pid in (*map(int, _children(server.pid)), server.pid):
            os.kill(pid, signal.SIGKILL)  # rather than wait for the rest of the minute


def test_a_process_that_is_replaced_loses_no_call(tmp_path: Path) -> None:
    with serving(tmp_path, CDS_WORKERS="2", CDS_WORKER_REQUESTS="150", **TOY) as server:
        before = _children(server.pid)
        with Callers(server.port, CALL, sent(), number=8) as callers:
            callers.until(900)
        assert callers.stop().how.keys() == {200}
        assert _children(server.pid) != before, "processes were replaced"


def _children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _wait_until_gone(pid: int) -> None:
    until = time.monotonic() + HANG_SECONDS
    while Path(f"/proc/{pid}/stat").exists() and _state(pid) != "Z":
        assert time.monotonic() < until, "the service does not end"
        time.sleep(0.02)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
