"""The running service with clients registered: every address asks who calls, and tells nobody why it refuses."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from cds_service.config import settings_from
from cds_service.security.gate import OPEN, SIGNED
from tests.serving import HANG_SECONDS, Answer, Server, application, serving
from tests.wire.bodies import overridden, sent

from .signing import BASE, ISSUER, TENANT, token, write_registry

CALL = "/cds-services/toy"
FEEDBACK = f"{CALL}/feedback"
DISCOVERY = "/cds-services"
OTHER = "https://other.example.org"
ROWS: tuple[dict[str, Any], ...] = (
    {"cors_origins": ["https://ehr.example.org"]},
    {"name": "other", "issuer": OTHER, "tenants": []},
    {"name": "slow", "issuer": "https://slow.example.org", "tenants": [], "requests_per_minute": 6},
    {"name": "shadow", "issuer": "https://shadow.example.org", "tenants": [], "shadow": True},
)


def settings_of(folder: Path) -> dict[str, str]:
    return {
        "CDS_SERVICES": "tests.toy:SERVICES",
        "CDS_CLIENTS": str(write_registry(folder, *ROWS)),
        "CDS_PUBLIC_BASE_URL": BASE,
        "CDS_WORKERS": "2",
    }


@pytest.fixture(scope="module")
def signed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("signed")
    with serving(folder, **settings_of(folder)) as running:
        yield running


def fresh(path: str = CALL, **changes: Any) -> str:
    """Return a token for now: the running service has the clock that we all have."""
    now = int(time.time())
    return token(**{"aud": BASE + path, "iat": now, "exp": now + 300, "jti": str(uuid4()), **changes})


def ask(server: Server, path: str, bearer: str | None, **headers: str) -> Answer:
    sent_headers = {"Content-Type": "application/json", **headers}
    if bearer is not None:
        sent_headers["Authorization"] = f"Bearer {bearer}"
    if path == DISCOVERY:
        return server.ask("GET", path, None, sent_headers)
    body = json.dumps({"feedback": [overridden("c1")]}).encode() if path == FEEDBACK else sent()
    return server.ask("POST", path, body, sent_headers)


@pytest.mark.parametrize("path", [DISCOVERY, CALL, FEEDBACK])
def test_a_signed_call_is_answered_and_an_unsigned_one_is_not(signed_server: Server, path: str) -> None:
    assert ask(signed_server, path, fresh(path)).status == 200
    assert ask(signed_server, path, None).status == 401


def test_j17_every_address_but_the_listed_ones_asks_who_calls(tmp_path: Path) -> None:
    environ = {**settings_of(tmp_path), "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "CDS_PLAYGROUND": "true"}
    with application(settings_from(environ)) as app:
        _every_closed_address_asks(app)


def _every_closed_address_asks(app: Flask) -> None:
    closed = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in OPEN]
    assert {rule.endpoint for rule in closed} >= SIGNED
    with app.test_client() as client:
        for rule in closed:
            path = re.sub("<[^>]+>", "toy", rule.rule)
            for method in (rule.methods or set()) & {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH"}:
                for remote in ("127.0.0.1", "192.0.2.7") if rule.endpoint in SIGNED else ("192.0.2.7",):
                    answer = client.open(path, method=method, data=b"{}", environ_base={"REMOTE_ADDR": remote})
                    assert answer.status_code == 401, (rule.endpoint, method, remote)


def refusals() -> dict[str, str | None]:
    """Return tokens that are bad in as many ways as there are reasons."""
    return {
        "none": None,
        "no token": "x",
        "expired": fresh(iat=1, exp=2),
        "unknown issuer": fresh(iss="https://evil.test"),
        "unknown tenant": fresh(tenant="ward-b"),
        "tenant of another client's issuer": fresh(iss=OTHER),
        "issuer without its tenant": fresh(tenant=...),
        "another audience": fresh(DISCOVERY),
        "foreign key": fresh(name="evil"),
        "foreign signature": fresh(name="evil", head={"kid": "k1"}),
        "foreign jku": fresh(head={"jku": "https://evil.test/"}),
        "alg none": fresh(head={"alg": "none"}),
        "too long a life": fresh(exp=int(time.time()) + 9999),
    }


def same_of(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    """Return an answer without what differs from exchange to exchange anyway."""
    varies = {"date", "x-exchange-id", "server-timing"}
    return answer.status, answer.body, {k: v for k, v in answer.headers.items() if k not in varies}


def test_j16_whatever_is_wrong_the_401_is_the_same_to_the_byte(signed_server: Server) -> None:
    used = fresh()
    assert ask(signed_server, CALL, used).status == 200
    answers = [ask(signed_server, CALL, bearer) for bearer in (*refusals().values(), used)]
    first = answers[0]
    assert first.status == 401
    assert first.headers["www-authenticate"] == "Bearer"
    assert first.headers["cache-control"] == "no-store"
    for answer in answers:
        assert same_of(answer) == same_of(first)


def test_the_body_is_not_looked_at_before_the_caller_is_known(signed_server: Server) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"x" * 100_000, sent(context=...)):
        assert signed_server.ask("POST", CALL, body, headers).status == 401
    assert signed_server.ask("POST", "/cds-services/unknown", sent(), headers).status == 401


def test_the_log_tells_why_and_holds_no_token(signed_server: Server) -> None:
    bad = {name: bearer for name, bearer in refusals().items() if bearer and len(bearer) > 9}
    for bearer in bad.values():
        ask(signed_server, CALL, bearer)
    good = fresh()
    ask(signed_server, CALL, good)
    log = signed_server.log.read_text()
    whys = {json.loads(line).get("why") for line in log.splitlines() if line.startswith("{")}
    assert {"issuer", "tenant", "audience", "key", "signature", "key-url", "time", "lifetime"} <= whys
    for bearer in (*bad.values(), good):
        for segment in bearer.split("."):
            assert segment not in log


def test_j6_a_spoofed_host_changes_no_audience(signed_server: Server) -> None:
    evil = fresh(aud=f"https://evil.test{CALL}")
    spoofed = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    assert ask(signed_server, CALL, evil, **spoofed).status == 401
    assert ask(signed_server, CALL, fresh(), **spoofed).status == 200


def test_j8_two_server_processes_take_a_token_once(signed_server: Server) -> None:
    for _ in range(10):
        bearer = fresh()
        assert sorted(ask(signed_server, CALL, bearer).status for _ in range(4)) == [200, 401, 401, 401]


def test_the_same_id_of_another_issuer_is_another_token(signed_server: Server) -> None:
    jti = str(uuid4())
    assert ask(signed_server, CALL, fresh(jti=jti)).status == 200
    assert ask(signed_server, CALL, fresh(jti=jti, iss=OTHER, tenant=...)).status == 200


def test_a_client_over_its_rate_is_told_when_to_come_back(signed_server: Server) -> None:
    slow: dict[str, Any] = {"iss": "https://slow.example.org", "tenant": ...}
    answers = [ask(signed_server, CALL, fresh(**slow)) for _ in range(6)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    body: Any = refused[0].json()
    assert body["issue"][0]["code"] == "throttled"
    assert ask(signed_server, CALL, fresh()).status == 200


def test_in_shadow_nothing_is_shown(signed_server: Server) -> None:
    shown: Any = ask(signed_server, CALL, fresh()).json()
    hidden: Any = ask(signed_server, CALL, fresh(iss="https://shadow.example.org", tenant=...)).json()
    assert len(shown["cards"]) == 1
    assert hidden["cards"] == []


def test_a_browser_of_a_registered_origin_may_call_and_read_the_401(signed_server: Server) -> None:
    origin = {"Origin": "https://ehr.example.org"}
    preflight = signed_server.ask("OPTIONS", CALL, None, {**origin, "Access-Control-Request-Method": "POST"})
    assert preflight.status == 200
    for answer in (preflight, ask(signed_server, CALL, None, **origin)):
        assert answer.headers["access-control-allow-origin"] == "https://ehr.example.org"
    foreign = ask(signed_server, CALL, None, Origin="https://evil.test")
    assert "access-control-allow-origin" not in foreign.headers


def test_figures_name_reasons_and_clients_and_nobody_else(signed_server: Server) -> None:
    ask(signed_server, CALL, fresh(iss="https://canary-issuer.test"))
    figures = signed_server.ask("GET", "/metrics").body.decode()
    assert 'cds_callers_refused_total{why="issuer"}' in figures
    assert "canary" not in figures
    assert ISSUER not in figures
    assert TENANT not in figures


NOT_OPEN = {
    "every address": "0.0.0.0",
    "every IPv6 address": "::",
    "an address of the network": "192.0.2.7",
    "a name": "cds.example.org",
}


@pytest.mark.parametrize("host", NOT_OPEN.values(), ids=NOT_OPEN)
def test_without_clients_the_service_does_not_start_on_another_address(host: str) -> None:
    from cds_service.errors import ConfigError

    with pytest.raises(ConfigError, match="CDS_HOST: without CDS_CLIENTS"):
        settings_from({"CDS_HOST": host})


def test_without_clients_only_this_machine_is_answered(tmp_path: Path) -> None:
    environ = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}
    with application(settings_from(environ)) as app, app.test_client() as client:
        for remote, status in {"127.0.0.1": 200, "::1": 200, "192.0.2.7": 401, "10.0.0.1": 401, "": 401}.items():
            answer = client.get(DISCOVERY, environ_base={"REMOTE_ADDR": remote})
            assert answer.status_code == status, remote


def test_feedback_of_another_tenant_on_our_card_is_not_counted(signed_server: Server) -> None:
    shown: Any = ask(signed_server, CALL, fresh()).json()
    card = shown["cards"][0]["uuid"]
    said = json.dumps({"feedback": [overridden(card)]}).encode()
    for changes in ({"iss": OTHER, "tenant": ...}, {}):
        bearer = {"Authorization": f"Bearer {fresh(FEEDBACK, **changes)}"}
        assert signed_server.post(FEEDBACK, said, **bearer).status == 200
    counted = "select issuer, tenant from feedback where card = ?"
    until = time.monotonic() + HANG_SECONDS
    with closing(sqlite3.connect(signed_server.log.parent / "cds.db")) as database:
        while not (rows := database.execute(counted, (card,)).fetchall()) and time.monotonic() < until:
            time.sleep(0.05)
    assert rows == [(ISSUER, TENANT)]
