"""A FHIR server over real sockets that behaves as each test says, down to the byte, and remembers what it was told."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

JSON = "application/fhir+json"


@dataclass
class Call:
    """One request as it came, and the connection to answer it on."""

    connection: socket.socket
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    stopping: threading.Event = field(repr=False, default_factory=threading.Event)

    def reply(self, status: int, body: bytes | str = b"", *, kind: str = JSON, **headers: str) -> None:
        raw = body.encode() if isinstance(body, str) else body
        lines = {
            "Content-Type": kind,
            "Content-Length": str(len(raw)),
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.raw(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + raw)

    def bundle(self, *resources: dict[str, Any], next_url: str | None = None, **more: Any) -> None:
        self.reply(200, json.dumps(bundle(*resources, next_url=next_url, **more)))

    def raw(self, data: bytes) -> None:
        self.connection.sendall(data)

    def forever(self, pieces: Callable[[int], bytes], *, every: float = 0.0) -> None:
        """Send pieces until the other side has had enough, or the test is over."""
        number = 0
        while not self.stopping.wait(every) if every else not self.stopping.is_set():
            self.raw(pieces(number))
            number += 1

    def hang(self) -> None:
        self.stopping.wait()

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def bundle(*resources: dict[str, Any], next_url: str | None = None, **more: Any) -> dict[str, Any]:
    """A searchset of resources."""
    entries = [
        {"resource": r, "search": {"mode": "outcome" if r["resourceType"] == "OperationOutcome" else "match"}}
        for r in resources
    ]
    link = {"link": [{"relation": "next", "url": next_url}]} if next_url is not None else {}
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **link, **more}


def procedure(number: int = 1, patient: str = "p1") -> dict[str, Any]:
    """A small resource of a patient."""
    return {
        "resourceType": "Procedure", "id": f"pr{number}", "status": "completed",
        "subject": {"reference": f"Patient/{patient}"}, "performedDateTime": "2026-01-12",
    }  # fmt: skip


class Server:
    """Listens on loopback; `behave` answers each request, `calls` holds all that came."""

    def __init__(
        self, behave: Callable[[Call], object], *, tls: ssl.SSLContext | None = None, stall: bool = False
    ) -> None:
        self.behave = behave
        self.calls: list[Call] = []
        self.connections = 0
        self._tls, self._stall = tls, stall
        self._stopping = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if tls or stall else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def tokens(self) -> set[str]:
        """Every Authorization header that came."""
        return {c.headers["authorization"] for c in self.calls if "authorization" in c.headers}

    def targets(self) -> list[str]:
        return [c.target for c in self.calls]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, EOFError), connection:
            if self._stall:
                self._stopping.wait()
            spoken = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with spoken, spoken.makefile("rb") as reader:
                while (call := self._read(spoken, reader)) is not None:
                    self.calls.append(call)
                    if self.behave(call) == "close":
                        return

    def _read(self, connection: socket.socket, reader: Any) -> Call | None:
        first = reader.readline()
        if not first:
            return None
        method, target, _ = first.decode().split(" ", 2)
        headers = dict(_headers(reader))
        body = reader.read(int(headers.get("content-length", "0")))
        return Call(connection, method, target, headers, body, self._stopping)


def _headers(reader: Any) -> Iterable[tuple[str, str]]:
    while (line := reader.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()
