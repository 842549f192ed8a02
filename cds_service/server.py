"""The server under the application: gunicorn's threads, quiet about requests, started once and recycled now and then.

gunicorn rather than a faster server: it loses no call when it is told to stop, and a broken process costs its own calls
alone (deploy/BENCHMARKS.md has the figures of both).
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import logging
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from .audit import place_of
from .config import Settings
from .worker import Worker

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (the heartbeat file; a disk may stall)
_ARENAS, _MAPPED_FROM, _TRIMMED_FROM = -8, -3, -1  # of mallopt(3)
_COLLECTED_AFTER = 20_000  # objects; what a call leaves over is a dozen (tests/wire/test_left_over.py)
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Say what the server says of itself as one JSON line, like the exchanges; never a traceback's values."""
        said = {"event": "server", "level": record.levelname.lower(), "says": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            said |= {"failure": type(record.exc_info[1]).__name__, "failed_at": place_of(record.exc_info[1])}
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        return json.dumps({**said, "at": at})


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own log, as JSON lines."""

    def setup(self, cfg: Any) -> None:
        """Give each of the log's outputs our form."""
        super().setup(cfg)
        for output in self.error_log.handlers:
            output.setFormatter(_Line())


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, set up for this service; `make` builds the application in each process."""

    def __init__(self, settings: Settings, make: Callable[[], Any]) -> None:
        self._settings = settings
        self._make = make
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's own choice."""
        s = self._settings
        chosen = {
            "bind": f"[{s.host}]:{s.port}" if ":" in s.host else f"{s.host}:{s.port}",
            "workers": s.workers,
            "threads": s.threads,
            "worker_class": Worker,
            "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
            "timeout": 30,
            "graceful_timeout": math.ceil(s.drain_seconds) + 20,
            "max_requests": s.worker_requests,
            "max_requests_jitter": s.worker_requests // 10,  # not all processes at the same time
            "keepalive": 75,
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "limit_request_field_size": 16_380,
            "control_socket_disable": True,
            "loglevel": "warning",
            "logger_class": ServerLog,
            "post_worker_init": _settle,
            "child_exit": _forget_figures,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    @property
    def drain_seconds(self) -> float:
        """How long a worker that is told to stop still takes calls."""
        return self._settings.drain_seconds

    def load(self) -> Any:
        """Build the application, in the process that is to run it."""
        return self._make()


def share_figures(settings: Settings) -> None:
    """Give several server processes a folder in which their figures come together, unless the site names one."""
    if settings.workers > 1 and _FIGURES not in os.environ:
        folder = tempfile.mkdtemp(prefix="cds-figures-")
        os.environ[_FIGURES] = folder
        atexit.register(_remove, folder, of=os.getpid())


def serve(settings: Settings, make: Callable[[], Any]) -> None:
    """Serve until told to stop."""
    _give_memory_back()
    _settle()  # before the fork, so that the processes share what start-up built
    Server(settings, make).run()


def _give_memory_back() -> None:
    """Have the C library keep two heaps and not one a thread, and give large bodies back when they are done with."""
    with suppress(OSError, AttributeError):  # another C library has other ways
        library = ctypes.CDLL("libc.so.6")
        for parameter, value in ((_ARENAS, 2), (_MAPPED_FROM, 512 * 1024), (_TRIMMED_FROM, 4 * 1024 * 1024)):
            library.mallopt(parameter, value)


def _settle(worker: Any = None) -> None:
    """Keep what start-up built out of the garbage collector's sight: it never becomes garbage, and scanning it
    was the longest pause that a request met. What a call needs goes with the call, so it need not be scanned often."""
    del worker
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)


def _remove(folder: str, *, of: int) -> None:
    """Remove a folder when the process ends that made it; its children end by the same way, and earlier."""
    if os.getpid() == of:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_figures(server: Any, worker: Any) -> None:
    """Take a process that ended out of the figures that say how things stand now."""
    del server
    if _FIGURES in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
