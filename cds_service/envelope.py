"""Reading a request's body: once, typed, and strict about what counts as JSON.

The good path decodes the body a single time, the FHIR in it included. What two readers could understand differently is
refused: a key that stands twice (outside the FHIR resources, which others wrote), text that is not UTF-8, a lone
surrogate. Only a body in which anything is odd is looked at again, to say everything that is wrong with it; when only
the FHIR is, each prefetch value stays raw text there and is read later, entry by entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from .bundle import Page, Whole, page_of
from .errors import NotConformant, NotJson
from .explain import problems_of
from .protocol import FeedbackBody, RequestBody

T = TypeVar("T")

# An odd body is read from a deeper stack than anything reads its parts later, so that nesting which passes here
# cannot exhaust the stack there.
_SPARE_FRAMES = 200
_TOO_DEEP = "The body is nested too deeply. FHIR needs a few dozen levels at most."

# Nothing of a string is tried again (the possessive `*+`): else each of its letters costs a hundred bytes meanwhile.
_TOKEN = re.compile(rb'\s*("(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]++)\s*')
_AFTER_VALUE = re.compile(rb"\s*[,}]")


class _Key(str):
    """A key of an object; no two are equal, so that a dictionary holds one that stands twice as often as it stands."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class _RawRequest(RequestBody, frozen=True):
    prefetch: dict[str, msgspec.Raw] | UnsetType = UNSET


class _Loose(msgspec.Struct):
    prefetch: dict[str, msgspec.Raw] = {}


_Inside: Any = dict[_Key, Whole | str | int | float | bool | list[str] | None]

_envelopes = msgspec.json.Decoder(dict[_Key, str | _Inside], dec_hook=lambda key, text: key(text))
_requests = msgspec.json.Decoder(_RawRequest)
_feedbacks = msgspec.json.Decoder(FeedbackBody)
_loose_requests = msgspec.json.Decoder(_Loose)


def read_call(body: bytes) -> RequestBody:
    """Read the body of a service call; raise `NotJson` or `NotConformant`, the latter with every problem."""
    _check_text(body)
    try:
        return _read_at_once(body)
    except (msgspec.DecodeError, RecursionError):
        request = _decode(body, _requests, "request")
        _check_keys(body, request.prefetch if isinstance(request.prefetch, dict) else {})
        return request


def _read_at_once(body: bytes) -> RequestBody:
    """Read envelope and FHIR in one pass; raise `msgspec.DecodeError` when anything is not as it nearly always is."""
    parts = _once_each(_envelopes.decode(body))
    for name, part in parts.items():
        if isinstance(part, dict):
            members = _once_each(part)
            parts[name] = _pages(members) if name == "prefetch" else _without_fhir(members)
    return msgspec.convert(parts, RequestBody)


def _once_each(members: Mapping[_Key, Any]) -> dict[str, Any]:
    plain = {str(key): value for key, value in members.items()}
    if len(plain) < len(members):
        raise msgspec.ValidationError("a key stands twice")
    return plain


def _pages(members: Mapping[str, Any]) -> dict[str, Page | None]:
    if not all(value is None or isinstance(value, msgspec.Struct) for value in members.values()):
        raise msgspec.ValidationError("no FHIR")
    return {key: None if value is None else page_of(value) for key, value in members.items()}


def _without_fhir(members: dict[str, Any]) -> dict[str, Any]:
    """Pass on what has no resource in it: of one that is not prefetch, every key must be looked at."""
    if any(isinstance(value, msgspec.Struct) for value in members.values()):
        raise msgspec.ValidationError("a resource")
    return members


def read_feedback(body: bytes) -> FeedbackBody:
    """Read the body of a feedback call; raise `NotJson` or `NotConformant`, the latter with every problem."""
    _check_text(body)
    feedback = _decode(body, _feedbacks, "feedback")
    _check_keys(body, {})
    return feedback


def check_json(body: bytes) -> None:
    """Refuse what is not JSON, for a body whose parts are FHIR throughout (the playground's Bundles)."""
    _check_text(body)
    _refusing_bad_json(lambda: msgspec.json.decode(body, type=msgspec.Raw))


def _check_text(body: bytes) -> None:
    """Refuse text that is not UTF-8; the decoder does not look into what it leaves raw."""
    try:
        if not body.isascii():
            body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8. Encode it as UTF-8.") from None


def _decode(body: bytes, decoder: msgspec.json.Decoder[T], schema: str) -> T:
    """Decode typed; on failure look again, without types, to tell bad JSON from a bad request."""
    try:
        return _deeper(_SPARE_FRAMES, lambda: decoder.decode(body))
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    except msgspec.ValidationError as problem:
        untyped = _refusing_bad_json(lambda: msgspec.json.decode(body))
        if not isinstance(untyped, dict):
            raise NotJson from None
        _check_keys(body, _loose(body))
        raise NotConformant(problems=problems_of(untyped, schema, str(problem))) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotJson from None


def _loose(body: bytes) -> Mapping[str, msgspec.Raw]:
    """Find the prefetch values of a body that is not conformant in other places."""
    try:
        return _loose_requests.decode(body).prefetch
    except msgspec.ValidationError:
        return {}


def _refusing_bad_json(decode: Callable[[], T]) -> T:
    try:
        return _deeper(_SPARE_FRAMES, decode)
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotJson from None


def _deeper(frames: int, call: Callable[[], T]) -> T:
    return call() if frames == 0 else _deeper(frames - 1, call)


def _check_keys(body: bytes, prefetch: Mapping[str, msgspec.Raw]) -> None:
    """Refuse a key that stands twice in one object, walking the tokens around the prefetch values.

    The decoder has proved the syntax and kept the last value of each key. A value that does not stand where its key
    does belongs to an earlier key of the same name.
    """
    open_objects: list[set[str] | None] = []
    names: list[str] = []
    at = 0
    while found := _TOKEN.match(body, at):
        token, at = found.group(1), found.end()
        if token in b"{[":
            open_objects.append(set() if token == b"{" else None)
            names.append("")
        elif token in b"}]":
            open_objects.pop()
            names.pop()
        elif token[0:1] == b'"' and open_objects and body[at : at + 1] == b":":
            seen, name = open_objects[-1], _unquoted(token)
            if seen is None or name in seen:
                raise _twice()
            seen.add(name)
            names[-1] = name
            if len(names) == 2 and names[0] == "prefetch" and name in prefetch:
                at = _past_value(body, at + 1, prefetch[name])


def _past_value(body: bytes, at: int, value: msgspec.Raw) -> int:
    while body[at : at + 1].isspace():
        at += 1
    if not body.startswith(memoryview(value), at):
        raise _twice()
    end = at + len(memoryview(value))
    if not _AFTER_VALUE.match(body, end):
        raise _twice()
    return end


def _unquoted(token: bytes) -> str:
    return json.loads(token) if b"\\" in token else token[1:-1].decode()


def _twice() -> NotJson:
    return NotJson("A key stands twice in one object, so that its meaning depends on the reader. Send it once.")
