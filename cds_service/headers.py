"""The headers of every answer: who may read it in a browser, and what a browser may do with it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

# A JSON answer that a browser opens as a page may load and run nothing.
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Vary", "Origin"),
)
_NOTHING_RUNS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HSTS = "max-age=31536000; includeSubDomains"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}
_READABLE = "Server-Timing, X-Exchange-Id, WWW-Authenticate, Retry-After"

Origins = Callable[[str], bool]


def set_headers(app: Flask, *, may_call: Origins, production: bool) -> None:
    """Set the headers of every answer of an application, refusals and preflights included.

    Nothing else sets those that are always the same, so that they are added without a search for each.
    """
    always = (*_ALWAYS, ("Strict-Transport-Security", _HSTS)) if production else _ALWAYS

    @app.after_request
    def _set(response: Response) -> Response:
        response.headers.extend(always)
        response.headers.setdefault("Content-Security-Policy", _NOTHING_RUNS)
        response.headers.setdefault("Cache-Control", "no-store")
        _allow_origin(response, may_call)
        return response


def _allow_origin(response: Response, may_call: Origins) -> None:
    """Name the one origin that asks, if it may: never a star, never credentials."""
    origin = request.headers.get("Origin")
    if origin is None or not may_call(origin):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _READABLE
    if request.method == "OPTIONS":
        response.headers.update(_PREFLIGHT)


def origins(listed: tuple[str, ...]) -> Origins:
    """Return whether an origin may call: those listed, letter by letter; a star admits every http(s) origin."""
    if "*" in listed:
        return lambda origin: origin.startswith(("http://", "https://"))
    return frozenset(listed).__contains__
