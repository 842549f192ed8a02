"""Tokens: what is taken, what is refused and why; the rows J1 to J17 of the threat table are named in the ids."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from cds_service.errors import NotAuthenticated
from cds_service.security.jwks import parse_key_set
from cds_service.security.tokens import Why, check_signature, read_token

from .gates import Door
from .signing import BASE, ISSUER, JKU, NOW, PATH, TENANT, b64, claims, header, jwk, key_set, private_key, signed, token

KEYS = key_set(jwk(), jwk("ES256", "es256"), jwk("ES512", "es512"), jwk("RS256", "rs"), jwk("RS384", "rs384"))
EVERY_ALGORITHM = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512"]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path, {"algorithms": EVERY_ALGORITHM, "jwks_url": JKU}, keys=KEYS)


GOOD: dict[str, Callable[[], str]] = {
    "as usual": token,
    "audience as a list": lambda: token(aud=[BASE + PATH]),
    "audience among others": lambda: token(aud=["https://other.example.org", BASE + PATH]),
    "RS384": lambda: token(alg="RS384", name="rs384"),
    "ES256": lambda: token(alg="ES256", name="es256"),
    "ES512": lambda: token(alg="ES512", name="es512"),
    "typ in lower case": lambda: token(head={"typ": "jwt"}),
    "the registered jku": lambda: token(head={"jku": JKU}),
    "claims that we do not know": lambda: token(sub="x", azp=["y"], nested={"a": 1}),
    "nbf before now, as Epic sends": lambda: token(nbf=NOW - 300),
    "our clock 30 s slow": lambda: token(iat=NOW + 30, exp=NOW + 330),
    "our clock 30 s fast": lambda: token(iat=NOW - 330, exp=NOW - 30),
    "the longest life allowed": lambda: token(iat=NOW, exp=NOW + 600),
    "a header member that we do not know": lambda: token(head={"x-vendor": "1"}),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_token_is_taken(door: Door, make: Callable[[], str]) -> None:
    caller = door.knock(make())
    assert (caller.name, caller.issuer, caller.tenant) == ("mercy", ISSUER, TENANT)


def hmac_signed(secret: bytes) -> str:
    message = f"{b64(json.dumps(header(alg='HS256')).encode())}.{b64(json.dumps(claims()).encode())}"
    return f"{message}.{b64(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


def unsigned(alg: str) -> str:
    return f"{b64(json.dumps(header(alg=alg)).encode())}.{b64(json.dumps(claims()).encode())}."


def public_bytes(encoding: serialization.Encoding) -> bytes:
    return bytes(private_key().public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo))


def with_raw_claims(raw: str) -> str:
    return signed(json.dumps(header()).encode(), raw.encode())


def with_raw_claim(name: str, raw: str) -> str:
    return with_raw_claims(json.dumps(claims(**{name: "@"})).replace('"@"', raw))


def with_raw_header(raw: str) -> str:
    return signed(raw.encode(), json.dumps(claims()).encode())


BAD: dict[str, tuple[Callable[[], str], Why]] = {
    "J1 none": (lambda: unsigned("none"), Why.FORM),
    "J1 nOnE": (lambda: unsigned("nOnE"), Why.FORM),
    "J1 none with the signature of another alg": (lambda: token(head={"alg": "none"}), Why.ALGORITHM),
    "J2 HS256 with the public key as PEM": (
        lambda: hmac_signed(public_bytes(serialization.Encoding.PEM)),
        Why.ALGORITHM,
    ),
    "J2 HS256 with the public key as DER": (
        lambda: hmac_signed(public_bytes(serialization.Encoding.DER)),
        Why.ALGORITHM,
    ),
    "J2 HS256 with the JWK": (lambda: hmac_signed(json.dumps(jwk()).encode()), Why.ALGORITHM),
    "J2 HS256 with an empty secret": (lambda: hmac_signed(b""), Why.ALGORITHM),
    "J3 RS384 said, EC key": (lambda: token(head={"alg": "RS384"}), Why.ALGORITHM),
    "J3 ES256 said, P-384 key": (lambda: token(head={"alg": "ES256"}), Why.ALGORITHM),
    "J3 ES384 said, RSA key": (lambda: token(head={"alg": "ES384"}, alg="RS256", name="rs"), Why.ALGORITHM),
    "J3 RS512 said, key says RS256": (lambda: token(alg="RS512", name="rs"), Why.ALGORITHM),
    "J3 alg in lower case": (lambda: token(head={"alg": "es384"}), Why.ALGORITHM),
    "J3 PS384": (lambda: token(head={"alg": "PS384"}), Why.ALGORITHM),
    "J4 a foreign jku": (lambda: token(head={"jku": "https://evil.test/jwks"}), Why.KEY_URL),
    "J4 the jku with a query": (lambda: token(head={"jku": JKU + "?x"}), Why.KEY_URL),
    "J4 the jku by http": (lambda: token(head={"jku": JKU.replace("https", "http")}), Why.KEY_URL),
    "J4 the jku in upper case": (lambda: token(head={"jku": JKU.upper()}), Why.KEY_URL),
    "J4 an empty jku": (lambda: token(head={"jku": ""}), Why.KEY_URL),
    "J4 a jku that is a list": (lambda: token(head={"jku": [JKU]}), Why.HEADER),
    "J4 an embedded jwk": (lambda: token(head={"jwk": jwk("ES384", "evil")}), Why.HEADER),
    "J4 x5c": (lambda: token(head={"x5c": ["MIIB"]}), Why.HEADER),
    "J4 x5u": (lambda: token(head={"x5u": "https://evil.test"}), Why.HEADER),
    "J4 crit": (lambda: token(head={"crit": ["exp"]}), Why.HEADER),
    "J4 b64 false": (lambda: token(head={"b64": False, "crit": ["b64"]}), Why.HEADER),
    "J4 zip": (lambda: token(head={"zip": "DEF"}), Why.HEADER),
    "J5 no kid": (lambda: token(head={"kid": ...}), Why.HEADER),
    "J5 an empty kid": (lambda: token(head={"kid": ""}), Why.HEADER),
    "J5 a kid that is a path": (lambda: token(head={"kid": "../../etc/passwd"}), Why.KEY),
    "J5 a kid that is SQL": (lambda: token(head={"kid": "' OR 1=1--"}), Why.KEY),
    "J5 a kid of 257": (lambda: token(head={"kid": "k" * 257}), Why.HEADER),
    "J5 a kid of 5 MB": (lambda: token(head={"kid": "k" * 5_000_000}), Why.FORM),
    "J5 a kid that is a list": (lambda: token(head={"kid": ["k1"]}), Why.HEADER),
    "J5 a kid that is a number": (lambda: token(head={"kid": 1}), Why.HEADER),
    "J6 no audience": (lambda: token(aud=...), Why.CLAIMS),
    "J6 another service": (lambda: token(aud=f"{BASE}/cds-services/other"), Why.AUDIENCE),
    "J6 discovery": (lambda: token(aud=f"{BASE}/cds-services"), Why.AUDIENCE),
    "J6 a slash at the end": (lambda: token(aud=f"{BASE}{PATH}/"), Why.AUDIENCE),
    "J6 by http": (lambda: token(aud=f"http://cds.example.org{PATH}"), Why.AUDIENCE),
    "J6 upper case": (lambda: token(aud=f"{BASE}{PATH.upper()}"), Why.AUDIENCE),
    "J6 another host": (lambda: token(aud=f"https://evil.test{PATH}"), Why.AUDIENCE),
    "J6 a thousand audiences": (lambda: token(aud=["x"] * 999 + [BASE + PATH]), Why.CLAIMS),
    "J6 six audiences": (lambda: token(aud=["x"] * 5 + [BASE + PATH]), Why.CLAIMS),
    "J6 no audience in the list": (lambda: token(aud=[]), Why.CLAIMS),
    "J6 an object": (lambda: token(aud={"url": BASE + PATH}), Why.CLAIMS),
    "J6 null": (lambda: token(aud=None), Why.CLAIMS),
    "J7 no exp": (lambda: token(exp=...), Why.CLAIMS),
    "J7 no iat": (lambda: token(iat=...), Why.CLAIMS),
    "J7 exp as text": (lambda: token(exp="9999999999"), Why.CLAIMS),
    "J7 exp 1e30": (lambda: with_raw_claim("exp", "1e30"), Why.CLAIMS),
    "J7 exp 1e999": (lambda: with_raw_claim("exp", "1e999"), Why.CLAIMS),
    "J7 exp NaN": (lambda: with_raw_claim("exp", "NaN"), Why.CLAIMS),
    "J7 exp true": (lambda: token(exp=True), Why.CLAIMS),
    "J7 exp with a fraction": (lambda: token(exp=NOW + 100.5), Why.CLAIMS),
    "J7 exp of 4,000 digits": (lambda: with_raw_claim("exp", "9" * 4000), Why.LIFETIME),
    "J7 exp in the year 9999": (lambda: token(exp=253402300799), Why.LIFETIME),
    "J7 iat -1": (lambda: token(iat=-1), Why.LIFETIME),
    "J7 iat in an hour": (lambda: token(iat=NOW + 3600, exp=NOW + 3900), Why.TIME),
    "J7 nbf in an hour": (lambda: token(nbf=NOW + 3600), Why.TIME),
    "J7 nbf as text": (lambda: token(nbf="0"), Why.CLAIMS),
    "J7 expired an hour ago": (lambda: token(iat=NOW - 3900, exp=NOW - 3600), Why.TIME),
    "J7 expired ten minutes ago": (lambda: token(iat=NOW - 900, exp=NOW - 600), Why.TIME),
    "J7 exp before iat": (lambda: token(iat=NOW + 20, exp=NOW + 10), Why.LIFETIME),
    "J7 a second too long": (lambda: token(iat=NOW, exp=NOW + 601), Why.LIFETIME),
    "J8 no jti": (lambda: token(jti=...), Why.CLAIMS),
    "J8 an empty jti": (lambda: token(jti=""), Why.CLAIMS),
    "J8 a jti that is a number": (lambda: token(jti=7), Why.CLAIMS),
    "J8 a jti that is null": (lambda: token(jti=None), Why.CLAIMS),
    "J8 a jti of 257": (lambda: token(jti="j" * 257), Why.CLAIMS),
    "J8 a jti of 1 MB": (lambda: token(jti="j" * 1_000_000), Why.FORM),
    "J8 a jti with NUL": (lambda: token(jti="a\0b"), Why.CLAIMS),
    "J8 a jti with a line end": (lambda: token(jti="a\n"), Why.CLAIMS),
    "J10 at+jwt": (lambda: token(head={"typ": "at+jwt"}), Why.HEADER),
    "J10 no typ": (lambda: token(head={"typ": ...}), Why.HEADER),
    "J10 five parts": (lambda: token() + ".a.b", Why.FORM),
    "J10 two parts": (lambda: token().rpartition(".")[0], Why.FORM),
    "J10 a JSON serialisation": (lambda: '{"payload":"x"}', Why.FORM),
    "J10 padding": (lambda: token() + "==", Why.FORM),
    "J10 a blank inside": (lambda: token().replace(".", ". ", 1), Why.FORM),
    "J10 a line end behind": (lambda: token() + "\n", Why.FORM),
    "J10 another alphabet": (lambda: token() + "+/", Why.FORM),
    "J10 outside ASCII": (lambda: token() + "é", Why.FORM),
    "J10 digits outside ASCII": (lambda: token() + "٣", Why.FORM),
    "J10 5 MB": (lambda: "a" * 5_000_000 + ".a.a", Why.FORM),
    "J11 200,000 lists as header": (lambda: f"{b64(b'[' * 200_000)}.e30.AA", Why.FORM),
    "J11 3,000 lists as header": (lambda: f"{b64(b'[' * 3_000)}.e30.AA", Why.HEADER),
    "J11 3,000 lists as claims": (lambda: f"{b64(json.dumps(header()).encode())}.{b64(b'[' * 3_000)}.AA", Why.CLAIMS),
    "J11 a header that is a list": (lambda: with_raw_header("[]"), Why.HEADER),
    "J11 claims that are null": (lambda: with_raw_claims("null"), Why.CLAIMS),
    "J11 a header in UTF-16": (
        lambda: signed(json.dumps(header()).encode("utf-16"), json.dumps(claims()).encode()),
        Why.HEADER,
    ),
    "J11 a lone surrogate": (lambda: with_raw_claim("sub", r'"\ud800"'), Why.CLAIMS),
    "J12 iss twice": (lambda: with_raw_claims('{"iss":"evil",' + json.dumps(claims())[1:]), Why.CLAIMS),
    "J12 alg twice": (lambda: with_raw_header('{"alg":"none",' + json.dumps(header())[1:]), Why.HEADER),
    "J12 a key twice deep inside": (lambda: with_raw_claim("sub", '{"a":1,"a":2}'), Why.CLAIMS),
    "J13 an unknown key": (lambda: token(name="unknown"), Why.KEY),
    "J13 another key's signature": (lambda: token(name="evil", head={"kid": "k1"}), Why.SIGNATURE),
    "J13 no signature": (lambda: token().rpartition(".")[0] + ".AA", Why.SIGNATURE),
    "J13 a signature of noughts": (
        lambda: token().rpartition(".")[0] + "." + b64(bytes(96)),
        Why.SIGNATURE,
    ),
    "J15 an unknown issuer": (lambda: token(iss="https://evil.test"), Why.ISSUER),
    "J15 the issuer with a slash": (lambda: token(iss=ISSUER + "/"), Why.ISSUER),
    "J15 no issuer": (lambda: token(iss=...), Why.CLAIMS),
    "J15 an empty issuer": (lambda: token(iss=""), Why.CLAIMS),
    "J15 another tenant": (lambda: token(tenant="ward-b"), Why.TENANT),
    "J15 no tenant": (lambda: token(tenant=...), Why.TENANT),
    "J15 a tenant of 1 MB": (lambda: token(tenant="t" * 1_000_000), Why.FORM),
    "J15 a tenant that is a list": (lambda: token(tenant=[TENANT]), Why.CLAIMS),
    "J15 a tenant that is null": (lambda: token(tenant=None), Why.CLAIMS),
}


@pytest.mark.parametrize(("make", "why"), BAD.values(), ids=BAD)
def test_a_bad_token_is_refused(door: Door, make: Callable[[], str], why: Why) -> None:
    with pytest.raises(NotAuthenticated) as refused:
        door.knock(make())
    assert refused.value.why == why
    assert str(refused.value) == "Authentication is required."
    assert door.metrics.registry.get_sample_value("cds_callers_refused_total", {"why": why.value}) == 1


HEADERS: dict[str, str | None] = {
    "none": None,
    "empty": "",
    "another scheme": "Basic dXNlcjpwYXNz",
    "no token": "Bearer ",
    "no scheme": "{token}",
    "two blanks": "Bearer  {token}",
    "a tab": "Bearer\t{token}",
    "two tokens": "Bearer {token}, Bearer {token}",
    "something behind it": "Bearer {token} x",
    "quoted": 'Bearer "{token}"',
}


@pytest.mark.parametrize("authorization", HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_not_one_bearer_token_is_refused(door: Door, authorization: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        door.knock_with(authorization and authorization.replace("{token}", token()))


def test_the_scheme_is_taken_in_any_case(door: Door) -> None:
    assert door.knock_with(f"bEaReR {token()}").name == "mercy"


def test_j8_a_token_is_taken_once(door: Door) -> None:
    door.knock(token())
    with pytest.raises(NotAuthenticated) as refused:
        door.knock(token())
    assert refused.value.why == Why.REPLAYED


def test_j9_the_twin_signature_of_a_used_token_is_refused(door: Door) -> None:
    used = token()
    message, _, signature = used.rpartition(".")
    raw = read_raw(signature)
    r, s = int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big")
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
    twin = f"{message}.{b64(raw[:48] + (order - s).to_bytes(48, 'big'))}"
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)
    check_signature(read_token(twin), parse_key_set(KEYS)["k1"])  # it is a signature of the same key
    door.knock(used)
    with pytest.raises(NotAuthenticated) as refused:
        door.knock(twin)
    assert refused.value.why == Why.REPLAYED


def read_raw(segment: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def test_a_refused_token_does_not_use_up_its_id(door: Door) -> None:
    with pytest.raises(NotAuthenticated):
        door.knock(token(name="evil", head={"kid": "k1"}))
    door.knock(token())


def test_reuse_is_a_setting_of_the_client(tmp_path: Path) -> None:
    door = Door(tmp_path, {"allow_token_reuse": True})
    for _ in range(3):
        door.knock(token())


def test_audiences_of_the_registry_replace_the_address_called(tmp_path: Path) -> None:
    door = Door(tmp_path, {"audiences": ["https://hand-written.example.org/cds"]})
    door.knock(token(aud="https://hand-written.example.org/cds"))
    with pytest.raises(NotAuthenticated):
        door.knock(token(jti="n2"))


@pytest.mark.parametrize("aud", [f"{PATH}/feedback", PATH], ids=["of feedback", "of the service"])
def test_feedback_takes_both_audiences(door: Door, aud: str) -> None:
    assert door.knock(token(aud=BASE + aud), path=f"{PATH}/feedback", writes=True).name == "mercy"


def test_discovery_has_an_audience_of_its_own(door: Door) -> None:
    door.knock(token(aud=f"{BASE}/cds-services"), path="/cds-services")
    with pytest.raises(NotAuthenticated):
        door.knock(token(jti="n2"), path="/cds-services")


def test_a_longer_life_is_a_setting_of_the_client(tmp_path: Path) -> None:
    door = Door(tmp_path, {"max_token_seconds": 900})
    door.knock(token(nbf=NOW - 305, iat=NOW - 5, exp=NOW + 895))


# The example that the specification prints (CDS Hooks, Trusting CDS Clients, Example), with its key set.
PRINTED_TOKEN = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9q"
    "d2tfdXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1"
    "zZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJ"
    "hNWItOGVlYzZhMzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8"
    "REXeYJLL6SGUBO8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb"
)
PRINTED_KEYS = {
    "keys": [
        {
            "kty": "EC",
            "use": "sig",
            "crv": "P-384",
            "kid": "example-kid",
            "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
            "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
            "alg": "ES384",
        }
    ]
}
PRINTED_PATH = "/cds-services/some-service"


def printed_door(folder: Path, **changes: Any) -> Door:
    its = {
        "issuer": "https://fhir-ehr.example.com/",
        "jwks_url": "https://fhir-ehr.example.com/jwk_uri",
        "tenants": ["2ddd6c3a-8e9a-44c6-a305-52111ad302a2"],
        **changes,
    }
    return Door(folder, its, keys=json.dumps(PRINTED_KEYS).encode())


def test_the_printed_example_is_read_and_its_signature_holds() -> None:
    printed = read_token(PRINTED_TOKEN)
    check_signature(printed, parse_key_set(json.dumps(PRINTED_KEYS).encode())["example-kid"])
    assert printed.claims.jti == "ee22b021-e1b7-4611-ba5b-8eec6a33ac1e"


def test_the_printed_example_is_refused_today_since_it_has_expired(tmp_path: Path) -> None:
    with pytest.raises(NotAuthenticated) as refused:
        printed_door(tmp_path).knock(PRINTED_TOKEN, path=PRINTED_PATH)
    assert refused.value.why == Why.TIME


def test_the_printed_example_is_refused_in_its_day_since_it_lives_for_three_years(tmp_path: Path) -> None:
    door = printed_door(tmp_path, max_token_seconds=3600)
    door.clock.at = 1_422_568_000
    with pytest.raises(NotAuthenticated) as refused:
        door.knock(PRINTED_TOKEN, path=PRINTED_PATH)
    assert refused.value.why == Why.LIFETIME


def test_the_checks_without_a_key_come_before_the_key_is_asked_for(tmp_path: Path) -> None:
    asked: list[None] = []

    def fetch() -> bytes:
        asked.append(None)
        return KEYS

    door = Door(tmp_path, {"jwks_url": JKU, "algorithms": EVERY_ALGORITHM}, keys=KEYS, fetch=fetch)
    for name, (make, why) in BAD.items():
        if why not in {Why.KEY, Why.SIGNATURE} and not name.startswith("J3"):
            with pytest.raises(NotAuthenticated):
                door.knock(make())
    assert not asked
