"""Every way in which a FHIR server may fail an answer: what it does, and what the chart must say of it."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from cds_service.fhir_client.faults import WORDS, Fault

from .evil import Call, bundle, procedure

GOOD = json.dumps(bundle(procedure())).encode()
OUTCOME = json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"


def _status(status: int, **headers: str) -> Callable[[Call], object]:
    return lambda call: call.reply(status, OUTCOME, **headers)


def _raw(data: bytes) -> Callable[[Call], object]:
    def behave(call: Call) -> str:
        call.raw(data)
        return "close"

    return behave


def _body(body: bytes, kind: str = "application/fhir+json", **headers: str) -> Callable[[Call], object]:
    return lambda call: call.reply(200, body, kind=kind, **headers)


def _bomb() -> bytes:
    """A megabyte of gzip that unpacks to a gigabyte."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        block = b" " * (1 << 20)
        for _ in range(64):
            file.write(block)
    return packed.getvalue() * 16


def _drip_headers(call: Call) -> None:
    call.raw(HEAD)
    call.forever(lambda n: f"X-{n}: y\r\n".encode(), every=0.02)


def _drip_one_header(call: Call) -> None:
    call.raw(HEAD + b"X: ")
    call.forever(lambda _: b"y", every=0.02)


def _drip_body(call: Call) -> None:
    call.raw(HEAD + b"Content-Length: 100000\r\n\r\n")
    call.forever(lambda _: b" ", every=0.02)


def _drip_chunks(call: Call) -> None:
    call.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    call.forever(lambda _: b"1\r\n \r\n", every=0.02)


def _endless_interim(call: Call) -> None:
    call.forever(lambda _: b"HTTP/1.1 100 Continue\r\n\r\n", every=0.01)


def _huge_chunked(call: Call) -> None:
    block = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    call.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    call.forever(lambda _: block)


def _huge_header(call: Call) -> None:
    call.raw(HEAD + b"X: ")
    call.forever(lambda _: b"y" * 1_000_000)


def _many_headers(call: Call) -> None:
    call.raw(HEAD)
    call.forever(lambda n: f"X-{n}: y\r\n".encode() * 1000)


def _reset(call: Call) -> str:
    call.reset()
    return "close"


def _half_then_reset(call: Call) -> str:
    call.raw(HEAD + b"Content-Length: 100000\r\n\r\n" + GOOD[:40])
    call.reset()
    return "close"


_BOMB = _bomb()

# The first page does not come: what the server does -> the fault.
FAULTS: Mapping[str, tuple[Callable[[Call], object], Fault]] = {
    "400": (_status(400), Fault.REFUSED),
    "401": (_status(401, WWW_Authenticate="Bearer"), Fault.TOKEN),
    "403": (_status(403), Fault.FORBIDDEN),
    "404": (_status(404), Fault.NOT_FOUND),
    "407-asks-for-proxy-sign-in": (_status(407, Proxy_Authenticate="Basic"), Fault.REFUSED),
    "410": (_status(410), Fault.NOT_FOUND),
    "418": (_status(418), Fault.REFUSED),
    "429": (_status(429, Retry_After="60"), Fault.THROTTLED),
    "500": (_status(500), Fault.SERVER),
    "502-html": (lambda c: c.reply(502, "<html>", kind="text/html"), Fault.SERVER),
    "503": (_status(503, Retry_After="60"), Fault.SERVER),
    "201-for-a-read": (lambda c: c.reply(201, GOOD), Fault.REFUSED),
    "204": (_raw(b"HTTP/1.1 204 No Content\r\n\r\n"), Fault.REFUSED),
    "206-a-part": (lambda c: c.reply(206, GOOD), Fault.REFUSED),
    "silent-after-accept": (lambda c: c.hang(), Fault.TIMEOUT),
    "drip-headers": (_drip_headers, Fault.TIMEOUT),
    "drip-one-header": (_drip_one_header, Fault.TIMEOUT),
    "drip-body": (_drip_body, Fault.TIMEOUT),
    "drip-chunks": (_drip_chunks, Fault.TIMEOUT),
    "endless-1xx": (_endless_interim, Fault.TIMEOUT),
    "closed-at-once": (lambda _: "close", Fault.CONNECTION),
    "reset-at-once": (_reset, Fault.CONNECTION),
    "reset-in-the-body": (_half_then_reset, Fault.CONNECTION),
    "truncated": (_raw(HEAD + b"Content-Length: 100000\r\n\r\n" + GOOD[:40]), Fault.CONNECTION),
    "truncated-but-valid-json": (_raw(HEAD + b"Content-Length: 100000\r\n\r\n" + GOOD), Fault.CONNECTION),
    "truncated-chunk": (_raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + GOOD[:40]), Fault.CONNECTION),
    "bad-chunk-size": (_raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n" + GOOD), Fault.CONNECTION),
    "garbage-not-http": (_raw(b"\x16\x03\x01 SSH-2.0 what\r\n\r\n" * 50), Fault.CONNECTION),
    "header-of-megabytes": (_huge_header, Fault.CONNECTION),
    "millions-of-headers": (_many_headers, Fault.CONNECTION),
    "redirect-307-without-location": (_status(307), Fault.REDIRECT),
    "304": (_raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), Fault.REDIRECT),
    "gigabytes-chunked": (_huge_chunked, Fault.TOO_LARGE),
    "gzip-bomb": (_body(_BOMB, Content_Encoding="gzip"), Fault.NOT_FHIR),
    "gzip-bomb-unlabelled": (_body(_BOMB), Fault.TOO_LARGE if len(_BOMB) > 5_242_880 else Fault.NOT_FHIR),
    "sixty-gzips": (_body(GOOD, Content_Encoding=", ".join(["gzip"] * 60)), Fault.NOT_FHIR),
    "deflate-label": (_body(GOOD, Content_Encoding="deflate"), Fault.NOT_FHIR),
    "html-sign-in-page": (_body(b"<html>Sign in</html>", kind="text/html"), Fault.NOT_FHIR),
    "html-labelled-json": (_body(b"<html>Sign in</html>"), Fault.NOT_FHIR),
    "fhir-xml": (_body(b"<Bundle/>", kind="application/fhir+xml"), Fault.NOT_FHIR),
    "malformed-json": (_body(GOOD[:-10]), Fault.NOT_FHIR),
    "deep-json": (_body(b'{"resourceType":"Bundle","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), Fault.NOT_FHIR),
    "deep-json-in-a-resource": (
        _body(b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Procedure","x":' + b'{"a":' * 200_000),
        Fault.NOT_FHIR,
    ),
    "nan": (_body(b'{"resourceType":"Bundle","total":NaN}'), Fault.NOT_FHIR),
    "utf-16": (_body(GOOD.decode().encode("utf-16")), Fault.NOT_FHIR),
    "byte-order-mark": (_body(b"\xef\xbb\xbf" + GOOD), Fault.NOT_FHIR),
    "empty-body": (_body(b""), Fault.NOT_FHIR),
    "an-array": (_body(b"[" + GOOD + b"]"), Fault.NOT_FHIR),
    "a-string": (_body(b'"Bundle"'), Fault.NOT_FHIR),
    "null": (_body(b"null"), Fault.NOT_FHIR),
}

# The answer is FHIR and is no answer: what comes -> what the chart says.
NO_ANSWERS: Mapping[str, tuple[Any, str]] = {
    "operation-outcome-with-200": (json.loads(OUTCOME), "an error came in place of data"),
    "bundle-with-an-error-only": (bundle(json.loads(OUTCOME)), "an error came in place of data"),
    "another-type": ({"resourceType": "Patient", "id": "p1"}, "the answer was of another kind"),
    "bundle-of-another-type": (
        bundle({"resourceType": "Observation", "id": "o1", "status": "final"}), "the answer was of another kind",
    ),
    "no-resource": ({"entry": []}, "it could not be read"),
    "an-empty-object": ({}, "it could not be read"),
}  # fmt: skip


def words(fault: Fault) -> str:
    """What the chart says of a fault."""
    return f"not sent: {WORDS[fault]}"


def seconds_for(fault: Fault) -> float:
    """A deadline that a fault of time is to meet, and one that a busy machine meets with all the others."""
    return 0.8 if fault is Fault.TIMEOUT else 4.0
