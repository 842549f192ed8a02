"""A key server on loopback that answers as it is told, well or badly, and counts who asks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket], None]


def said(body: bytes, *, status: str = "200 OK", kind: str = "application/json", **headers: str) -> Answer:
    """Answer with this body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return as_is("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def as_is(raw: bytes) -> Answer:
    """Answer with these bytes and close."""

    def answer(there: socket.socket) -> None:
        there.sendall(raw)

    return answer


def dripping(head: bytes) -> Answer:
    """Answer with a byte now and then, without an end."""

    def answer(there: socket.socket) -> None:
        there.sendall(head)
        while True:
            there.sendall(b" ")
            if threading.Event().wait(0.05):
                return

    return answer


def endless(there: socket.socket) -> None:
    """Answer with chunks without an end."""
    there.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        there.sendall(b"4000\r\n" + b" " * 0x4000 + b"\r\n")


def silent(there: socket.socket) -> None:
    """Take the request and say nothing until the other side leaves."""
    there.settimeout(10)
    there.recv(1)


class KeyServer:
    """Answers each request by `answer`, which a test may change."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/jwks.json"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """End it; nobody listens at its address any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        answering: list[threading.Thread] = []
        with suppress(OSError):
            while True:
                there, _ = self._listener.accept()
                self.asked += 1
                answering.append(threading.Thread(target=self._one, args=(there, self.answer)))
                answering[-1].start()
        for one in answering:
            one.join()

    def _one(self, there: socket.socket, answer: Answer) -> None:
        with there, suppress(OSError):
            there.settimeout(10)
            while b"\r\n\r\n" not in there.recv(65536):
                pass
            answer(there)


@contextmanager
def key_server(answer: Answer) -> Iterator[KeyServer]:
    """Run a key server until the block ends."""
    server = KeyServer(answer)
    try:
        yield server
    finally:
        server.close()
