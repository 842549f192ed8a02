"""The tables are made by migrations alone, up and down, whoever starts first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select

from cds_service.store import Store
from cds_service.store.engine import connect
from cds_service.store.schema import alembic_config, is_current, migrate, version
from cds_service.tables import HEAD, feedback, metadata
from tests.store.words import NOW, ORIGIN, exchange, issued, report, uuid_of


def test_the_head_in_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    engine = connect(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrations_go_down_and_up_again(url: str) -> None:
    migrate(url, to="base")
    engine = connect(url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert migrate(url) == HEAD
    engine.dispose()


def test_reports_that_are_there_already_are_told_whose_card_they_are_about(url: str) -> None:
    store = Store(url, secret_key="k" * 32)
    card = issued()
    store.record_issued(exchange(card))
    assert store.flush()
    store.record_feedback(ORIGIN, [report(uuid_of(card))], received_at=NOW)
    with store.engine.connect() as connection:
        before = connection.scalars(select(feedback.c.patient_hash)).all()
    migrate(url, to="0001")
    migrate(url)
    with store.engine.connect() as connection:
        assert connection.scalars(select(feedback.c.patient_hash)).all() == before != [""]
    store.close()


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda _: migrate(empty_url), range(6))) == {HEAD}


def test_sqlite_makes_its_tables_at_start_and_postgresql_waits_for_the_command(empty_url: str) -> None:
    store = Store(empty_url, secret_key="k" * 32)
    said = [finding.mend for finding in store.ready()]
    assert said == ([] if empty_url.startswith("sqlite") else ["run cds-service migrate"])
    migrate(empty_url)
    assert store.ready() == []
    assert version(store.engine) == HEAD
    assert is_current(store.engine)
    store.close()
