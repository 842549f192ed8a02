"""The real service from end to end: a card is shown, overridden, held back the next day, and counted."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from cds_service.app import create_app
from cds_service.config import Settings
from cds_service.store.engine import connect
from cds_service.tables import feedback, issued_card
from tests.cases.prefetch import prefetched
from tests.wire.bodies import EXPLAIN, REASONING

CALL = "/cds-services/steroid-injection-followup"
CASE = Path("fhir_fixtures/hip-unguided-obese")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/store.db")
    app = create_app(settings, today=lambda: date(2026, 3, 2), audit_stream=io.StringIO())
    yield app.test_client()
    app.extensions["store"].close()


def body(client: FlaskClient, user: str = "u1") -> Any:
    (service,) = client.get("/cds-services").get_json()["services"]
    chart = json.loads((CASE / "chart.json").read_text())
    patient = next(e["resource"]["id"] for e in chart["entry"] if e["resource"]["resourceType"] == "Patient")
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"userId": f"Practitioner/{user}", "patientId": patient},
        "prefetch": prefetched(chart, service["prefetch"]),
        "extension": EXPLAIN,
    }


def test_a_card_is_shown_overridden_held_back_and_counted(client: FlaskClient, tmp_path: Path) -> None:
    first = client.post(CALL, json=body(client)).get_json()
    (card,) = first["cards"]
    reason = next(r for r in card["overrideReasons"] if r["code"] == "patient-refuses")
    said = {
        "card": card["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": datetime.now(UTC).isoformat(),
        "overrideReason": {"reason": reason, "userComment": "wants to wait"},
    }
    assert client.post(f"{CALL}/feedback", json={"feedback": [said]}).status_code == 200
    again = held_back(client)
    assert again["cards"] == []
    (listed,) = [c for e in again["extension"][REASONING]["episodes"] for c in e["cards"]]
    assert "overrode the same advice" in listed["heldBack"]
    assert "(patient-refuses)" in listed["heldBack"]
    assert client.post(CALL, json=body(client, user="u2")).get_json()["cards"], "another user still sees it"
    client.application.extensions["store"].flush()
    rows = kept(tmp_path)
    assert {"", "repeat"} == {row.withheld for row in rows}
    assert {row.kind for row in rows} == {"failure-review"}


def held_back(client: FlaskClient) -> Any:
    """Open the chart again once the first card is written: its override counts from then on."""
    client.application.extensions["store"].flush()
    return client.post(CALL, json=body(client)).get_json()


def kept(folder: Path) -> list[Any]:
    engine = connect(f"sqlite:///{folder}/store.db")
    with engine.connect() as connection:
        rows = connection.execute(select(issued_card).order_by(issued_card.c.issued_at)).all()
        assert connection.execute(select(feedback)).all()
    engine.dispose()
    return list(rows)
