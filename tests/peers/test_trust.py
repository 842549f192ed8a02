"""Trust that peers gave away: to tokens, to URLs in them, to browsers and to logs."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.config import Settings, settings_from
from cds_service.errors import ConfigError, NotAuthenticated
from cds_service.fhir_client.origins import access_of
from cds_service.security.tokens import Why
from tests.security.gates import Door
from tests.security.key_server import key_server, said
from tests.security.signing import BASE, ISSUER, JKU, b64, claims, header, jwk, key_set, token
from tests.serving import ROOT, Server
from tests.wire.bodies import CALL, sent


def test_a_key_was_fetched_from_whatever_url_an_unproven_token_named(tmp_path: Path) -> None:
    """Da Vinci CRD fetched and kept the key of any `jku`: a caller vouched for itself, and chose where we connect."""
    with key_server(said(key_set(jwk(name="evil")))) as evil:
        door = Door(tmp_path, {"jwks_url": JKU})
        with pytest.raises(NotAuthenticated) as refused:
            door.knock(token(name="evil", head={"jku": evil.url}))
        assert refused.value.why == Why.KEY_URL
        assert evil.asked == 0


@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://evil.test"}, {"aud": f"{BASE}/cds-services/other"}, {"exp": 1, "iat": 0}, {"jti": ""}],
    ids=["issuer", "audience", "expiry", "id"],
)
def test_a_token_was_taken_for_its_signature_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Da Vinci CRD looked at neither issuer, nor audience, nor id."""
    with pytest.raises(NotAuthenticated):
        Door(tmp_path).knock(token(**changes))


def test_a_token_was_good_for_ever(tmp_path: Path) -> None:
    """No peer refuses a replay."""
    door = Door(tmp_path)
    door.knock(token())
    with pytest.raises(NotAuthenticated):
        door.knock(token())


def test_a_shared_secret_signed_the_tokens(tmp_path: Path) -> None:
    """The OpenMRS module signs with HS256, which the specification forbids."""
    message = f"{b64(json.dumps(header(alg='HS256')).encode())}.{b64(json.dumps(claims()).encode())}"
    signature = b64(hmac.new(b"shared", message.encode(), hashlib.sha256).digest())
    with pytest.raises(NotAuthenticated):
        Door(tmp_path).knock(f"{message}.{signature}")


def test_checking_tokens_was_off_by_default() -> None:
    """Da Vinci CRD shipped `checkJwt: false`; cqf-ruler, AHRQ and HealthChain check none at all."""
    production = {"CDS_ENV": "production", "CDS_PUBLIC_BASE_URL": BASE, "CDS_SECRET_KEY": "x" * 40}
    with pytest.raises(ConfigError, match="CDS_CLIENTS"):
        settings_from(production)
    with pytest.raises(ConfigError, match="CDS_HOST"):
        settings_from({"CDS_HOST": "0.0.0.0"})


def test_http_fhir_servers_were_refused_also_while_developing() -> None:
    """HAPI (message 2632): a good rule that needs a switch. Ours is the environment."""
    local = "http://127.0.0.1:8080/fhir"
    assert access_of("c", [local], development=True).allowed(local) is not None
    with pytest.raises(ConfigError, match="https"):
        access_of("c", [local], development=False)


def test_any_origin_was_allowed_with_credentials(small: Server) -> None:
    """HealthChain: origins `*` and credentials, by default."""
    for origin in ("https://evil.test", "null"):
        answer = small.ask("GET", "/cds-services", None, {"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


def test_requests_and_tokens_were_logged(small: Server) -> None:
    """cqf-ruler logged whole requests with their access token at INFO; ice_cdshooks printed them."""
    canary = "canary-4711"
    authorization = {
        "access_token": canary, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "cds",
    }  # fmt: skip
    body = sent(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=authorization)
    small.post(CALL, body.replace(b'"id": "a"', b'"id": "canary-4711"'), Authorization=f"Bearer {canary}")
    small.post(CALL, b"canary-4711")
    small.ask("GET", f"/{canary}?patient={canary}")
    assert canary not in small.log.read_text()


def test_settings_were_declared_and_never_read() -> None:
    """fhirkit: `max_cards_per_response` and `evaluation_timeout_seconds` did nothing."""
    code = "\n".join(
        path.read_text() for path in (ROOT / "cds_service").rglob("*.py") if path.name not in {"config.py"}
    )
    rules = (ROOT / "cds_service" / "config.py").read_text().partition("class Settings")[2].partition("_LISTS")[2]
    derived = {"env": "production", "public_base_url": "base_url", "playground": "playground_on"}
    for name in Settings.__struct_fields__:
        assert f".{derived.get(name, name)}" in code, name
    assert "settings." in rules


def test_the_issuer_of_one_tenant_vouched_for_another(tmp_path: Path) -> None:
    """No peer but Medplum knows tenants."""
    rows: tuple[dict[str, Any], ...] = (
        {"name": "a", "tenants": ["a"], "fhir_servers": ["https://a.example.org/fhir"]},
        {"name": "b", "issuer": ISSUER + "/b", "tenants": ["b"], "fhir_servers": ["https://b.example.org/fhir"]},
    )
    door = Door(tmp_path, *rows)
    with pytest.raises(NotAuthenticated):
        door.knock(token(tenant="b"))
    assert door.knock(token(tenant="a")).access.allowed("https://b.example.org/fhir") is None
