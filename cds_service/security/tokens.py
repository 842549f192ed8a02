"""One token: its form, its words and its signature, each refused for a reason that only operators see.

PyJWT checks the signature. Everything else is decided here, on one strict reading of the token, since a library that
reads a token twice, or leniently, can be shown two different ones: duplicate keys, numbers as text, times without end.
CDS Hooks, Trusting CDS Clients; the order of the checks is that of its best practices.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import msgspec
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError
from msgspec import UNSET, Meta, UnsetType

from .clients import Client, Registry
from .jwks import PublicKey

MAX_TOKEN = 8192
LEEWAY_SECONDS = 60

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9\-_.]+)", re.ASCII)
_SEGMENTS = re.compile(r"([A-Za-z0-9\-_]+)\.([A-Za-z0-9\-_]+)\.([A-Za-z0-9\-_]+)", re.ASCII)
# Headers that name a key, or that change what is signed: none is needed, each has been a way in.
_DANGEROUS = frozenset({"jwk", "x5c", "x5u", "x5t", "x5t#S256", "crit", "b64", "zip", "enc", "cty"})

_jws = PyJWS(options={"verify_signature": True, "enforce_minimum_key_length": True})


class Why(StrEnum):
    """Why a caller was refused: a closed set, for the log and a figure, never for an answer."""

    ABSENT = "absent"
    NOT_LOOPBACK = "not-loopback"
    FORM = "form"
    HEADER = "header"
    CLAIMS = "claims"
    ISSUER = "issuer"
    TENANT = "tenant"
    AUDIENCE = "audience"
    TIME = "time"
    LIFETIME = "lifetime"
    ALGORITHM = "algorithm"
    KEY_URL = "key-url"
    KEY = "key"
    SIGNATURE = "signature"
    REPLAYED = "replayed"


class Refused(Exception):
    """A token is not taken."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


Short = Annotated[str, Meta(min_length=1, max_length=512)]


class Header(msgspec.Struct, frozen=True):
    """What we read of a token's header."""

    alg: Short
    kid: Annotated[str, Meta(min_length=1, max_length=256)]
    typ: str
    jku: str | UnsetType = UNSET


class Claims(msgspec.Struct, frozen=True):
    """What we read of a token's payload; other claims are passed over, as the specification's own example has some."""

    iss: Short
    aud: Short | Annotated[list[Short], Meta(min_length=1, max_length=5)]
    exp: int
    iat: int
    jti: Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,256}\Z")]
    nbf: int | UnsetType = UNSET
    tenant: Short | UnsetType = UNSET

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences, of which the specification allows one or several."""
        return frozenset([self.aud] if isinstance(self.aud, str) else self.aud)


# msgspec prepares a type when it is first used, and two threads that do so together can crash the process.
_PREPARED = (msgspec.json.Decoder(Header), msgspec.json.Decoder(Claims))


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is well formed; nothing in it is proven yet."""

    text: str
    header: Header
    claims: Claims

    @property
    def tenant(self) -> str:
        """The tenant, empty when the token names none."""
        return self.claims.tenant or ""

    @property
    def expires(self) -> int:
        """The second after which no check would take the token any more."""
        return self.claims.exp + LEEWAY_SECONDS


def bearer(authorization: str | None) -> str:
    """Return the token of an Authorization header; anything else in it is refused."""
    if not authorization:
        raise Refused(Why.ABSENT)
    found = _BEARER.fullmatch(authorization) if len(authorization) <= MAX_TOKEN + 7 else None
    if found is None:
        raise Refused(Why.FORM)
    return found[1]


def read_token(text: str) -> Token:
    """Read a token's form and words strictly, and believe none of them."""
    found = _SEGMENTS.fullmatch(text) if len(text) <= MAX_TOKEN else None
    if found is None:
        raise Refused(Why.FORM)
    _decoded(found[3])
    header = _object(found[1], Why.HEADER)
    if _DANGEROUS & header.keys():
        raise Refused(Why.HEADER)
    read = _typed(header, Header, Why.HEADER)
    if read.typ.upper() != "JWT":
        raise Refused(Why.HEADER)
    return Token(text, read, _typed(_object(found[2], Why.CLAIMS), Claims, Why.CLAIMS))


def client_of(token: Token, registry: Registry) -> Client:
    """Return the client that the token claims to be from."""
    if token.claims.iss not in registry.issuers:
        raise Refused(Why.ISSUER)
    client = registry.find(token.claims.iss, token.tenant)
    if client is None:
        raise Refused(Why.TENANT)
    return client


def check_words(token: Token, client: Client, *, called: frozenset[str], now: float) -> None:
    """Check what can be checked before the signature: it costs less, and asks for no key."""
    claims = token.claims
    if not claims.audiences & (client.audiences or called):
        raise Refused(Why.AUDIENCE)
    if not now < claims.exp + LEEWAY_SECONDS:
        raise Refused(Why.TIME)
    if claims.iat > now + LEEWAY_SECONDS or (claims.nbf or claims.iat) > now + LEEWAY_SECONDS:
        raise Refused(Why.TIME)
    if not 0 < claims.exp - claims.iat <= client.max_token_seconds:
        raise Refused(Why.LIFETIME)
    if token.header.alg not in client.algorithms:
        raise Refused(Why.ALGORITHM)
    if token.header.jku is not UNSET and token.header.jku != client.jwks_url:
        raise Refused(Why.KEY_URL)


def check_signature(token: Token, key: PublicKey | None) -> None:
    """Check that the key signed the token, under an algorithm that fits the key's type and curve."""
    if key is None:
        raise Refused(Why.KEY)
    if token.header.alg not in key.algorithms:
        raise Refused(Why.ALGORITHM)
    try:
        _jws.decode_complete(token.text, key.key, algorithms=[token.header.alg])
    except (PyJWTError, ValueError, TypeError):
        raise Refused(Why.SIGNATURE) from None


T = TypeVar("T")


def _typed(found: dict[str, Any], kind: type[T], why: Why) -> T:
    try:
        return msgspec.convert(found, kind)
    except (msgspec.ValidationError, UnicodeError):
        raise Refused(why) from None


def _object(segment: str, why: Why) -> dict[str, Any]:
    """Read a segment as one JSON object in which no key stands twice and every number is one."""
    try:
        found = json.loads(_decoded(segment).decode("utf-8"), object_pairs_hook=_once, parse_constant=_not_a_number)
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise Refused(why) from None
    if not isinstance(found, dict):
        raise Refused(why)
    return found


def _decoded(segment: str) -> bytes:
    """Decode base64url; a second spelling of the same bytes is refused, so that one token has one text."""
    try:
        found = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise Refused(Why.FORM) from None
    if urlsafe_b64encode(found).rstrip(b"=").decode() != segment:
        raise Refused(Why.FORM)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _not_a_number(text: str) -> None:
    raise ValueError(text)
