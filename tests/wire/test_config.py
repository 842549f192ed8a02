"""Settings: what is taken, and the one clear line that stops a start."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.config import Settings, docs, is_loopback, settings_from
from cds_service.errors import ConfigError


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """Return the settings of a production site that is set up well."""
    clients = tmp_path / "clients.toml"
    clients.write_text("")
    return {
        "CDS_ENV": "production",
        "CDS_CLIENTS": str(clients),
        "CDS_PUBLIC_BASE_URL": "https://cds.example.org/",
        "CDS_SECRET_KEY": "k" * 32,
    }


def test_nothing_set_is_a_development_service_on_this_machine() -> None:
    settings = settings_from({"PATH": "/bin", "HOME": "/root"})
    assert (settings.env, settings.host, settings.port) == ("development", "127.0.0.1", 8080)
    assert settings.playground_on
    assert settings.base_url == "http://127.0.0.1:8080"


def test_an_empty_value_is_no_value() -> None:
    assert settings_from({"CDS_PORT": " ", "CDS_CLIENTS": ""}) == settings_from({})


def test_production_that_is_set_up_well_starts(production: dict[str, str]) -> None:
    settings = settings_from(production)
    assert not settings.playground_on
    assert settings.base_url == "https://cds.example.org"


def test_lists_are_parted_at_commas() -> None:
    settings = settings_from({"CDS_CORS_ORIGINS": "https://a.example, https://b.example:8443/ ,"})
    assert settings.cors_origins == ("https://a.example", "https://b.example:8443")


REFUSED = {
    "an unknown name": ({"CDS_PROT": "1"}, "CDS_PROT is no setting of this service; did you mean CDS_PORT?"),
    "an unknown name like no other": ({"CDS_ZZZZZZ": "1"}, "CDS_ZZZZZZ is no setting"),
    "an environment of its own": ({"CDS_ENV": "staging"}, "CDS_ENV: "),
    "a port that is no number": ({"CDS_PORT": "http"}, "CDS_PORT: "),
    "a port that does not exist": ({"CDS_PORT": "70000"}, "CDS_PORT: "),
    "no time at all": ({"CDS_DEADLINE_SECONDS": "0"}, "CDS_DEADLINE_SECONDS: "),
    "a time that is no number": ({"CDS_DEADLINE_SECONDS": "nan"}, "CDS_DEADLINE_SECONDS: "),
    "a body limit below any body": ({"CDS_MAX_BODY_BYTES": "10"}, "CDS_MAX_BODY_BYTES: "),
    "a switch that is neither": ({"CDS_PLAYGROUND": "maybe"}, "CDS_PLAYGROUND: "),
    "a base URL with a query": ({"CDS_PUBLIC_BASE_URL": "https://a/?b"}, "CDS_PUBLIC_BASE_URL: "),
    "a base URL with a user": ({"CDS_PUBLIC_BASE_URL": "https://u@a"}, "CDS_PUBLIC_BASE_URL: "),
    "another database": ({"CDS_DATABASE_URL": "mysql://a"}, "CDS_DATABASE_URL: "),
    "a registry that is not there": ({"CDS_CLIENTS": "/nowhere"}, "CDS_CLIENTS: no file at /nowhere"),
    "an overlay that is not there": ({"CDS_KNOWLEDGE_OVERLAY": "/nowhere"}, "CDS_KNOWLEDGE_OVERLAY: no folder"),
    "services without a name": ({"CDS_SERVICES": "hooks"}, "CDS_SERVICES: "),
    "an origin with a path": ({"CDS_CORS_ORIGINS": "https://a/b"}, "CDS_CORS_ORIGINS: "),
    "an origin that is null": ({"CDS_CORS_ORIGINS": "null"}, "CDS_CORS_ORIGINS: "),
    "a FHIR server that is a file": ({"CDS_FHIR_SERVERS": "file:///etc"}, "CDS_FHIR_SERVERS: "),
    "a FHIR server with a tab": ({"CDS_FHIR_SERVERS": "https://a\t.evil"}, "CDS_FHIR_SERVERS: "),
    "open to all without clients": ({"CDS_HOST": "0.0.0.0"}, "CDS_HOST: without CDS_CLIENTS"),
}


@pytest.mark.parametrize(("given", "line"), REFUSED.values(), ids=REFUSED)
def test_one_clear_line_stops_the_start(given: dict[str, str], line: str) -> None:
    with pytest.raises(ConfigError) as stopped:
        settings_from(given)
    assert str(stopped.value).startswith(line)
    assert "\n" not in str(stopped.value)


IN_PRODUCTION = {
    "without clients": ("CDS_CLIENTS", "", "CDS_CLIENTS"),
    "without its URL": ("CDS_PUBLIC_BASE_URL", "", "CDS_PUBLIC_BASE_URL"),
    "in clear": ("CDS_PUBLIC_BASE_URL", "http://cds.example.org", "CDS_PUBLIC_BASE_URL"),
    "without a key": ("CDS_SECRET_KEY", "", "CDS_SECRET_KEY"),
    "with a short key": ("CDS_SECRET_KEY", "short", "CDS_SECRET_KEY"),
    "with the playground": ("CDS_PLAYGROUND", "true", "CDS_PLAYGROUND"),
    "open to every origin": ("CDS_CORS_ORIGINS", "*", "CDS_CORS_ORIGINS"),
    "with FHIR servers for everyone": ("CDS_FHIR_SERVERS", "https://a.example", "CDS_FHIR_SERVERS"),
}


@pytest.mark.parametrize(("name", "value", "named"), IN_PRODUCTION.values(), ids=IN_PRODUCTION)
def test_production_refuses_to_start(production: dict[str, str], name: str, value: str, named: str) -> None:
    with pytest.raises(ConfigError, match=f"^{named}: "):
        settings_from({**production, name: value})


def test_no_value_is_ever_shown() -> None:
    settings = settings_from({"CDS_DATABASE_URL": "postgresql+psycopg://u:canary@h/d", "CDS_SECRET_KEY": "canary" * 9})
    assert "canary" not in repr(settings)


def test_every_setting_has_its_meaning() -> None:
    listed = list(docs())
    assert [name for name, _, _ in listed] == [f"CDS_{field.upper()}" for field in Settings.__struct_fields__]
    assert all(meaning for _, _, meaning in listed)


LOOPBACK = {"127.0.0.1": True, "127.9.9.9": True, "::1": True, "localhost": True, "0.0.0.0": False, "10.0.0.1": False,
            "": False, "example.org": False, "::ffff:10.0.0.1": False}  # fmt: skip


@pytest.mark.parametrize(("address", "holds"), LOOPBACK.items())
def test_loopback(address: str, holds: bool) -> None:  # noqa: FBT001
    assert is_loopback(address) is holds
