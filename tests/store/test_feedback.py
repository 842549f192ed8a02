"""Feedback as the specification has it: batches, repeats, several instances, comments, reasons, unknown cards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Table, func, select

from cds_service.feedback import reports_of
from cds_service.protocol import Feedback
from cds_service.store import Store
from cds_service.tables import feedback, unknown_feedback
from tests.store.words import NOW, ORIGIN, OTHER, exchange, issued, report, uuid_of


def count(store: Store, table: Table) -> int:
    with store.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def show(store: Store, *kinds: str, origin: object = ORIGIN) -> list[str]:
    cards = [issued(kind) for kind in kinds]
    assert store.record_issued(exchange(*cards))
    assert store.flush()
    return [uuid_of(card) for card in cards]


def test_a_batch_over_several_cards_and_calls_is_stored_whole(store: Store) -> None:
    (first,), (second, third) = show(store, "too-early"), show(store, "failure-review", "data-gap")
    said = [
        report(first, "accepted", suggestions=("s2", "s1")),
        report(second, code="patient-declined", system="urn:ours"),
        report(third, comment="seen already"),
    ]
    receipt = store.record_feedback(ORIGIN, said, received_at=NOW)
    assert (receipt.recorded, receipt.repeated, receipt.unknown) == (3, 0, 0)
    with store.engine.connect() as connection:
        rows = {row.card: row for row in connection.execute(select(feedback))}
    assert rows[first].suggestions == '["s2","s1"]'
    assert (rows[second].reason_system, rows[second].reason_code) == ("urn:ours", "patient-declined")
    assert rows[third].comment != "seen already"
    assert store.secrecy.opened(rows[third].comment) == "seen already"
    assert rows[first].outcome_at == NOW + timedelta(minutes=2)


def test_a_repeat_is_the_same_report_and_a_later_acceptance_is_another(store: Store) -> None:
    (card,) = show(store, "failure-review")
    once = report(card, "accepted", suggestions=("s1", "s2"))
    again = report(card, "accepted", suggestions=("s2", "s1"))
    later = report(card, "accepted", suggestions=("s3",), at=NOW + timedelta(hours=1))
    assert store.record_feedback(ORIGIN, [once], received_at=NOW).recorded == 1
    receipt = store.record_feedback(ORIGIN, [again, later, later], received_at=NOW)
    assert (receipt.recorded, receipt.repeated) == (1, 2)
    assert count(store, feedback) == 2


def test_the_same_call_a_hundred_times_at_once_is_one_row(store: Store) -> None:
    (card,) = show(store, "failure-review")
    said = [report(card, code="other", comment="x"), report(str(uuid4()))]

    def send(_: int) -> int:
        return store.record_feedback(ORIGIN, said, received_at=NOW).recorded

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(100))) == 2
    assert (count(store, feedback), count(store, unknown_feedback)) == (1, 1)


@pytest.mark.parametrize(
    "unknown",
    [
        pytest.param(lambda _: (ORIGIN, str(uuid4())), id="a card that we never issued"),
        pytest.param(lambda _: (ORIGIN, "no uuid at all " * 1000), id="a card id that is no uuid, and long"),
        pytest.param(lambda card: (OTHER, card), id="a card of another tenant"),
    ],
)
def test_feedback_of_an_unknown_card_is_stored_apart(store: Store, unknown: object) -> None:
    assert callable(unknown)
    origin, card = unknown(show(store, "failure-review")[0])
    receipt = store.record_feedback(origin, [report(card)], received_at=NOW)
    assert (receipt.recorded, receipt.unknown) == (1, 1)
    assert (count(store, feedback), count(store, unknown_feedback)) == (0, 1)


@pytest.mark.parametrize("reason", ["shadow", "repeat"])
def test_a_card_that_was_held_back_cannot_have_been_answered(store: Store, reason: str) -> None:
    card = issued()
    store.record_issued(exchange(card, withheld={uuid_of(card): reason}))
    assert store.flush()
    assert store.record_feedback(ORIGIN, [report(uuid_of(card))], received_at=NOW).unknown == 1


def test_feedback_that_overtakes_its_card_is_counted_once_the_card_is_written(store: Store) -> None:
    card = issued()
    assert store.record_feedback(ORIGIN, [report(uuid_of(card))], received_at=NOW).unknown == 1
    store.record_issued(exchange(card))
    assert store.flush()
    assert (count(store, feedback), count(store, unknown_feedback)) == (1, 0)
    assert store.record_feedback(ORIGIN, [report(uuid_of(card))], received_at=NOW).repeated == 1


def test_upper_case_uuids_name_the_same_card(store: Store) -> None:
    (card,) = show(store, "failure-review")
    said = Feedback(card=card.upper(), outcome="overridden", outcome_timestamp="2026-03-02T09:00:00Z")
    (shouted,) = reports_of([said], now=NOW)
    assert store.record_feedback(ORIGIN, [shouted], received_at=NOW).unknown == 0


def test_comments_are_dropped_where_the_site_does_not_keep_them(url: str) -> None:
    store = Store(url, secret_key="k" * 32, keep_comments=False)
    store.record_feedback(ORIGIN, [report(str(uuid4()), comment="Mrs Smith")], received_at=NOW)
    with store.engine.connect() as connection:
        assert connection.scalar(select(unknown_feedback.c.comment)) == ""
    store.close()


def test_no_reports_are_no_transaction(store: Store) -> None:
    assert store.record_feedback(ORIGIN, [], received_at=NOW).recorded == 0


def test_a_thousand_reports_fit_in_one_call(store: Store) -> None:
    said = [report(str(uuid4()), code="x" * 5000) for _ in range(1000)]
    assert store.record_feedback(ORIGIN, said, received_at=NOW).recorded == 1000
