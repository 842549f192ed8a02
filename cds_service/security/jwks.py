"""The public keys of a client: read strictly, kept for minutes, fetched anew once when a key is not known.

A bad answer never replaces a good key set. One thread fetches; the others go on with the keys at hand, or wait for it
when theirs is not among them. Random key ids cannot make more than one fetch in `PAUSE_SECONDS`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

MAX_BYTES = 65_536
MAX_KEYS = 50
MAX_KID = 256
FRESH_SECONDS = 600.0
STALE_SECONDS = 86_400.0
PAUSE_SECONDS = 30.0

_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512"})
_EC_ALGORITHMS = {"P-256": frozenset({"ES256"}), "P-384": frozenset({"ES384"}), "P-521": frozenset({"ES512"})}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS = range(2048, 8193)

Fetch = Callable[[], bytes]


class NotAKeySet(ValueError):
    """A text is no JWK Set with a key that we may use; the message says why."""


class NotFetched(Exception):
    """A key set could not be had; the message names the kind of failure only."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key, and the algorithms that its type, curve and own `alg` leave."""

    kid: str
    algorithms: frozenset[str]
    key: RSAPublicKey | EllipticCurvePublicKey


Keys = Mapping[str, PublicKey]


def parse_key_set(body: bytes) -> Keys:
    """Read a JWK Set; keys that we may not use are passed over, a set without any other raises `NotAKeySet`."""
    if len(body) > MAX_BYTES:
        raise NotAKeySet(f"it is larger than {MAX_BYTES} bytes")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotAKeySet("it is not JSON") from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_KEYS:
        raise NotAKeySet(f"it has no list `keys` of 1 to {MAX_KEYS} keys")
    found = list(_usable(listed))
    kids = [key.kid for key in found]
    keys = {key.kid: key for key in found if kids.count(key.kid) == 1}  # two keys of one name: neither is to be trusted
    if not keys:
        raise NotAKeySet("none of its keys can be used: each needs a kid of its own, RSA of 2048 bits or more or EC")
    return keys


def _usable(listed: list[Any]) -> Iterator[PublicKey]:
    for jwk in listed:
        key = _public_key(jwk) if isinstance(jwk, dict) else None
        if key is not None:
            yield key


def _public_key(jwk: dict[str, Any]) -> PublicKey | None:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= MAX_KID or _PRIVATE & jwk.keys():
        return None
    try:
        if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
            return None
        key, algorithms = _material(jwk)
    except (PyJWTError, ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return None
    if "alg" in jwk:
        algorithms &= {jwk["alg"]} if isinstance(jwk["alg"], str) else set()
    return PublicKey(kid, algorithms, key) if algorithms else None


def _material(jwk: dict[str, Any]) -> tuple[RSAPublicKey | EllipticCurvePublicKey, frozenset[str]]:
    """Make the key; the libraries check that a point lies on its curve and raise what they like when not."""
    if jwk.get("kty") == "RSA":
        rsa = RSAAlgorithm.from_jwk(jwk)
        fits = isinstance(rsa, RSAPublicKey) and rsa.key_size in _RSA_BITS and rsa.public_numbers().e >= 3
        if isinstance(rsa, RSAPublicKey) and fits:
            return rsa, _RSA_ALGORITHMS
    if jwk.get("kty") == "EC":
        ec = ECAlgorithm.from_jwk(jwk)
        if isinstance(ec, EllipticCurvePublicKey):
            return ec, _EC_ALGORITHMS[jwk["crv"]]
    raise ValueError("not a key that we may use")


class KeySource:
    """Where the keys of one client come from, with what was had from there last.

    `now` is seconds since 1970, as everywhere in this room: the caller brings the clock.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        fresh: float = FRESH_SECONDS,
        stale: float = STALE_SECONDS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._fresh, self._stale, self._pause = fresh, stale, pause
        self._one_at_a_time = threading.Lock()
        self._keys: Keys = {}
        self._had_at = float("-inf")
        self._asked_at = float("-inf")

    def key(self, kid: str, *, now: float) -> PublicKey | None:
        """Return the key of that id; fetch when the keys are old or the id is not among them."""
        if self.age(now) > self._stale:
            self._keys = {}
        known = self._keys.get(kid)
        if known is None:
            return self._asked_again(kid, now)
        if self.age(now) > self._fresh and self._one_at_a_time.acquire(blocking=False):
            try:
                self._refresh(now)
            finally:
                self._one_at_a_time.release()
        return self._keys.get(kid)

    def age(self, now: float) -> float:
        """Return the seconds since a good key set was had; infinite before the first."""
        return now - self._had_at

    def _asked_again(self, kid: str, now: float) -> PublicKey | None:
        """Wait for a fetch that is under way, since it may bring the key, or make one."""
        seen = self._had_at
        with self._one_at_a_time:
            if self._had_at == seen:
                self._refresh(now)
            return self._keys.get(kid)

    def _refresh(self, now: float) -> None:
        if 0 <= now - self._asked_at < self._pause:
            return
        self._asked_at = now
        try:
            self._keys = parse_key_set(self._fetch())
        except (NotFetched, NotAKeySet):
            return  # the last good set stays; its age is a figure that operators watch
        self._had_at = now
