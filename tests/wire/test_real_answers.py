"""The real service on every shipped chart, over a real socket: whatever it says, it says it as CDS Hooks asks."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cds_service.published import schema
from tests.serving import ROOT, Server, serving

from .bodies import REASONING
from .test_conformance import UUID, values

FIXTURES = sorted(path.parent for path in (ROOT / "fhir_fixtures").glob("*/chart.json"))
ANSWERS = Draft202012Validator(schema("response"))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the service as it is installed."""
    with serving(tmp_path_factory.mktemp("real")) as running:
        yield running


def test_discovery_is_what_clients_rely_on(real: Server) -> None:
    found: Any = real.ask("GET", "/cds-services").json()
    (service,) = found["services"]
    assert {name: service[name] for name in ("id", "hook", "version", "hookVersion")} == {
        "id": "steroid-injection-followup",
        "hook": "patient-view",
        "version": "3.0.0",
        "hookVersion": "1.0",
    }
    assert service["title"]
    assert service["description"]
    assert service["usageRequirements"]
    assert next(iter(service["prefetch"])) == "patient"
    Draft202012Validator(schema("discovery")).validate(found)


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: folder.name)
def test_answer_is_conformant(real: Server, folder: Path) -> None:
    as_of = tomllib.loads((folder / "case.toml").read_text())["as_of"]
    got = real.post(f"/playground/evaluate?asOf={as_of}", (folder / "chart.json").read_bytes())
    assert got.status == 200, got.body
    answer: Any = got.json()
    ANSWERS.validate(answer)
    reasoning = answer["extension"][REASONING]
    assert reasoning["asOf"] == str(as_of)
    cards = answer["cards"]
    assert not [path for path, value in values(cards) if path and (value is None or value in ("", [], {}))]
    assert not [path for path, value in values(cards) if isinstance(value, float) and value != value]
    ids = [card["uuid"] for card in cards] + [s["uuid"] for card in cards for s in card.get("suggestions", [])]
    assert len(ids) == len(set(ids))
    assert all(UUID.fullmatch(one) for one in ids)
    for card in cards:
        check_card(card)


def check_card(card: dict[str, Any]) -> None:
    """Check what the schema cannot say of a card."""
    assert "\n" not in card["summary"]
    assert card["source"]["topic"]["code"]
    for suggestion in card.get("suggestions", []):
        assert "actionSelectionBehavior" not in suggestion
        (action,) = suggestion["actions"]
        assert action["type"] == "create"
        assert action["resource"]["resourceType"] == "ServiceRequest"
        assert (action["resource"]["status"], action["resource"]["intent"]) == ("draft", "proposal")


def test_a_call_with_nothing_in_the_chart_is_answered(real: Server) -> None:
    body: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "prefetch": {},
    }
    found: Any = real.ask("GET", "/cds-services").json()
    body["prefetch"] = dict.fromkeys(found["services"][0]["prefetch"])
    got = real.post("/cds-services/steroid-injection-followup", json.dumps(body).encode())
    assert (got.status, got.json()) == (200, {"cards": []})
