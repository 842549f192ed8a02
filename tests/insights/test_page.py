"""The page over HTTP: it exists where the playground does, runs nothing, and refuses what it does not understand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.serving import Server, serving
from tests.wire.bodies import CALL, FEEDBACK, overridden, sent

TOY = {"CDS_SERVICES": "tests.toy:SERVICES"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> object:
    with serving(tmp_path_factory.mktemp("insights"), **TOY) as running:
        card = json.loads(running.post(CALL, sent()).body)["cards"][0]["uuid"]
        said = overridden(card, overrideReason={"reason": {"code": "<b>own</b>"}})
        assert running.post(FEEDBACK, json.dumps({"feedback": [said]}).encode()).status == 200
        yield running


def test_the_page_shows_what_happened_and_loads_nothing_from_elsewhere(server: Server) -> None:
    until, answer = time.monotonic() + 10, server.ask("GET", "/insights")
    while b"&lt;b&gt;own" not in answer.body and time.monotonic() < until:  # the card is written behind the answer
        answer = server.ask("GET", "/insights")
    assert answer.status == 200
    assert b"&lt;b&gt;own" in answer.body
    assert b"<b>own" not in answer.body
    assert b"<script" not in answer.body
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'")


@pytest.mark.parametrize(
    ("name", "kind"),
    {
        "counts.csv": "text/csv",
        "reasons.csv": "text/csv",
        "firing.csv": "text/csv",
        "measure-report.json": "application/fhir+json",
        "weeks.svg": "image/svg+xml",
        "insights.css": "text/css",
    }.items(),
)
def test_its_files(server: Server, name: str, kind: str) -> None:
    answer = server.ask("GET", f"/insights/{name}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/insights/nothing.csv", 404),
        ("/insights/..%2f..%2fetc%2fpasswd", 404),
        ("/insights?since=2026-02-30", 422),
        ("/insights?until=yesterday", 422),
        ("/insights?client=nobody%22%3E%3Cscript%3E", 200),
    ],
)
def test_what_is_asked_for_wrongly(server: Server, path: str, status: int) -> None:
    answer = server.ask("GET", path)
    assert answer.status == status
    assert b"<script" not in answer.body


def test_it_is_off_where_the_playground_is(tmp_path: Path) -> None:
    with serving(tmp_path, CDS_PLAYGROUND="false", **TOY) as server:
        assert server.ask("GET", "/insights").status == 404
        assert server.ask("GET", "/insights/counts.csv").status == 404
