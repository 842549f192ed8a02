"""Every path is driven with marked names, ids, tokens and comments; the marks are looked for where they may not be:
in the log, the figures, every refusal, the headers of every answer, and the database.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.fhir.evil import Call
from tests.fhir.evil import Server as FhirServer
from tests.fhir.faults import FAULTS
from tests.serving import HANG_SECONDS, Answer, Server, serving

from . import canaries
from .canaries import COMMENT, DATABASE_PASSWORD, MARK
from .signing import BASE, token, write_registry

PATH = "/cds-services/steroid-injection-followup"
TOY = "/cds-services/toy"


class Ward:
    """A running service with a client that signs, the EHR's server, and every token that was sent."""

    def __init__(self, service: Server, ehr: FhirServer, failing: list[FhirServer]) -> None:
        self.service = service
        self.ehr = ehr
        self.failing = failing
        self.tokens: list[str] = []

    def ask(self, path: str, body: bytes | None, *, method: str = "POST", bearer: str | None = None) -> Answer:
        """Call with a token of its own, and check that a refusal and all headers are clean."""
        now = int(time.time())
        sent = bearer or token(
            aud=BASE + path.partition("?")[0], iat=now, exp=now + 300, jti=str(uuid4()), sub="cnrymark-sub"
        )
        self.tokens.append(sent)
        headers = {"Authorization": f"Bearer {sent}", "Content-Type": "application/json", "X-Cnrymark": MARK}
        answer = self.service.ask(method, path, body, headers)
        assert MARK not in json.dumps(dict(answer.headers)).lower()
        if answer.status != 200:
            assert MARK not in answer.body.decode(), (path, answer.status)
        return answer

    def call(self, request: Any) -> Answer:
        """Call the service."""
        return self.ask(PATH, json.dumps(request).encode())


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("canary")
    ehr, *failing = (FhirServer(behave) for behave in (lambda call: call.bundle(), *BEHAVIOURS))
    bases = [f"{server.url}/cnrymark-base" for server in (ehr, *failing)]
    settings = {
        "CDS_SERVICES": "tests.security.offered:SERVICES",
        "CDS_CLIENTS": str(write_registry(folder, {"fhir_servers": bases})),
        "CDS_PUBLIC_BASE_URL": BASE,
        "CDS_PLAYGROUND": "true",
        "CDS_DEADLINE_SECONDS": "3",
        "CDS_MAX_BODY_BYTES": str(canaries.LARGEST),
    }
    with serving(folder, **settings) as running:
        yield Ward(running, ehr, failing)
    for server in (ehr, *failing):
        server.close()


@pytest.fixture(scope="module")
def requests(ward: Ward) -> list[Any]:
    listed: Any = ward.ask("/cds-services", None, method="GET").json()
    return canaries.charts(listed["services"][0]["prefetch"], fhir_server=f"{ward.ehr.url}/cnrymark-base", count=40)


def drive_charts(ward: Ward, requests: list[Any]) -> list[str]:
    """Call with each chart, and return the cards that were shown."""
    cards: list[str] = []
    for request in requests:
        answer = ward.call({**request, "hookInstance": str(uuid4())})
        assert answer.status in {200, 412, 422}, answer.body
        if answer.status == 200:
            shown: Any = answer.json()
            cards += [card["uuid"] for card in shown["cards"]]
    return cards


def drive_readings(ward: Ward, request: Any) -> None:
    """Have everything read from an EHR, and from others that fail in each way."""
    good = ward.call({**request, "prefetch": {}})
    assert good.status == 200
    assert f"Bearer {canaries.ACCESS_TOKEN}" in ward.ehr.tokens()
    for failing in ward.failing:
        answer = ward.call({**request, "prefetch": {}, "fhirServer": f"{failing.url}/cnrymark-base"})
        assert answer.status == 412
        assert failing.calls


def _saying(status: int) -> Callable[[Call], object]:
    return lambda call: call.reply(status, json.dumps({"issue": MARK}), Location=f"http://127.0.0.1:1/{MARK}")


BEHAVIOURS = [_saying(404), _saying(302), _saying(500), *(behave for behave, _ in list(FAULTS.values())[:16])]


def drive_refusals(ward: Ward, request: Any) -> None:
    """Be refused in every way that there is."""
    statuses = {name: ward.ask(PATH, body).status for name, body in canaries.broken(request).items()}
    assert set(statuses.values()) >= {200, 400, 413, 422}, statuses
    assert ward.ask(f"/{MARK}?{MARK}={MARK}", b"{}").status == 404
    assert ward.ask(f"/cds-services/{MARK}", b"{}").status == 404
    assert ward.ask(PATH, b"{}", method="DELETE").status == 405
    unknown = [token(iss=f"https://{MARK}.test"), token(tenant=MARK), token(name=MARK)]
    for bearer in (MARK, f"{MARK}.{MARK}.{MARK}", *unknown):
        assert ward.ask(PATH, b"{}", bearer=bearer).status == 401
    for raw in (f"GET /{MARK} {MARK}\r\n\r\n", f"GET / HTTP/1.1\r\nX {MARK}: {MARK}\r\n\r\n", f"{MARK}\r\n\r\n"):
        assert MARK.encode() not in ward.service.raw(raw.encode())


def drive_a_defect(ward: Ward) -> None:
    """Have a rule fail over a marked chart."""
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"userId": f"Practitioner/{canaries.USER}", "patientId": "defect"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "defect", "name": [{"text": MARK}]},
            "procedures": None,
        },
    }
    assert ward.ask(TOY, json.dumps(body).encode()).status == 500


def drive_feedback(ward: Ward, cards: list[str]) -> None:
    """Answer cards that were shown and one that never was, with marked comments, well and badly."""
    for card in (*cards[:20], str(uuid4())):
        said = {
            "card": card,
            "outcome": "overridden",
            "outcomeTimestamp": "2026-03-02T10:00:00Z",
            "overrideReason": {"reason": {"code": "other", "system": "urn:x"}, "userComment": f"{COMMENT} of {card}"},
        }
        assert ward.ask(f"{PATH}/feedback", json.dumps({"feedback": [said]}).encode()).status == 200
        for bad in ({**said, "outcome": MARK}, {**said, "card": [MARK]}, {**said, "outcomeTimestamp": MARK}):
            assert ward.ask(f"{PATH}/feedback", json.dumps({"feedback": [bad]}).encode()).status == 422


def drive_the_playground(ward: Ward, request: Any) -> None:
    """Post a marked Bundle, good and bad."""
    entries = [e for value in request["prefetch"].values() if isinstance(value, dict) for e in value.get("entry", [])]
    patient = {"resource": {"resourceType": "Patient", "id": canaries.PATIENT}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [patient, *entries]}
    assert ward.ask("/playground/evaluate", json.dumps(bundle).encode()).status == 200
    assert ward.ask(f"/playground/evaluate?asOf={MARK}", json.dumps(bundle).encode()).status in {400, 422}
    assert ward.ask("/playground/evaluate", json.dumps({**bundle, "type": MARK}).encode()).status in {400, 422}


def wait_until_recorded(database: Path, cards: list[str]) -> None:
    """Wait until the store has every card that was shown: it is written behind the answers."""
    until = time.monotonic() + HANG_SECONDS
    with closing(sqlite3.connect(database)) as read:
        while read.execute("SELECT count(*) FROM issued_card").fetchone()[0] < len(cards):
            assert time.monotonic() < until, "a card that was shown is not recorded"
            time.sleep(0.05)


def stored(folder: Path) -> dict[str, bytes]:
    """Return all that the service wrote to the disk."""
    kept = {"keys.json", "clients.toml"}  # ours: the registry names the marked base
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name not in kept}


def test_no_mark_is_found_where_it_does_not_belong(ward: Ward, requests: list[Any]) -> None:
    cards = drive_charts(ward, requests)
    assert len(cards) >= 10
    drive_readings(ward, requests[0])
    drive_refusals(ward, requests[0])
    drive_a_defect(ward)
    drive_feedback(ward, cards)
    drive_the_playground(ward, requests[0])
    assert MARK not in ward.service.ask("GET", "/metrics").body.decode().lower()
    wait_until_recorded(ward.service.log.parent / "cds.db", cards)
    written = stored(ward.service.log.parent)
    assert {"server.log", "cds.db"} <= written.keys()
    for name, raw in written.items():
        assert MARK.encode() not in raw.lower(), (name, raw[max(0, raw.lower().find(b"cnrymark") - 200) :][:400])
        for sent in ward.tokens:
            for segment in sent.split("."):
                assert len(segment) < 12 or segment.encode() not in raw, name


def test_one_patient_s_answer_holds_nothing_of_another(ward: Ward, requests: list[Any]) -> None:
    other = json.loads(json.dumps(requests[1]).replace(MARK, "else"))
    other["fhirServer"] = requests[1]["fhirServer"]
    for _ in range(5):
        ward.call(requests[0])
        assert MARK not in ward.call(other).body.decode()


def test_a_database_that_is_away_gives_its_password_to_nobody(tmp_path: Path) -> None:
    away = f"postgresql+psycopg://cnrymark-user:{DATABASE_PASSWORD}@127.0.0.1:1/cnrymark"
    settings = {"CDS_SERVICES": "tests.security.offered:SERVICES", "CDS_DATABASE_URL": away}
    with serving(tmp_path, waits_for="/healthz", **settings) as running:
        feedback = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-03-02T10:00:00Z"}
        kept = running.post(f"{TOY}/feedback", json.dumps({"feedback": [feedback]}).encode())
        ready = running.ask("GET", "/readyz")
        figures = running.ask("GET", "/metrics")
    assert (kept.status, ready.status) == (503, 503)
    for body in (kept.body, ready.body, figures.body, running.log.read_bytes()):
        assert MARK not in body.decode().lower()
