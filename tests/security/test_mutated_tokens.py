"""Thousands of tokens that differ from a good one by little: none is taken that a second JOSE library would refuse."""

from __future__ import annotations

import json
import os
import random
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from msgspec import UNSET

from cds_service.security.jwks import parse_key_set
from cds_service.security.tokens import Refused, Token, bearer, check_signature, read_token

from .signing import NOW, b64, claims, header, jwk, key_set, signed, token

ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512"]
KEYS = key_set(jwk(), jwk("RS384", "rs384"))
OURS = parse_key_set(KEYS)
THEIRS = KeySet.import_key_set(json.loads(KEYS))
# Header members that it does not know are to be passed over (RFC 7515, section 4), and joserfc refuses them by default.
LENIENT = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "400"))  # `make fuzz` asks for more
TOKENS = [token(), token(alg="RS384", name="rs384")]


def taken(text: str) -> Token | None:
    """Return what we read of a token whose signature we take, else `None`."""
    try:
        read = read_token(bearer(f"Bearer {text}"))
        check_signature(read, OURS.get(read.header.kid))
    except Refused:
        return None
    return read if read.header.jku is UNSET else None  # none is registered here


def second_opinion(text: str) -> Any:
    """Return the claims as joserfc reads them, `None` when it refuses the token."""
    try:
        return json.loads(jws.deserialize_compact(text.encode(), THEIRS, registry=LENIENT).payload)
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def agree(text: str) -> Token | None:
    """Check that whatever we take, joserfc takes and reads alike."""
    ours = taken(text)
    if ours is not None:
        theirs = second_opinion(text)
        assert theirs is not None, text
        assert (theirs["iss"], theirs["jti"], theirs["exp"]) == (ours.claims.iss, ours.claims.jti, ours.claims.exp)
    return ours


def test_both_take_the_good_ones() -> None:
    for text in TOKENS:
        assert agree(text) is not None
        assert second_opinion(text) is not None


def test_a_token_with_any_one_character_changed_is_refused() -> None:
    changed = 0
    for text in TOKENS:
        for place in range(len(text)):
            for other in "A-_.":
                if text[place] != other:
                    assert agree(text[:place] + other + text[place + 1 :]) is None
                    changed += 1
    assert changed > 3000


@pytest.mark.parametrize("seed", range(4))
def test_cut_joined_and_shuffled_tokens_are_refused(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(500):
        text = rng.choice(TOKENS)
        kind = rng.randrange(4)
        i, j = sorted(rng.sample(range(len(text)), 2))
        mutated = [
            text[:i] + text[j:],
            text[:i] + text[i:j] * 2 + text[j:],
            text[:i] + text[i:j][::-1] + text[j:],
            text[:i] + rng.choice(TOKENS)[i:],
        ][kind]
        if mutated not in TOKENS:
            assert agree(mutated) is None


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.lists(st.text(max_size=5), max_size=3),
    st.sampled_from([NOW, NOW + 100, "JWT", "ES384", "k1", "n1", "none"]),
)
NAMES = st.sampled_from(["alg", "typ", "kid", "jku", "crit", "iss", "aud", "exp", "iat", "jti", "nbf", "tenant", "sub"])


@settings(max_examples=EXAMPLES, deadline=None)
@given(NAMES, VALUES, st.booleans())
def test_what_a_client_signs_wrongly_is_read_alike_or_refused(name: str, value: Any, in_header: bool) -> None:  # noqa: FBT001
    head, said = header(), claims()
    (head if in_header else said)[name] = value
    agree(signed(json.dumps(head).encode(), json.dumps(said).encode()))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=120))
def test_three_segments_of_anything_are_refused(first: bytes, second: bytes, third: bytes) -> None:
    assert agree(f"{b64(first)}.{b64(second)}.{b64(third)}") is None


@given(st.text(max_size=80))
def test_any_text_is_refused(text: str) -> None:
    assert agree(text) is None


def test_one_token_has_one_spelling() -> None:
    for text in TOKENS:
        for number, segment in enumerate(text.split(".")):
            spare = -len(segment) % 4
            if spare:
                last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(segment[-1])
                twin = segment[:-1] + urlsafe_b64encode(bytes([(last | 1) << 2]))[:1].decode()
                parts = text.split(".")
                parts[number] = twin
                if twin != segment:
                    assert agree(".".join(parts)) is None
