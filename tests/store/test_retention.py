"""What is deleted by age, by tenant and by person, and what stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, select

from cds_service.store import Store
from cds_service.store.engine import connect
from cds_service.store.retention import Whose, forget, purge
from cds_service.store.schema import migrate
from cds_service.tables import feedback, issued_card, issued_rule, metadata, unknown_feedback
from tests.store.postgres import Postgres
from tests.store.words import NOW, ORIGIN, OTHER, exchange, issued, report, uuid_of

LONG_AGO = NOW - timedelta(days=500)


def rows(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        counted = {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in metadata.sorted_tables}
    return {name: number for name, number in counted.items() if number and name != "journal_position"}


def test_what_is_old_goes_with_its_rules_and_what_is_young_stays(store: Store) -> None:
    old, young = issued(), issued()
    store.record_issued(exchange(old, at=LONG_AGO))
    store.record_issued(exchange(young))
    assert store.flush()
    store.record_feedback(ORIGIN, [report(uuid_of(old)), report(str(uuid4()))], received_at=LONG_AGO)
    store.record_feedback(ORIGIN, [report(uuid_of(young))], received_at=NOW)
    keep, keep_comments = timedelta(days=400), timedelta(days=90)
    would = purge(store.engine, now=NOW, keep=keep, keep_comments=keep_comments, dry=True)
    assert (would["issued_card"], would["feedback"], would["unknown_feedback"]) == (0, 1, 1)
    assert rows(store)["feedback"] == 2, "a dry run deletes nothing"
    gone = purge(store.engine, now=NOW, keep=keep, keep_comments=keep_comments)
    assert (gone["issued_card"], gone["feedback"], gone["unknown_feedback"], gone["exchange_count"]) == (1, 1, 1, 1)
    assert rows(store) == {"issued_card": 1, "issued_rule": 2, "issued_cause": 1, "feedback": 1, "exchange_count": 1}


def test_old_comments_are_blanked_before_their_reports_go(store: Store) -> None:
    store.record_feedback(ORIGIN, [report(str(uuid4()), comment="text")], received_at=NOW - timedelta(days=100))
    gone = purge(store.engine, now=NOW, keep=timedelta(days=400), keep_comments=timedelta(days=90))
    assert gone["comments"] == 1
    with store.engine.connect() as connection:
        assert connection.scalars(select(unknown_feedback.c.comment)).all() == [""]


def test_one_patient_is_forgotten_in_one_tenant(store: Store) -> None:
    theirs, others, elsewhere = issued(), issued(), issued()
    patient = store.secrecy.hashed("patient", ORIGIN.issuer, ORIGIN.tenant, "p1")
    store.record_issued(exchange(theirs, patient=patient))
    store.record_issued(exchange(others))
    store.record_issued(exchange(elsewhere, origin=OTHER, patient=patient))
    assert store.flush()
    store.record_feedback(ORIGIN, [report(uuid_of(theirs)), report(uuid_of(others))], received_at=NOW)
    gone = forget(store.engine, Whose(ORIGIN.issuer, ORIGIN.tenant, patient_hash=patient))
    assert gone == {"feedback": 1, "issued_card": 1}
    with store.engine.connect() as connection:
        assert set(connection.scalars(select(issued_card.c.card))) == {uuid_of(others), uuid_of(elsewhere)}
        assert set(connection.scalars(select(feedback.c.card))) == {uuid_of(others)}
        assert uuid_of(theirs) not in set(connection.scalars(select(issued_rule.c.card)))


def test_a_tenant_is_forgotten_whole(store: Store) -> None:
    for origin in (ORIGIN, OTHER):
        card = issued()
        store.record_issued(exchange(card, origin=origin))
        assert store.flush()
        store.record_feedback(origin, [report(uuid_of(card)), report(str(uuid4()))], received_at=NOW)
    forget(store.engine, Whose(ORIGIN.issuer, ORIGIN.tenant))
    assert rows(store) == {
        **{"issued_card": 1, "issued_rule": 2, "issued_cause": 1, "feedback": 1},
        **{"unknown_feedback": 1, "exchange_count": 1},
    }


def test_many_rows_go_in_small_transactions(store: Store) -> None:
    store.record_issued(exchange(*(issued() for _ in range(2500)), at=LONG_AGO))
    assert store.flush(30)
    assert purge(store.engine, now=NOW, keep=timedelta(days=1), keep_comments=timedelta())["issued_card"] == 2500
    assert rows(store) == {}


@pytest.mark.postgres
def test_unknown_feedback_may_take_longer_than_a_call_may(postgres: Postgres) -> None:
    url = postgres.create("much-unknown")
    migrate(url)
    with psycopg.connect(postgres.dsn(url)) as slow:
        slow.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(4); RETURN NULL; END'"
        )
        slow.execute("CREATE TRIGGER slow BEFORE DELETE ON unknown_feedback EXECUTE FUNCTION slow()")
    engine = connect(url)
    assert forget(engine, Whose(ORIGIN.issuer, ORIGIN.tenant, patient_hash="p"))["feedback"] == 0
    engine.dispose()


def test_what_sqlite_deletes_is_gone_from_the_disk(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/store.db")
    store = Store(f"sqlite:///{tmp_path}/store.db", secret_key="k" * 32)
    hashed = store.secrecy.hashed("patient", ORIGIN.issuer, ORIGIN.tenant, "p1")
    store.record_issued(exchange(issued(), patient=hashed))
    assert store.flush()
    assert any(hashed.encode() in path.read_bytes() for path in tmp_path.glob("store.db*") if path.is_file())
    forget(store.engine, Whose(ORIGIN.issuer, ORIGIN.tenant, patient_hash=hashed))
    assert not any(hashed.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    store.close()
