"""Key sets: what may be a key, and how they are had from servers that are slow, broken, hostile or gone."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cds_service.errors import NotAuthenticated
from cds_service.security.jwks import Keys, KeySource, NotAKeySet, NotFetched, parse_key_set
from cds_service.security.tokens import Why

from .gates import Door
from .key_server import Answer, KeyServer, as_is, dripping, endless, key_server, said, silent
from .signing import NOW, jwk, key_set, token

GOOD = key_set(jwk())

NOT_A_KEY: dict[str, Callable[[], Any]] = {
    "no kid": lambda: jwk(kid=...),
    "an empty kid": lambda: jwk(kid=""),
    "a kid that is a number": lambda: jwk(kid=1),
    "a kid of 257": lambda: jwk(kid="k" * 257),
    "for encryption": lambda: jwk(use="enc"),
    "for signing only": lambda: jwk(key_ops=["sign"]),
    "uses that are null": lambda: jwk(key_ops=None),
    "uses that are a number": lambda: jwk(key_ops=5),
    "a private EC key": lambda: jwk(d="AAAA"),
    "a private RSA key": lambda: jwk("RS256", "rs", p="AAAA"),
    "a symmetric key": lambda: {"kty": "oct", "kid": "k1", "k": "AAAA", "alg": "HS256"},
    "an Ed25519 key": lambda: {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "A" * 43},
    "RSA of 1024 bits": lambda: jwk("RS256", "short", bits=1024),
    "RSA with exponent 1": lambda: jwk("RS256", "rs", e="AQ"),
    "RSA with an even exponent": lambda: jwk("RS256", "rs", e="BA"),
    "RSA without a modulus": lambda: jwk("RS256", "rs", n=...),
    "RSA with a modulus that is a number": lambda: jwk("RS256", "rs", n=7),
    "a point off its curve": lambda: jwk(y=jwk()["x"]),
    "a point of another curve": lambda: jwk(crv="P-256"),
    "a point without y": lambda: jwk(y=...),
    "secp256k1": lambda: jwk(crv="secp256k1"),
    "a key type in lower case": lambda: jwk(kty="ec"),
    "alg none": lambda: jwk(alg="none"),
    "alg HS384": lambda: jwk(alg="HS384"),
    "alg of another curve": lambda: jwk(alg="ES256"),
    "alg that is a list": lambda: jwk(alg=["ES384"]),
    "a word": lambda: "key",
    "nothing": lambda: None,
}


@pytest.mark.parametrize("make", NOT_A_KEY.values(), ids=NOT_A_KEY)
def test_what_is_no_key_for_us_is_passed_over(make: Callable[[], Any]) -> None:
    found = parse_key_set(json.dumps({"keys": [make(), jwk("ES256", "good")]}).encode())
    assert list(found) == ["good"]


def test_two_keys_of_one_name_are_both_passed_over() -> None:
    assert list(parse_key_set(key_set(jwk(), jwk("ES256", "k1"), jwk("ES256", "good")))) == ["good"]


def test_a_key_without_alg_takes_the_algorithms_of_its_type() -> None:
    found = parse_key_set(key_set(jwk(alg=...), jwk("RS256", "rs", alg=...)))
    assert found["k1"].algorithms == {"ES384"}
    assert found["rs"].algorithms == {"RS256", "RS384", "RS512"}


NOT_A_SET = {
    "nothing": b"",
    "no JSON": b"<html>",
    "no object": b"[]",
    "null": b"null",
    "keys that are a word": b'{"keys":"x"}',
    "keys that are an object": b'{"keys":{}}',
    "no keys": b'{"keys":[]}',
    "51 keys": json.dumps({"keys": [jwk(kid=str(n)) for n in range(51)]}).encode(),
    "10,000 keys": json.dumps({"keys": [{"kid": str(n)} for n in range(10_000)]}).encode(),
    "only bad keys": json.dumps({"keys": [jwk(use="enc")]}).encode(),
    "64 KiB and one": GOOD + b" " * 65_536,
    "100,000 lists": b"[" * 60_000,
    "UTF-16": GOOD.decode().encode("utf-16"),
}


@pytest.mark.parametrize("body", NOT_A_SET.values(), ids=NOT_A_SET)
def test_what_is_no_key_set_is_refused(body: bytes) -> None:
    with pytest.raises(NotAKeySet):
        parse_key_set(body)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
FAULTS: dict[str, Answer] = {
    "404": said(b"{}", status="404 Not Found"),
    "401": said(GOOD, status="401 Unauthorized"),
    "500": said(GOOD, status="500 Oops"),
    "204": said(b"", status="204 No Content"),
    "a redirect": said(b"", status="302 Found", Location="http://127.0.0.1:1/"),
    "a redirect with a good body": said(GOOD, status="307 Temporary Redirect", Location="https://evil.test/"),
    "a login page": said(b"<html></html>", kind="text/html"),
    "a login page as JSON": said(b"<html></html>"),
    "gzip": said(gzip.compress(GOOD), Content_Encoding="gzip"),
    "a gzip bomb": said(gzip.compress(bytes(30_000_000)), Content_Encoding="gzip"),
    "10 MB": said(GOOD + b" " * 10_000_000),
    "endless chunks": endless,
    "a dripping body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n"),
    "a dripping head": dripping(HEAD),
    "endless interim answers": as_is(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000),
    "silence": silent,
    "no answer": as_is(b""),
    "no HTTP": as_is(b"SSH-2.0-OpenSSH\r\n"),
    "half a body": as_is(HEAD + b"Content-Length: 10000\r\n\r\n" + GOOD),
    "a head of 1 MB": as_is(HEAD + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n"),
    "20,000 head lines": as_is(HEAD + b"X-A: a\r\n" * 20_000 + b"\r\n"),
    "a bad chunk": as_is(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "no keys any more": said(b'{"keys":[]}'),
    "other people's private keys": said(key_set(jwk(d="AAAA"))),
}


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server(said(GOOD)) as running:
        yield running


@pytest.fixture
def door(tmp_path: Path, server: KeyServer) -> Door:
    return Door(tmp_path, {"jwks_url": server.url, "jwks_file": ..., "allow_token_reuse": True})


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_keeps_the_last_good_keys(door: Door, server: KeyServer, fault: Answer) -> None:
    door.knock(token())
    server.answer = fault
    door.clock.at += 700  # the keys are old, and asked for again
    door.knock(token(iat=NOW + 700, exp=NOW + 900))
    assert server.asked == 2


def test_a_fault_before_the_first_keys_is_401_and_mends_itself(door: Door, server: KeyServer) -> None:
    server.answer = said(b"{}", status="503 Busy")
    with pytest.raises(NotAuthenticated) as refused:
        door.knock(token())
    assert refused.value.why == Why.KEY
    server.answer = said(GOOD)
    door.clock.at += 31
    door.knock(token())


def test_a_server_that_is_gone_for_an_hour_costs_nothing_and_for_two_days_the_keys(tmp_path: Path) -> None:
    with key_server(said(GOOD)) as server:
        door = Door(tmp_path, {"jwks_url": server.url, "jwks_file": ..., "allow_token_reuse": True})
        door.knock(token())
    for later in (3600, 23 * 3600):
        door.clock.at = NOW + later
        door.knock(token(iat=NOW + later, exp=NOW + later + 200))
        age = door.metrics.registry.get_sample_value("cds_key_set_age_seconds", {"client": "mercy"})
        assert age == later
    door.clock.at = NOW + 48 * 3600
    with pytest.raises(NotAuthenticated):
        door.knock(token(iat=NOW + 48 * 3600, exp=NOW + 48 * 3600 + 200))


def test_a_new_key_is_known_after_one_fetch(door: Door, server: KeyServer) -> None:
    door.knock(token())
    server.answer = said(key_set(jwk(), jwk(name="k2")))
    door.clock.at += 31
    door.knock(token(name="k2"))
    door.knock(token())
    assert server.asked == 2


def test_a_key_that_is_taken_back_is_refused_ten_minutes_later(door: Door, server: KeyServer) -> None:
    door.knock(token())
    server.answer = said(key_set(jwk(name="k2")))
    door.clock.at += 601
    with pytest.raises(NotAuthenticated):
        door.knock(token(iat=NOW + 601, exp=NOW + 900))


def test_random_key_names_make_two_fetches_a_minute(door: Door, server: KeyServer) -> None:
    for number in range(600):
        door.clock.at = NOW + number / 10
        with pytest.raises(NotAuthenticated):
            door.knock(token(name="k1", head={"kid": f"random-{number}"}))
    assert server.asked <= 2
    door.knock(token())


def test_a_foreign_key_url_makes_no_fetch(door: Door, server: KeyServer) -> None:
    with key_server(said(key_set(jwk(name="evil")))) as evil:
        for jku in (evil.url, f"{server.url}?x", server.url.upper()):
            with pytest.raises(NotAuthenticated):
                door.knock(token(name="evil", head={"jku": jku}))
        assert (evil.asked, server.asked) == (0, 0)


def test_a_key_file_that_changes_is_read_again(tmp_path: Path) -> None:
    door = Door(tmp_path, {"allow_token_reuse": True})
    door.knock(token())
    (tmp_path / "keys.json").write_bytes(key_set(jwk(name="k2")))
    door.clock.at += 31
    door.knock(token(name="k2"))
    (tmp_path / "keys.json").unlink()
    door.clock.at += 700
    door.knock(token(name="k2", iat=NOW + 731, exp=NOW + 900))


class Slow:
    """A fetch that waits until it is let go, and counts."""

    def __init__(self, keys: bytes) -> None:
        self.keys = keys
        self.asked = 0
        self.under_way = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> bytes:
        """Wait, then answer."""
        self.asked += 1
        self.under_way.set()
        if not self.go.wait(10):
            raise NotFetched("nobody let it go")
        return self.keys


def in_threads(count: int, ask: Callable[[], object]) -> tuple[list[threading.Thread], list[object]]:
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(ask())) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, got


def test_threads_that_want_a_new_key_wait_for_one_fetch() -> None:
    slow = Slow(GOOD)
    source = KeySource(slow)
    threads, got = in_threads(20, lambda: source.key("k1", now=NOW))
    assert slow.under_way.wait(10)
    slow.go.set()
    for thread in threads:
        thread.join(10)
    assert slow.asked == 1
    assert len(got) == 20
    assert None not in got


def test_threads_with_a_known_key_do_not_wait_for_a_renewal() -> None:
    slow = Slow(GOOD)
    slow.go.set()
    source = KeySource(slow)
    assert source.key("k1", now=NOW)
    slow.go.clear()
    slow.under_way.clear()
    renewing, _ = in_threads(1, lambda: source.key("k1", now=NOW + 700))
    assert slow.under_way.wait(10)
    assert source.key("k1", now=NOW + 700)  # at once, while the other thread waits
    assert renewing[0].is_alive()
    slow.go.set()
    renewing[0].join(10)
    assert slow.asked == 2


def test_rotation_under_load_refuses_nobody() -> None:
    served: list[Keys | bytes] = [GOOD]
    source = KeySource(lambda: served[-1] if isinstance(served[-1], bytes) else b"")
    assert source.key("k1", now=NOW)
    served.append(key_set(jwk(), jwk(name="k2")))
    threads, got = in_threads(30, lambda: source.key("k2", now=NOW + 60))
    for thread in threads:
        thread.join(10)
    assert len(got) == 30
    assert None not in got
