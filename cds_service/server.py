"""The server under the application: gunicorn's threads, quiet about requests, and JSON down to the last error.

What gunicorn refuses before the application sees it (a broken request line, too many headers) it answers as HTML and
logs word for word. `Worker` answers an OperationOutcome instead and logs the kind of fault alone.
"""

from __future__ import annotations

import atexit
import gc
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import errors as http
from gunicorn.workers.gthread import ThreadWorker

from .audit import place_of
from .config import Settings
from .errors import NotJson, RequestRefused, Unavailable
from .outcome import outcome_of

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (the heartbeat file; a disk may stall)
_STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (http.LimitRequestLine, 414, "URI Too Long"),
    (http.LimitRequestHeaders, 431, "Request Header Fields Too Large"),
    (http.UnsupportedTransferCoding, 501, "Not Implemented"),
    (http.ExpectationFailed, 417, "Expectation Failed"),
    (http.ParseException, 400, "Bad Request"),
)
PATIENCE_SECONDS = 1.0
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_BUSY = "The service has more calls than it can answer. Try again."
_BROKEN = "This is not HTTP that the server reads. Check the request line, the headers and their sizes."


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


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker that says of a broken request only what kind it is, and turns away what waited too long.

    Work that nobody waits for any more delays the work that somebody waits for: without this, a service that is asked
    for more than it can do answers everything late.
    """

    _said_at = float("-inf")

    def enqueue_req(self, conn: Any) -> None:
        """Note when a connection begins to wait for a thread."""
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Note how long it waited."""
        conn.waited = time.monotonic() - conn.queued_at
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request, unless it waited too long; those who watch over the service are always answered."""
        if conn.waited <= PATIENCE_SECONDS or req.path in _WATCHED:
            return super().handle_request(req, conn)
        self._say_overloaded()
        util.write_nonblock(conn.sock, _plain_answer(503, "Service Unavailable", Unavailable(_BUSY)))
        return not req.should_close()

    def _say_overloaded(self) -> None:
        """Log once a second at most: a line for each would be one more load."""
        if time.monotonic() - self._said_at > 1:
            self._said_at = time.monotonic()
            self.log.warning("overloaded: calls that waited over %s s for a thread are turned away", PATIENCE_SECONDS)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that never reached the application."""
        del req, addr
        status, reason = next(((s, r) for kind, s, r in _STATUSES if isinstance(exc, kind)), (500, ""))
        refused = NotJson(_BROKEN) if reason else RequestRefused()
        refused.headers["Connection"] = "close"
        self.log.warning("refused before the application: %s", type(exc).__name__)
        try:
            util.write_nonblock(client, _plain_answer(status, reason or "Internal Server Error", refused))
        except OSError:
            self.log.debug("the client had gone")


def _plain_answer(status: int, reason: str, refused: RequestRefused) -> bytes:
    """Return the whole of an answer that the application does not give."""
    body = outcome_of(refused, "")
    own = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    headers = {**refused.headers, **own, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode() + body


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
            "graceful_timeout": 20,
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
    _settle()  # before the fork, so that the processes share what start-up built
    Server(settings, make).run()


def _settle(worker: Any = None) -> None:
    """Keep what start-up built out of the garbage collector's sight: it never becomes garbage, and scanning it
    was the longest pause that a request met."""
    del worker
    gc.collect()
    gc.freeze()


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
