"""CDS Hooks, line by line: who is calling (the rows of the checklist that speak of tokens)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cds_service.config import settings_from
from cds_service.errors import ConfigError, NotAuthenticated
from cds_service.security.tokens import Why

from .gates import Door
from .signing import BASE, JKU, NOW, PATH, TENANT, jwk, key_set, token
from .test_tokens import hmac_signed, unsigned

KEYS = key_set(jwk(), jwk(name="k2"), jwk("RS384", "rs384"))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path, {"jwks_url": JKU}, keys=KEYS)


def refused(door: Door, bearer: str, path: str = PATH) -> Why:
    """Return why a token is refused."""
    with pytest.raises(NotAuthenticated) as why:
        door.knock(bearer, path=path)
    assert str(why.value.why) not in str(why.value), "row 94: the answer does not say why"
    return Why(why.value.why)


def test_152_in_production_nobody_is_answered_who_does_not_sign() -> None:
    with pytest.raises(ConfigError, match="CDS_CLIENTS"):
        settings_from({"CDS_ENV": "production", "CDS_PUBLIC_BASE_URL": BASE, "CDS_SECRET_KEY": "k" * 32})


@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback"])
def test_153_every_call_needs_a_token(door: Door, path: str) -> None:
    with pytest.raises(NotAuthenticated):
        door.knock_with(None, path=path)
    assert door.knock(token(aud=BASE + path), path=path, writes=path.endswith("feedback")).name == "mercy"


OF_THE_HEADER: dict[str, Callable[[], str]] = {
    "154 signed by another key": lambda: token(name="evil", head={"kid": "k1"}),
    "155 no alg": lambda: token(head={"alg": ...}),
    "156 no kid": lambda: token(head={"kid": ...}),
    "156 and 166 a kid that is not in the key set": lambda: token(head={"kid": "k9"}),
    "157 another typ": lambda: token(head={"typ": "at+jwt"}),
    "158 and 165 a jku that is not the registered one": lambda: token(head={"jku": "https://evil.test/jwks.json"}),
}
OF_THE_CLAIMS: dict[str, Callable[[], str]] = {
    "159 no iss": lambda: token(iss=...),
    "159 and 165 an iss that is not registered": lambda: token(iss="https://evil.test"),
    "160 no aud": lambda: token(aud=...),
    "160 the aud of another address": lambda: token(aud=f"{BASE}/cds-services"),
    "161 no exp": lambda: token(exp=...),
    "161 an exp that is past": lambda: token(iat=NOW - 900, exp=NOW - 600),
    "162 no iat": lambda: token(iat=...),
    "163 no jti": lambda: token(jti=...),
    "164 a tenant that is not registered": lambda: token(tenant="another"),
}


@pytest.mark.parametrize("make", OF_THE_HEADER.values(), ids=OF_THE_HEADER)
def test_a_header_that_is_not_as_asked_is_401(door: Door, make: Callable[[], str]) -> None:
    refused(door, make())


@pytest.mark.parametrize("make", OF_THE_CLAIMS.values(), ids=OF_THE_CLAIMS)
def test_a_claim_that_is_not_as_asked_is_401(door: Door, make: Callable[[], str]) -> None:
    refused(door, make())


def test_160_an_audience_may_be_one_of_a_list(door: Door) -> None:
    door.knock(token(aud=["https://other.example.org", BASE + PATH]))


def test_163_a_token_is_taken_once(door: Door) -> None:
    once = token()
    door.knock(once)
    assert refused(door, once) == Why.REPLAYED


def test_164_the_tenant_is_known_to_the_service(door: Door) -> None:
    assert door.knock(token()).tenant == TENANT


def test_166_the_key_is_picked_by_its_id(door: Door) -> None:
    door.knock(token(name="k2", head={"kid": "k2"}))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", ""])
def test_167_alg_none_is_refused(door: Door, alg: str) -> None:
    refused(door, unsigned(alg))


def test_168_no_symmetric_algorithm_is_taken(door: Door) -> None:
    assert refused(door, hmac_signed(KEYS)) == Why.ALGORITHM


def test_169_es384_and_rs384_are_taken_unless_a_client_says_otherwise(door: Door) -> None:
    door.knock(token())
    door.knock(token(alg="RS384", name="rs384", jti="n2", head={"kid": "rs384"}))
    assert refused(door, token(head={"alg": "RS384"})) == Why.ALGORITHM, "the key's type must fit"


def test_170_a_token_that_fails_is_not_remembered(door: Door) -> None:
    refused(door, token(name="evil", head={"kid": "k1"}, jti="n7"))
    door.knock(token(jti="n7"))


def test_94_and_171_no_answer_says_why_and_nothing_kept_holds_the_token(door: Door) -> None:
    said = set()
    for make in (*OF_THE_HEADER.values(), *OF_THE_CLAIMS.values()):
        with pytest.raises(NotAuthenticated) as why:
            door.knock(make())
        said.add((str(why.value), why.value.status))
        assert make() not in repr(why.value)
    assert len(said) == 1
