"""A FHIR server that exports in bulk, on loopback: as the specification has it, or with the faults asked for."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT = "population-dry-run"


@dataclass
class Bulk:
    """What the server holds and how it behaves; `asked` counts the requests by what they were."""

    files: dict[str, bytes]
    public: Any
    busy: int = 0  # kick-offs and status requests that are refused with 429 first
    polls: int = 2
    cut: int = 0  # downloads that end in the middle
    ranges: bool = True
    tokens_last: int = 3  # requests a token is good for
    forgets: int = 0  # status requests answered with 404
    redirect: bool = False
    elsewhere: str = ""  # origin of the files
    types: dict[str, str] = field(default_factory=dict)
    fails: int = 0  # status with which the export fails
    asked: Counter[str] = field(default_factory=Counter)
    tokens: dict[str, int] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""


@contextmanager
def exporting(bulk: Bulk) -> Iterator[Bulk]:
    """Serve until the block ends."""

    class Handler(_Handler):
        server_of = bulk

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    bulk.url = f"http://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bulk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_of: Bulk
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        bulk, path = self.server_of, urlsplit(self.path).path.removeprefix("/fhir")
        if path == "/.well-known/smart-configuration":
            self._json(200, {"token_endpoint": f"{bulk.url}/token", "capabilities": ["permission-v2"]})
        elif not self._signed():
            self._json(401, {"resourceType": "OperationOutcome"})
        elif path.endswith("/$export"):
            self._kick_off()
        elif path == "/status":
            self._status()
        elif path.startswith("/files/"):
            self._file(path.removeprefix("/files/"))
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        bulk = self.server_of
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        bulk.asked["token"] += 1
        try:
            claims = jwt.decode(
                body["client_assertion"][0], bulk.public, algorithms=["ES384", "RS384"], audience=f"{bulk.url}/token",
                options={"require": ["exp", "jti", "iss", "sub", "aud"]},
            )  # fmt: skip
        except jwt.PyJWTError:
            self._json(400, {"error": "invalid_client"})
            return
        fresh = claims["jti"] not in {c["jti"] for c in bulk.seen} and claims["iss"] == claims["sub"] == CLIENT
        bulk.seen.append(claims)
        if not fresh or body["scope"] != ["system/*.rs"] or body["grant_type"] != ["client_credentials"]:
            self._json(400, {"error": "invalid_request"})
            return
        token = f"t{len(bulk.tokens)}"
        bulk.tokens[token] = bulk.tokens_last
        self._json(200, {"access_token": token, "token_type": "bearer", "expires_in": 300})

    def do_DELETE(self) -> None:
        self.server_of.asked["delete"] += 1
        self._json(202, {})

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _signed(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        left = self.server_of.tokens.get(token, 0)
        self.server_of.tokens[token] = left - 1
        return left > 0

    def _kick_off(self) -> None:
        bulk = self.server_of
        bulk.asked["kick-off"] += 1
        if bulk.busy:
            bulk.busy -= 1
            self._json(429, {}, {"Retry-After": "7"})
        elif self.headers.get("Prefer") != "respond-async" or "Procedure" not in self.path:
            self._json(400, {})
        elif bulk.redirect:
            self._json(307, {}, {"Location": "http://127.0.0.1:1/"})
        else:
            self._json(202, {}, {"Content-Location": f"{bulk.url}/status"})

    def _status(self) -> None:
        bulk = self.server_of
        bulk.asked["status"] += 1
        if bulk.forgets:
            bulk.forgets -= 1
            self._json(404, {})
        elif bulk.polls:
            bulk.polls -= 1
            wait = "3" if bulk.polls else "Wed, 21 Oct 2015 07:28:00 GMT"
            self._json(202, {}, {"Retry-After": wait, "X-Progress": "50%"})
        elif bulk.fails:
            self._json(bulk.fails, {"resourceType": "OperationOutcome"})
        else:
            base = bulk.elsewhere or f"{bulk.url}/files"
            output = [{"type": bulk.types.get(n, n.split(".")[0]), "url": f"{base}/{n}"} for n in bulk.files]
            self._json(200, {"transactionTime": "2026-03-02T00:00:00Z", "requiresAccessToken": True, "output": output,
                             "error": []})  # fmt: skip

    def _file(self, name: str) -> None:
        bulk, text = self.server_of, self.server_of.files[name]
        bulk.asked[name] += 1
        start, asked = 0, self.headers.get("Range")
        if asked and bulk.ranges:
            bulk.asked["range"] += 1
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/fhir+ndjson")
        self.send_header("Content-Length", str(len(text) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(text) - 1}/{len(text)}")
        self.end_headers()
        if bulk.cut:
            bulk.cut -= 1
            self.wfile.write(text[start : start + (len(text) - start) // 2])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(text[start:])

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def key_pair() -> tuple[Any, Any]:
    """Return a private key and its public one."""
    private = ec.generate_private_key(ec.SECP384R1())
    return private, private.public_key()
