"""Signing in as SMART Backend Services has it: a short-lived assertion, signed with our key, for an access token."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ...errors import ExportFailed, UsageError
from .wire import Wire

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 240
_BEFORE_END = 30


@dataclass(frozen=True, slots=True)
class Key:
    """Our private key, the algorithm that SMART has for it, and the name under which the server knows it."""

    private: Any
    algorithm: str
    kid: str | None


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 300


class _Configuration(msgspec.Struct, frozen=True):
    token_endpoint: str
    capabilities: tuple[str, ...] = ()


class SignIn:
    """Gives the header that each request needs, and signs in anew when the token is about to end or was refused."""

    def __init__(
        self, wire: Wire, server: str, client_id: str, key: Key, *, scope: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._wire, self._server, self._client_id, self._key = wire, server, client_id, key
        self._scope, self._now = scope, now
        self._endpoint = ""
        self._token = ""
        self._ends = 0.0

    def header(self, *, anew: bool = False) -> dict[str, str]:
        """Return the header; `anew` after the server refused the token."""
        if anew or self._now() >= self._ends - _BEFORE_END:
            self._sign_in()
        return {"Authorization": f"Bearer {self._token}"}

    def _sign_in(self) -> None:
        self._find_endpoint()
        form = {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(),
        }
        reply = self._wire.ask("POST", self._endpoint, {"Accept": "application/json"}, form=form)
        try:
            if reply.status != 200:
                raise ValueError
            token = msgspec.json.decode(reply.body, type=_Token, strict=False)
        except (ValueError, msgspec.DecodeError):
            raise ExportFailed(
                f"the server did not sign us in (status {reply.status}); is the key registered?"
            ) from None
        self._token, self._ends = token.access_token, self._now() + token.expires_in

    def _find_endpoint(self) -> None:
        if self._endpoint:
            return
        reply = self._wire.ask("GET", f"{self._server}/.well-known/smart-configuration", {"Accept": "application/json"})
        try:
            found = msgspec.json.decode(reply.body, type=_Configuration)
        except msgspec.DecodeError:
            raise ExportFailed("the server has no .well-known/smart-configuration with a token_endpoint") from None
        self._wire.trust(found.token_endpoint)
        self._endpoint = found.token_endpoint
        self._scope = self._scope or ("system/*.rs" if "permission-v2" in found.capabilities else "system/*.read")

    def _assertion(self) -> str:
        now = int(self._now())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._endpoint,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        headers = {"kid": self._key.kid} if self._key.kid else None
        return jwt.encode(claims, self._key.private, algorithm=self._key.algorithm, headers=headers)


def key_of(path: Path, kid: str | None = None) -> Key:
    """Read a private key: PEM, a JWK, or the first private key of a JWK Set."""
    try:
        text = path.read_bytes()
        if not text.lstrip().startswith(b"{"):
            return _key(load_pem_private_key(text, None), kid)
        found = json.loads(text)
        jwk = next((k for k in found.get("keys", [found]) if "d" in k and kid in (None, k.get("kid"))), None)
        if jwk is None:
            raise UsageError(f"{path}: no private key of that name in it")
        return _key(jwt.PyJWK(jwk, algorithm="RS384" if jwk.get("kty") == "RSA" else "ES384").key, jwk.get("kid"))
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}; name the file of the private key") from None
    except (ValueError, TypeError, AttributeError, jwt.PyJWTError):
        raise UsageError(f"{path}: no private key as PEM without a password, JWK or JWK Set") from None


def _key(private: Any, kid: str | None) -> Key:
    if isinstance(private, rsa.RSAPrivateKey):
        return Key(private, "RS384", kid)
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp384r1":
        return Key(private, "ES384", kid)
    raise ValueError("SMART has RS384 and ES384")
