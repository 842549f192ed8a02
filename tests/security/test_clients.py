"""The client registry: a mistake stops the start, with the file, the row and what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cds_service.errors import ConfigError
from cds_service.security.clients import Row, read_registry
from tests.serving import ROOT

from .signing import ISSUER, TENANT, jwk, key_set, write_registry


def test_a_whole_row_is_read(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    whole = {
        "jwks_url": "https://ehr.example.org/jwks.json",
        "algorithms": ["RS384"],
        "audiences": ["https://cds.example.org/x"],
        "fhir_servers": ["https://ehr.example.org/fhir"],
        "fhir_ca_file": "ca.pem",
        "fhir_networks": ["10.1.0.0/16"],
        "cors_origins": ["https://ehr.example.org"],
        "max_token_seconds": 900,
        "allow_token_reuse": True,
        "requests_per_minute": 60,
        "max_concurrent": 4,
        "shadow": True,
    }
    registry = read_registry(write_registry(tmp_path, whole), production=True)
    client = registry.find(ISSUER, TENANT)
    assert client is not None
    assert client.jwks_file == tmp_path / "keys.json"
    assert client.access.allowed("https://ehr.example.org/fhir") is not None
    assert client.limits.requests_per_minute == 60
    assert (client.shadow, client.allow_token_reuse, client.max_token_seconds) == (True, True, 900)
    assert registry.cors_origins == {"https://ehr.example.org"}


def test_one_issuer_in_two_rows_is_told_apart_by_tenant(tmp_path: Path) -> None:
    rows = (
        {"name": "a", "tenants": ["a"], "fhir_servers": ["https://a.example.org/fhir"]},
        {"name": "b", "tenants": ["b"], "fhir_servers": ["https://b.example.org/fhir"]},
    )
    registry = read_registry(write_registry(tmp_path, *rows), production=True)
    a, b = registry.find(ISSUER, "a"), registry.find(ISSUER, "b")
    assert a is not None
    assert b is not None
    assert a.access.allowed("https://b.example.org/fhir") is None
    assert b.access.allowed("https://b.example.org/fhir") is not None
    assert registry.find(ISSUER, "") is None
    assert registry.find(ISSUER, "A") is None


BAD: dict[str, tuple[tuple[dict[str, Any], ...], str]] = {
    "an unknown field": (({"jwks_ulr": "x"},), "client 1 (mercy): `jwks_ulr` is not known; did you mean `jwks_url`?"),
    "no name": (({"name": ...},), "client 1: object missing required field `name`"),
    "no issuer": (({"issuer": ...},), "client 1 (mercy): object missing required field `issuer`"),
    "no keys": (({"jwks_file": ...},), "no keys; write jwks_url"),
    "a key URL without https": (({"jwks_url": "http://ehr.example.org/k"},), "jwks_url: write an https URL"),
    "a key URL with a query": (({"jwks_url": "https://ehr.example.org/k?x=1"},), "jwks_url: write an https URL"),
    "a key URL with a user": (({"jwks_url": "https://a@ehr.example.org/k"},), "jwks_url: write an https URL"),
    "a key file that is not there": (({"jwks_file": "none.json"},), "none.json cannot be read"),
    "a symmetric algorithm": (({"algorithms": ["HS256"]},), "algorithms[0]"),
    "alg none": (({"algorithms": ["none"]},), "algorithms[0]"),
    "no algorithm": (({"algorithms": []},), "algorithms"),
    "an audience that is no URL": (({"audiences": ["cds"]},), "audiences: each is a URL"),
    "a FHIR server with a query": (({"fhir_servers": ["https://a.example.org/fhir?x"]},), "fhir_servers"),
    "a FHIR server without https": (({"fhir_servers": ["http://a.example.org/fhir"]},), "fhir_servers"),
    "a CA file that is not there": (({"fhir_ca_file": "none.pem"},), "fhir_ca_file: no file"),
    "a network that is none": (({"fhir_networks": ["10.0.0.0/99"]},), "fhir_networks"),
    "a star origin": (({"cors_origins": ["*"]},), "cors_origins"),
    "an origin with a path": (({"cors_origins": ["https://a.example.org/"]},), "cors_origins"),
    "a life of a day": (({"max_token_seconds": 86400},), "max_token_seconds"),
    "no request a minute": (({"requests_per_minute": 0},), "requests_per_minute"),
    "a number as text": (({"max_concurrent": "4"},), "max_concurrent: expected `int`"),
    "a switch as text": (({"shadow": "yes"},), "shadow: expected `bool`"),
    "a name twice": (({}, {"tenants": ["b"]}), "client 2 (mercy): the name stands twice"),
    "an issuer and tenant twice": (({}, {"name": "b"}), "client 2 (b): issuer and tenant are those of client mercy"),
    "an issuer twice without tenants": (
        ({"tenants": []}, {"name": "b", "tenants": []}),
        "give each row tenants of its own",
    ),
}


@pytest.mark.parametrize(("rows", "says"), BAD.values(), ids=BAD)
def test_a_mistake_is_named_with_its_row(tmp_path: Path, rows: tuple[dict[str, Any], ...], says: str) -> None:
    path = write_registry(tmp_path, *rows)
    with pytest.raises(ConfigError) as stopped:
        read_registry(path, production=True)
    assert str(stopped.value).startswith(f"{path}: client ")
    assert says in str(stopped.value)
    assert "\n" not in str(stopped.value)


FILES = {
    "nothing in it": ("", "no client in it"),
    "no TOML": ("[[client]\n", "is not TOML"),
    "one bracket": ('[client]\nname = "a"\n', "write [[client]] with two brackets"),
    "another table": ('[[clients]]\nname = "a"\n', "`clients` is not known here"),
    "no list of tables": ("client = [1]\n", "client 1: expected `object`"),
}


@pytest.mark.parametrize(("text", "says"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_registry_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=str(path)) as stopped:
        read_registry(path, production=True)
    assert says in str(stopped.value)


def test_a_registry_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_registry(path, production=True)


KEY_FILES = {
    "no JSON": (b"{", "it is not JSON"),
    "no keys": (b'{"keys":[]}', "no list `keys`"),
    "only a private key": (key_set(jwk(d="x")), "none of its keys can be used"),
    "only a symmetric key": (b'{"keys":[{"kty":"oct","k":"AAAA","kid":"k1"}]}', "none of its keys can be used"),
    "only a short RSA key": (key_set(jwk("RS256", "short", bits=1024)), "none of its keys can be used"),
}


@pytest.mark.parametrize(("keys", "says"), KEY_FILES.values(), ids=KEY_FILES)
def test_a_key_file_without_a_usable_key_is_refused(tmp_path: Path, keys: bytes, says: str) -> None:
    with pytest.raises(ConfigError) as stopped:
        read_registry(write_registry(tmp_path, keys=keys), production=True)
    assert says in str(stopped.value)


def test_a_key_url_on_loopback_is_for_development(tmp_path: Path) -> None:
    path = write_registry(tmp_path, {"jwks_url": "http://127.0.0.1:1/keys", "jwks_file": ...})
    read_registry(path, production=False)
    with pytest.raises(ConfigError):
        read_registry(path, production=True)


def test_the_example_registry_is_one(tmp_path: Path) -> None:
    example = ROOT / "deploy" / "clients.example.toml"
    registry = read_registry(example, production=True)
    assert [client.name for client in registry.clients] == ["north-ehr", "south-epic", "vendor-east", "test-kit"]
    assert registry.find("https://cds.vendor.example.com", "east-clinic") is not None
    text = example.read_text()
    for field in Row.__struct_fields__:
        assert f"{field} =" in text, f"the example says nothing of {field}"
