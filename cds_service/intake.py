"""Taking a body off the wire: what it says it is, how large it may be, all of it or none."""

from __future__ import annotations

from flask import Request

from .errors import NotJson, TooLarge, UnsupportedMediaType

_MEDIA = frozenset({"application/json", "application/fhir+json"})
_CHARSETS = frozenset({"utf-8", "utf8"})


def body_of(request: Request, *, limit: int) -> bytes:
    """Return the whole body of a request that declares plain JSON and is no larger than the limit.

    The limit is ours and not the framework's, which cuts a body without a length at its limit and goes on.
    """
    _check_media(request)
    length = request.content_length
    if length is not None and length > limit:
        raise TooLarge(_over(limit))
    body: bytes = request.stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(_over(limit))
    if length is not None and len(body) != length:
        raise NotJson("The body ends before its Content-Length. Send it whole.")
    return body


def _check_media(request: Request) -> None:
    if request.content_type not in _MEDIA:  # nearly all say just this, and then there is nothing to take apart
        if request.mimetype not in _MEDIA:
            raise UnsupportedMediaType
        if request.mimetype_params.get("charset", "utf-8").lower() not in _CHARSETS:
            raise UnsupportedMediaType
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType


def _over(limit: int) -> str:
    return f"The body is larger than {limit} bytes, the most that this server reads."
