"""The journal: what a process leaves behind is written by another, once, and nobody else can read it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cds_service.store import Store
from cds_service.store.issued import Batch, Entry, write
from cds_service.store.journal import folder_for, orphans
from cds_service.store.schema import migrate
from cds_service.tables import exchange_count, issued_card
from tests.store.words import exchange, issued, uuid_of

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"
KEY = "a key of the tests, long enough for it"


@pytest.fixture
def left_behind(tmp_path: Path) -> Callable[[Path], list[str]]:
    """Return a way to leave two cards in a journal, as a process does whose database is away until it ends."""

    def leave(folder: Path) -> list[str]:
        store = Store(AWAY, secret_key=KEY)
        ours = folder_for(AWAY)
        cards = [issued(), issued()]
        for card in cards:
            store.record_issued(exchange(card))
        store.close()
        assert store.figures()["issued_lost"] == 0
        folder.mkdir(exist_ok=True)
        for path in ours.glob("*.journal"):
            shutil.move(path, folder / path.name)
        return [uuid_of(card) for card in cards]

    return leave


def counted(store: Store) -> tuple[set[str], int]:
    with store.engine.connect() as connection:
        cards = set(connection.scalars(select(issued_card.c.card)))
        return cards, int(connection.scalar(select(func.sum(exchange_count.c.exchanges))) or 0)


def adopt(url: str) -> tuple[set[str], int]:
    """Start a process on the database and let it look around."""
    store = Store(url, secret_key=KEY)
    store.record_issued(exchange())
    assert store.flush()
    found = counted(store)
    store.close()
    return found


def test_what_a_process_left_behind_is_written_by_the_next(
    left_behind: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    cards = left_behind(folder_for(url))
    assert adopt(url) == (set(cards), 3)
    assert list(folder_for(url).iterdir()) == []


def test_a_journal_that_was_written_already_is_not_counted_again(
    left_behind: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    cards = left_behind(folder_for(url))
    (path,) = folder_for(url).iterdir()
    copy = path.read_bytes()
    adopt(url)
    path.write_bytes(copy)  # as if the process had been killed between its commit and the end of its file
    assert adopt(url) == (set(cards), 4)


def test_a_torn_last_line_costs_that_line_only(left_behind: Callable[[Path], list[str]], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    cards = left_behind(folder_for(url))
    (path,) = folder_for(url).iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    assert adopt(url)[0] == {cards[0]}


def test_a_journal_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    alive = Store(url, secret_key=KEY)
    alive.record_issued(exchange(issued()))
    with orphans(folder_for(url)) as found:
        assert list(found) == []
    alive.close()


def test_only_this_user_can_read_it_and_it_names_nobody(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = Store(url, secret_key=KEY)
    store.record_issued(exchange(issued()))
    folder = folder_for(url)
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    assert b"did not help" not in path.read_bytes(), "a card's text is not kept"
    store.close()


def test_it_is_empty_whenever_all_is_written_and_goes_on_being_used(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = Store(url, secret_key=KEY)
    for _ in range(3):
        store.record_issued(exchange(issued()))
        (path,) = folder_for(url).iterdir()
        assert store.flush()
        assert path.read_bytes() == b""
    assert counted(store)[1] == 3
    store.close()


def test_a_folder_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    folder_for(url).mkdir(mode=0o777)
    folder_for(url).chmod(0o777)
    store = Store(url, secret_key=KEY)
    store.record_issued(exchange(issued()))
    assert store.flush()
    assert list(folder_for(url).iterdir()) == []
    store.close()


def test_without_a_journal_a_database_that_stays_away_costs_cards_and_they_are_counted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/no-folder\x7f/../no/store.db"
    (tmp_path / "no").write_text("a file where a folder should be")
    lost: list[tuple[str, int]] = []
    store = Store(url, secret_key=KEY, count=lambda event, by: lost.append((event, by)))
    store.record_issued(exchange(issued(), issued()))
    store.close()
    assert ("issued_lost", 2) in lost


def test_a_line_that_the_database_refuses_does_not_hold_up_the_others(store: Store) -> None:
    bad = exchange(issued(region="x" * 65))
    good = issued()
    store.record_issued(bad)
    store.record_issued(exchange(good))
    assert store.flush()
    assert uuid_of(good) in counted(store)[0]


def test_a_batch_whose_commit_went_unanswered_is_not_counted_twice(store: Store) -> None:
    batch = Batch("j" * 32, (Entry(1, exchange(issued())), Entry(2, exchange(issued()))))
    write(store.engine, batch)
    write(store.engine, batch)
    write(store.engine, Batch(batch.journal, (*batch.entries, Entry(3, exchange(issued())))))
    cards, exchanges = counted(store)
    assert (len(cards), exchanges) == (3, 3)
