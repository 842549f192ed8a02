"""What reaches the user: repeat-card control and shadow mode, through the record that the endpoints use."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec
import pytest
from sqlalchemy import func, select

from cds_service.delivery import StoredRecord
from cds_service.parts import Caller
from cds_service.protocol import Feedback, RequestBody
from cds_service.repeat import RepeatRules
from cds_service.service import Assessment, IssuedCard
from cds_service.store import Store
from cds_service.tables import exchange_count, issued_card, issued_cause, issued_rule
from tests.store.words import NOW, issued, uuid_of
from tests.toy import Toy

NORTH = Caller(name="north-ehr", issuer="https://ehr.example.org", tenant="north")


class Ward:
    """A ward that opens charts and answers cards, at a clock of its own."""

    def __init__(self, store: Store, per: Literal["user", "patient"] = "user") -> None:
        self.store = store
        self.now = NOW
        self.record = StoredRecord(store, RepeatRules(per=per), clock=lambda: self.now)

    def open_chart(
        self, *cards: IssuedCard, user: str = "u1", patient: str = "p1", caller: Caller = NORTH
    ) -> Assessment:
        body = msgspec.convert(
            {
                "hook": "patient-view",
                "hookInstance": "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f",
                "context": {"userId": f"Practitioner/{user}", "patientId": patient},
            },
            RequestBody,
        )
        return self.record.shown(Toy(), body, _assessment(*cards), caller=caller)

    def override(self, card: IssuedCard, code: str = "other", caller: Caller = NORTH) -> None:
        said = {
            "card": uuid_of(card),
            "outcome": "overridden",
            "outcomeTimestamp": self.now.isoformat(),
            "overrideReason": {"reason": {"code": code}},
        }
        self.record.feedback(Toy().id, [msgspec.convert(said, Feedback)], caller=caller)
        assert self.store.flush()

    def wait(self, days: float) -> None:
        self.now += timedelta(days=days)


def _assessment(*cards: IssuedCard) -> Assessment:
    listed = [{"kind": card.kind, "indicator": card.indicator, "uuid": card.card.uuid} for card in cards]
    return Assessment(
        cards=cards, explain=lambda: {"episodes": [{"region": "hip", "cards": listed}]}, knowledge_version="1"
    )


@pytest.fixture
def ward(store: Store) -> Ward:
    return Ward(store)


def test_an_overridden_card_stays_away_and_the_explanation_says_why(ward: Ward) -> None:
    first, second = issued(), issued()
    assert ward.open_chart(first).cards == (first,)
    ward.override(first, "patient-declined")
    ward.wait(1)
    again = ward.open_chart(second)
    assert again.cards == ()
    (listed,) = again.explanation["episodes"][0]["cards"]
    assert listed["uuid"] == uuid_of(second)
    assert "overrode the same advice on 2026-03-02 (patient-declined)" in listed["heldBack"]
    ward.wait(180)
    assert len(ward.open_chart(issued()).cards) == 1


def test_new_content_another_patient_another_user_another_tenant_are_shown(ward: Ward) -> None:
    card = issued()
    ward.open_chart(card)
    ward.override(card)
    assert ward.open_chart(issued()).cards == ()
    assert ward.open_chart(issued(content_key="something new")).cards
    assert ward.open_chart(issued(), patient="p2").cards
    assert ward.open_chart(issued(), user="u2").cards
    assert ward.open_chart(issued(), caller=Caller(name="south", issuer=NORTH.issuer, tenant="south")).cards


def test_by_setting_one_user_answers_for_the_patient(store: Store) -> None:
    ward = Ward(store, per="patient")
    card = issued()
    ward.open_chart(card)
    ward.override(card)
    assert ward.open_chart(issued(), user="u2").cards == ()


def test_a_critical_card_is_shown_however_often_it_was_overridden(ward: Ward) -> None:
    card = issued("redflag-septic-joint", indicator="critical")
    ward.open_chart(card)
    ward.override(card)
    assert ward.open_chart(issued("redflag-septic-joint", indicator="critical")).cards


def test_a_later_acceptance_brings_the_card_back(ward: Ward) -> None:
    card = issued()
    ward.open_chart(card)
    ward.override(card)
    ward.wait(0.1)
    said = {
        "card": uuid_of(card),
        "outcome": "accepted",
        "outcomeTimestamp": ward.now.isoformat(),
        "acceptedSuggestions": [{"id": "s1"}],
    }
    ward.record.feedback(Toy().id, [msgspec.convert(said, Feedback)], caller=NORTH)
    assert ward.open_chart(issued()).cards


def test_in_shadow_everything_is_recorded_and_nothing_shown(ward: Ward) -> None:
    shadow = Caller(name="north-ehr", issuer=NORTH.issuer, tenant="north", shadow=True)
    shown = ward.open_chart(issued(), issued("redflag-septic-joint", indicator="critical"), caller=shadow)
    assert shown.cards == ()
    assert all("shadow" in card["heldBack"] for card in shown.explanation["episodes"][0]["cards"])
    assert ward.store.flush()
    with ward.store.engine.connect() as connection:
        rows = connection.execute(select(issued_card.c.kind, issued_card.c.withheld)).all()
    assert sorted(rows) == [("failure-review", "shadow"), ("redflag-septic-joint", "shadow")]


def test_what_is_kept_names_nobody(ward: Ward) -> None:
    ward.open_chart(issued(), patient="MRN-0815", user="dr-house")
    ward.open_chart(patient="MRN-0815")
    assert ward.store.flush()
    with ward.store.engine.connect() as connection:
        (row,) = connection.execute(select(issued_card)).all()
        assert connection.scalar(select(func.sum(exchange_count.c.exchanges))) == 2
        assert {rule for (rule,) in connection.execute(select(issued_rule.c.rule))} == {"E4.2", "E4.3"}
        assert connection.scalars(select(issued_cause.c.cause)).all() == ["incorrect-location"]
    assert "0815" not in str(row)
    assert "house" not in str(row)
    assert (len(row.patient_hash), len(row.user_hash), row.kind) == (32, 32, "failure-review")


def test_with_the_database_away_every_card_is_shown_at_once() -> None:
    store = Store("postgresql+psycopg://nobody@127.0.0.1:1/none", secret_key="k" * 32)
    ward = Ward(store)
    assert all(ward.open_chart(issued()).cards for _ in range(50))
    assert store.figures()["lookup_failed"] == 1, "after one failure it is left in peace for a while"
    assert store.figures()["waiting"] >= 49
    assert [finding.room for finding in store.ready()] == ["store"]
    store.close()
