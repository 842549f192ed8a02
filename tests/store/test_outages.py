"""Disk full, locked, read-only, down: charts go on being answered, feedback gets 503, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, func, select

from cds_service.errors import Unavailable
from cds_service.security.replay import SeenAnywhere
from cds_service.store.engine import allow, connect
from cds_service.store.schema import migrate
from cds_service.tables import feedback, issued_card
from tests.security.test_signed_service import fresh, settings_of
from tests.serving import HANG_SECONDS, Answer, Server, serving
from tests.store.postgres import ORDINARY, Postgres
from tests.wire.bodies import CALL, FEEDBACK, overridden, sent

TOY = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_REPEAT_DAYS": "30"}
Outage = Callable[[], AbstractContextManager[None]]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")


@dataclass
class Ward:
    """Charts opened and cards answered, with the slowest chart."""

    server: Server
    shown: list[str] = field(default_factory=list)
    slowest: float = 0.0
    signed: bool = False

    def post(self, path: str, body: bytes) -> Answer:
        return self.server.post(path, body, **({"Authorization": f"Bearer {fresh(path)}"} if self.signed else {}))

    def open_charts(self, number: int) -> None:
        for _ in range(number):
            body = sent().replace(b"p1", f"p-{uuid4()}".encode())
            begun = time.monotonic()
            answer = self.post(CALL, body)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            assert answer.status == 200, answer.body
            self.shown.append(json.loads(answer.body)["cards"][0]["uuid"])

    def report(self) -> bytes:
        return json.dumps(
            {"feedback": [overridden(self.shown[-1], overrideReason={"userComment": "x" * 50_000})]}
        ).encode()

    def send(self, body: bytes) -> int:
        answer = self.post(FEEDBACK, body)
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1
        return answer.status

    def send_until(self, body: bytes, status: int, seconds: float = HANG_SECONDS) -> None:
        until = time.monotonic() + seconds
        while (got := self.send(body)) != status:
            assert time.monotonic() < until, f"still {got}"
            time.sleep(0.05)


def live_through(url: str, folder: Path, outage: Outage, *, before: bool = True, signed: bool = False) -> None:
    """Serve through an outage: well, away, well again; afterwards everything is there, once."""
    settings = {**TOY, **(settings_of(folder) if signed else {}), "CDS_DATABASE_URL": url, "CDS_WORKERS": "1"}
    with serving(folder, waits_for="/readyz" if before else "/healthz", **settings) as server:
        ward = Ward(server, signed=signed)
        if before:
            ward.open_charts(3)
            ward.send_until(ward.report(), 200)
        with outage():
            ward.open_charts(5)
            report = ward.report()
            ward.send_until(report, 503)
            ward.open_charts(20)
            assert ward.send(report) == 503
            assert ward.slowest < HANG_SECONDS / 2, f"a chart waited {ward.slowest:.2f} s for the store"
        ward.send_until(report, 200)
        assert ward.send(report) == 200
    assert stored(url) == (len(ward.shown), 1 + before)


def stored(url: str) -> tuple[int, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        cards = connection.scalar(select(func.count()).select_from(issued_card)) or 0
        reports = connection.scalar(select(func.count()).select_from(feedback)) or 0
    engine.dispose()
    return cards, reports


def test_sqlite_is_locked_by_another_program(tmp_path: Path) -> None:
    @contextmanager
    def locked() -> Iterator[None]:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()

    live_through(f"sqlite:///{tmp_path}/store.db", tmp_path, locked)


@pytest.mark.postgres
def test_postgresql_has_its_tables_locked(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create("locked")
    migrate(url)

    @contextmanager
    def locked() -> Iterator[None]:
        with psycopg.connect(postgres.dsn(url)) as other:
            other.execute("LOCK TABLE issued_card, feedback IN ACCESS EXCLUSIVE MODE")
            yield

    live_through(url, tmp_path, locked)


@pytest.mark.postgres
def test_postgresql_is_down_and_comes_back(killable: Postgres, tmp_path: Path) -> None:
    url = killable.create("down")
    migrate(url)

    @contextmanager
    def down() -> Iterator[None]:
        killable.kill()
        yield
        killable.start()

    live_through(url, tmp_path, down)


@pytest.mark.postgres
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_postgresql_hangs_and_goes_on(killable: Postgres, tmp_path: Path, *, signed: bool) -> None:
    url = killable.create("hangs")
    migrate(url)
    live_through(url, tmp_path, killable.hanging, signed=signed)


@pytest.mark.postgres
def test_while_postgresql_hangs_a_process_knows_its_own_tokens_and_takes_no_write(killable: Postgres) -> None:
    url = killable.create("tokens")
    migrate(url)
    fallbacks: list[None] = []
    engine = connect(url)
    used = SeenAnywhere(engine, on_fallback=lambda: fallbacks.append(None))

    def first(jti: str, *, writes: bool = False) -> bool:
        return used.is_first("i", "t", jti, expires=2e9, now=1e9, writes=writes)

    assert first("before")
    with killable.hanging(), ThreadPoolExecutor(16) as calls:
        assert sum(calls.map(first, ["n1"] * 40)) == 1
        assert all(calls.map(first, map(str, range(100))))
        with pytest.raises(Unavailable):
            first("w", writes=True)
    until, alone = time.monotonic() + HANG_SECONDS, -1
    while len(fallbacks) > alone:
        assert time.monotonic() < until, "the database is still not asked"
        alone = len(fallbacks)
        time.sleep(0.05)
        first(str(uuid4()))
    assert not first("before")
    engine.dispose()


@pytest.mark.postgres
def test_a_transaction_that_is_given_more_time_waits_longer_and_the_next_one_does_not(postgres: Postgres) -> None:
    engine = connect(postgres.create("patience"))

    def patience(connection: Connection) -> float:
        pooled: Any = connection.connection.dbapi_connection
        return float(pooled.patience)

    with engine.begin() as connection:
        usual = patience(connection)
        allow(connection, seconds=30)
        assert patience(connection) > 30 > usual
    with engine.begin() as connection:
        assert patience(connection) == usual
    engine.dispose()


@pytest.mark.postgres
def test_postgresql_is_down_when_the_service_starts(killable: Postgres, tmp_path: Path) -> None:
    url = killable.create("late")
    migrate(url)
    killable.kill()

    @contextmanager
    def down() -> Iterator[None]:
        yield
        killable.start()

    with serving(tmp_path, waits_for="/healthz", CDS_DATABASE_URL=url, **TOY) as server:
        assert server.ask("GET", "/readyz").status == 503
        ward = Ward(server)
        with down():
            ward.open_charts(3)
            assert ward.send(ward.report()) == 503
        ward.send_until(ward.report(), 200)
        assert server.ask("GET", "/readyz").status == 200
    assert stored(url) == (3, 1)


@needs_root
def test_sqlite_s_disk_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:

        @contextmanager
        def full() -> Iterator[None]:
            with filled(disk):
                yield

        live_through(f"sqlite:///{disk}/store.db", tmp_path, full)


@needs_root
@pytest.mark.postgres
def test_postgresql_s_disk_is_full(killable: Postgres, tmp_path: Path) -> None:
    with small_disk(killable.root / "disk") as disk:
        space = disk / "space"
        space.mkdir()
        shutil.chown(space, ORDINARY)
        with psycopg.connect(killable.dsn("postgresql://x/postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
        url = killable.create("full", "TABLESPACE small")
        migrate(url)

        @contextmanager
        def full() -> Iterator[None]:
            with filled(disk):
                yield

        live_through(url, tmp_path, full)


@needs_root
def test_sqlite_is_read_only_when_the_service_starts(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    url = f"sqlite:///{folder}/store.db"
    migrate(url)
    mount("--bind", folder, folder)
    mount("-o", "remount,ro,bind", folder)

    @contextmanager
    def read_only() -> Iterator[None]:
        yield
        mount("-o", "remount,rw,bind", folder)

    try:
        live_through(url, tmp_path, read_only, before=False)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of its own, large enough for the tables."""
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=12m,mode=755", "none", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no byte free until the block ends."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    yield
    filler.unlink()


def mount(*arguments: object) -> None:
    """Mount, or skip where even root may not."""
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"mount is not allowed here: {done.stderr.decode()}")
