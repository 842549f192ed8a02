"""HTTP over real sockets: what is refused, how, and which headers every answer carries."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.serving import ORIGIN, Answer, Server

from .bodies import CALL, FEEDBACK, sent

JSON = {"Content-Type": "application/json"}


def outcome(answer: Answer) -> dict[str, Any]:
    """Check that an answer is an OperationOutcome that says nothing it must not, and return it."""
    assert answer.headers["content-type"] == "application/json"
    body: Any = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"]
    for issue in body["issue"]:
        assert issue["severity"] == "error"
        assert issue["code"]
        assert issue["details"]["text"]
    assert b"Traceback" not in answer.body
    assert b"<html" not in answer.body
    found: dict[str, Any] = body
    return found


REFUSED: dict[str, tuple[str, str, bytes | None, dict[str, str], int]] = {
    "an unknown address": ("GET", "/nothing", None, {}, 404),
    "an unknown service": ("POST", "/cds-services/nothing", sent(), JSON, 404),
    "an unknown service, whatever the body": ("POST", "/cds-services/nothing", b"x", JSON, 404),
    "an unknown service's feedback": ("POST", "/cds-services/nothing/feedback", b"{}", JSON, 404),
    "discovery with a slash at its end": ("GET", "/cds-services/", None, {}, 404),
    "a doubled slash": ("POST", "/cds-services//toy", sent(), JSON, 404),
    "dots that climb": ("GET", "/x/%2e%2e/cds-services", None, {}, 404),
    "a path of 3,000 characters": ("GET", "/" + "a" * 3000, None, {}, 404),
    "PUT on discovery": ("PUT", "/cds-services", b"{}", JSON, 405),
    "POST on discovery": ("POST", "/cds-services", b"{}", JSON, 405),
    "GET on a service": ("GET", CALL, None, {}, 405),
    "DELETE on a service": ("DELETE", CALL, None, {}, 405),
    "GET on feedback": ("GET", FEEDBACK, None, {}, 405),
    "a method that nobody knows": ("BREW", CALL, None, {}, 405),
    "no media type": ("POST", CALL, sent(), {}, 415),
    "plain text": ("POST", CALL, sent(), {"Content-Type": "text/plain"}, 415),
    "a form": ("POST", CALL, b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "XML": ("POST", CALL, b"<a/>", {"Content-Type": "application/fhir+xml"}, 415),
    "another character set": ("POST", CALL, sent(), {"Content-Type": "application/json; charset=latin-1"}, 415),
    "a gzip body": ("POST", CALL, gzip.compress(sent()), {**JSON, "Content-Encoding": "gzip"}, 415),
    "a plain body that says gzip": ("POST", CALL, sent(), {**JSON, "Content-Encoding": "gzip"}, 415),
    "no body": ("POST", CALL, None, JSON, 400),
    "a body that is no JSON": ("POST", CALL, b"{", JSON, 400),
    "a body that is too large": ("POST", CALL, b" " * 1_000_001, JSON, 413),
    "feedback that is too large": ("POST", FEEDBACK, b" " * 262_145, JSON, 413),
    "feedback that is no JSON": ("POST", FEEDBACK, b"NaN", JSON, 400),
    "feedback without items": ("POST", FEEDBACK, b"{}", JSON, 422),
    "another hook": ("POST", CALL, sent(hook="order-sign"), JSON, 422),
    "no context": ("POST", CALL, sent(context=...), JSON, 422),
    "needed data missing": ("POST", CALL, sent(prefetch=...), JSON, 412),
    "a Patient that is not the context's": (
        "POST",
        CALL,
        sent(context={"userId": "Practitioner/u", "patientId": "p2"}),
        JSON,
        422,
    ),
}


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), REFUSED.values(), ids=REFUSED)
def test_refusal_is_an_operation_outcome(
    server: Server, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    answer = server.ask(method, path, body, headers)
    assert answer.status == status
    outcome(answer)


def test_a_defect_is_500_without_a_word_of_it(server: Server) -> None:
    context = {"userId": "Practitioner/u", "patientId": "defect"}
    answer = server.post(CALL, sent(context=context, prefetch={"procedures": None}))
    assert answer.status == 500
    said = outcome(answer)
    assert b"Smith" not in answer.body
    assert answer.headers["x-exchange-id"] in said["issue"][0]["diagnostics"]
    assert "cards" not in said


ALLOWED = {"/cds-services": "GET, HEAD, OPTIONS", CALL: "OPTIONS, POST", FEEDBACK: "OPTIONS, POST"}


@pytest.mark.parametrize(("path", "allow"), ALLOWED.items(), ids=ALLOWED)
def test_405_says_what_is_allowed(server: Server, path: str, allow: str) -> None:
    assert server.ask("PATCH", path).headers["allow"] == allow


TAKEN = {
    "plain": "application/json",
    "with a character set": "application/json; charset=utf-8",
    "with a character set in capitals": 'application/json; charset="UTF-8"',
    "FHIR's own": "application/fhir+json",
    "FHIR's own with its version": "application/fhir+json; fhirVersion=4.0",
    "in capitals": "Application/JSON",
}


@pytest.mark.parametrize("media", TAKEN.values(), ids=TAKEN)
def test_media_type_is_taken(server: Server, media: str) -> None:
    assert server.ask("POST", CALL, sent(), {"Content-Type": media}).status == 200


def chunked(body: bytes, size: int = 1000, path: str = CALL) -> bytes:
    """Return a request whose body comes in chunks, without a length."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    return (
        head.encode()
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        + b"0\r\n\r\n"
    )


def test_a_chunked_body_is_read_whole(server: Server) -> None:
    assert server.raw(chunked(sent(), size=7)).startswith(b"HTTP/1.1 200")


def test_a_chunked_body_over_the_limit_is_not_cut_and_answered(server: Server) -> None:
    body = sent() + b" " * 1_000_000
    assert server.raw(chunked(body, size=60_000)).startswith(b"HTTP/1.1 413")


BROKEN = {
    "no HTTP": b"GARBAGE\r\n\r\n",
    "a length and chunks": (
        b"POST /cds-services/toy HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "two lengths": b"POST /cds-services/toy HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "a transfer coding that nobody knows": (
        b"POST /cds-services/toy HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n"
    ),
    "a length that is no number": b"POST /cds-services/toy HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a request line of 5,000 characters": b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a thousand headers": b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n",
    "a header of 20,000 characters": b"GET / HTTP/1.1\r\nX-A: " + b"b" * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_broken_http_is_refused_as_json_and_the_connection_closed(server: Server, raw: bytes) -> None:
    got = server.raw(raw)
    status = int(got.split(b" ")[1])
    assert 400 <= status < 600
    assert status != 500
    assert b"Connection: close" in got
    assert json.loads(got.partition(b"\r\n\r\n")[2])["resourceType"] == "OperationOutcome"


def test_every_problem_reaches_the_answer(server: Server) -> None:
    said = outcome(server.post(CALL, sent(hookInstance=7, context={})))
    paths = [path for issue in said["issue"] for path in issue.get("expression", [])]
    assert sorted(paths) == ["context.patientId", "context.userId", "hookInstance"]


def test_412_names_the_keys(server: Server) -> None:
    said = outcome(server.post(CALL, sent(prefetch={})))
    assert any("prefetch.procedures" in issue.get("expression", []) for issue in said["issue"])


EVERYWHERE = ["/cds-services", "/healthz", "/readyz", "/metrics", "/openapi.json", "/schemas/request.json", "/nothing"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_safety_headers_and_no_cookie(server: Server, path: str) -> None:
    headers = server.ask("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in headers
    assert headers["vary"] == "Origin"


def test_server_timing_names_the_stages(server: Server) -> None:
    timing = server.post(CALL, sent()).headers["server-timing"]
    assert [part.split(";")[0] for part in timing.split(", ")] == ["who", "read", "fetch", "chart", "assess", "write"]


CORS = {
    "discovery": ("GET", "/cds-services", None),
    "a call": ("POST", CALL, sent()),
    "feedback": ("POST", FEEDBACK, b'{"feedback":[]}'),
    "a refusal": ("POST", CALL, b"{"),
    "an unknown address": ("GET", "/nothing", None),
    "a preflight of discovery": ("OPTIONS", "/cds-services", None),
    "a preflight of a call": ("OPTIONS", CALL, None),
    "a preflight of feedback": ("OPTIONS", FEEDBACK, None),
}


@pytest.mark.parametrize(("method", "path", "body"), CORS.values(), ids=CORS)
def test_a_listed_origin_may_read_every_answer(server: Server, method: str, path: str, body: bytes | None) -> None:
    answer = server.ask(method, path, body, {**JSON, "Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in answer.headers
    if method == "OPTIONS":
        assert answer.status == 200
        assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type"
        assert "POST" in answer.headers["access-control-allow-methods"]


STRANGERS = [
    "null",
    "https://evil.example.org",
    f"{ORIGIN}.evil.test",
    f"{ORIGIN}:443",
    f"{ORIGIN}/",
    "http://ehr.example.org",
    "HTTPS://EHR.EXAMPLE.ORG",
    f"{ORIGIN} https://evil.test",
    "*",
]


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_another_origin_may_read_nothing(server: Server, origin: str, method: str) -> None:
    headers = server.ask(method, "/cds-services", None, {"Origin": origin}).headers
    assert not [name for name in headers if name.startswith("access-control-")]


def test_head_is_get_without_its_body(server: Server) -> None:
    got, head = server.ask("GET", "/cds-services"), server.ask("HEAD", "/cds-services")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))


def test_healthz_readyz_and_metrics_answer(server: Server) -> None:
    assert server.ask("GET", "/healthz").json() == {"status": "ok"}
    assert server.ask("GET", "/readyz").json() == {"status": "ready"}
    figures = server.ask("GET", "/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert b"cds_exchanges_total" in figures.body
