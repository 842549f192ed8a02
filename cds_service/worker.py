"""A gunicorn worker that answers in JSON down to the last error, turns away what waited too long, and stops unnoticed.

What gunicorn refuses before the application sees it (a broken request line, too many headers) it answers as HTML and
logs word for word. `Worker` answers an OperationOutcome instead and logs the kind of fault alone.
"""

from __future__ import annotations

import time
from typing import Any

from gunicorn import util
from gunicorn.http import errors as http
from gunicorn.workers.gthread import ThreadWorker

from . import stopping
from .errors import NotJson, RequestRefused, Unavailable
from .outcome import outcome_of

_STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (http.LimitRequestLine, 414, "URI Too Long"),
    (http.LimitRequestHeaders, 431, "Request Header Fields Too Large"),
    (http.UnsupportedTransferCoding, 501, "Not Implemented"),
    (http.ExpectationFailed, 417, "Expectation Failed"),
    (http.ParseException, 400, "Bad Request"),
)
PATIENCE_SECONDS = 1.0
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
_BUSY = "The service has more calls than it can answer. Try again."
_BROKEN = "This is not HTTP that the server reads. Check the request line, the headers and their sizes."


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker that says of a broken request only what kind it is, and turns away what waited too long.

    Work that nobody waits for any more delays the work that somebody waits for: without this, a service that is asked
    for more than it can do answers everything late.
    """

    _said_at = float("-inf")
    _stops_at = float("inf")

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop: say so to whoever asks for readiness, and take calls until they had time to hear it."""
        if stopping.begun():
            return
        stopping.begin()
        self._stops_at = time.monotonic() + self.app.drain_seconds
        if self.app.drain_seconds <= 0:
            super().handle_exit(sig, frame)

    def notify(self) -> None:
        """Tell the master that all is well, which is done in every turn of the loop, and stop when it is time."""
        super().notify()
        if time.monotonic() >= self._stops_at:
            self.alive = False

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 (gunicorn's signature)
        """Before the door closes for good, let in those who knock already: the system would drop them unanswered."""
        closing = not enabled and not self.alive and stopping.begun()
        if closing:
            self._let_in()
        super().set_accept_enabled(enabled)
        if closing:
            self._let_in()  # once more, so that nobody knocks between the last look and the closing
            for listener in self.sockets:
                listener.close()  # who comes from now on is refused at once, and so may safely ask another

    def _let_in(self) -> None:
        """Take every connection that waits at the door."""
        waiting = self.nr_conns - 1
        while waiting < self.nr_conns:
            waiting = self.nr_conns
            for listener in self.sockets:
                if listener.sock is not None:
                    self.accept(listener)

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
        if (metrics := self.wsgi.extensions.get("metrics")) is not None:  # the floors of the benchmark have no figures
            metrics.turned_away.inc()
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
