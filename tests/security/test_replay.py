"""A token is used once: in one process, across processes, on both databases, and while the database is away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cds_service.errors import NotAuthenticated, Unavailable
from cds_service.security import replay
from cds_service.security.replay import SeenAnywhere, SeenHere
from cds_service.store.engine import connect
from cds_service.tables import used_token
from tests.serving import ROOT

from .gates import Door
from .signing import ISSUER, NOW, TENANT, token

PROCESSES, TOKENS = 8, 150


def test_across_processes_each_token_has_one_first_use(url: str) -> None:
    command = [sys.executable, "-m", "tests.security.racer", url, str(TOKENS)]
    racers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        won = [racer.communicate("go\n", timeout=120)[0].split() for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    assert sorted(jti for jtis in won for jti in jtis) == sorted(map(str, range(TOKENS)))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    connected = connect(url)
    yield connected
    connected.dispose()


@pytest.fixture
def used(engine: Engine) -> SeenAnywhere:
    return SeenAnywhere(engine)


def first(used: SeenAnywhere | SeenHere, jti: str = "n1", *, issuer: str = ISSUER, tenant: str = TENANT) -> bool:
    return used.is_first(issuer, tenant, jti, expires=NOW + 100, now=NOW, writes=False)


def test_the_key_is_issuer_tenant_and_id(used: SeenAnywhere) -> None:
    assert first(used)
    assert not first(used)
    assert first(used, tenant="ward-b")
    assert first(used, issuer="https://other.example.org")
    assert first(used, "n2")
    assert not first(used, "n2")


def test_ids_of_any_letters_are_kept(used: SeenAnywhere) -> None:
    for jti in ("'; DROP TABLE used_token;--", "a" * 256, "%00", "é"):
        assert first(used, jti)
        assert not first(used, jti)


def test_expired_tokens_are_forgotten_and_others_are_not(engine: Engine, used: SeenAnywhere) -> None:
    for number in range(20):
        used.is_first(ISSUER, TENANT, f"old{number}", expires=NOW + 10, now=NOW, writes=False)
    used.is_first("https://other.example.org", TENANT, "old1", expires=NOW + 1000, now=NOW, writes=False)
    used.is_first(ISSUER, TENANT, "new", expires=NOW + 1000, now=NOW + 200, writes=False)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(used_token)).scalar() == 2
    assert not used.is_first(
        "https://other.example.org", TENANT, "old1", expires=NOW + 1000, now=NOW + 201, writes=False
    )


def test_however_many_have_expired_the_calls_that_follow_forget_them_all(
    engine: Engine, used: SeenAnywhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PRUNE_ROWS", 7)
    for number in range(30):
        used.is_first(ISSUER, TENANT, f"old{number}", expires=NOW + 10, now=NOW, writes=False)
    for number in range(5):
        used.is_first(ISSUER, TENANT, f"new{number}", expires=NOW + 1000, now=NOW + 200, writes=False)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(used_token)).scalar() == 5


def away(tmp_path: Path, fallbacks: list[None]) -> SeenAnywhere:
    """Return a store whose database cannot be opened."""
    return SeenAnywhere(
        connect(f"sqlite:///{tmp_path}/no/such/folder/x.db"), on_fallback=lambda: fallbacks.append(None)
    )


def test_with_the_store_away_a_call_is_checked_by_its_process_alone(tmp_path: Path) -> None:
    fallbacks: list[None] = []
    used = away(tmp_path, fallbacks)
    assert first(used)
    assert not first(used)
    assert len(fallbacks) == 1


def test_with_the_store_away_a_write_is_refused(tmp_path: Path) -> None:
    used = away(tmp_path, [])
    with pytest.raises(Unavailable):
        used.is_first(ISSUER, TENANT, "n1", expires=NOW + 100, now=NOW, writes=True)


def test_the_gate_refuses_a_replay_through_another_gate(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = (Door(tmp_path / name, used=lambda: SeenAnywhere(engine)) for name in "ab")
    one.knock(token())
    with pytest.raises(NotAuthenticated):
        other.knock(token())


def test_what_a_process_keeps_is_bounded_and_forgotten() -> None:
    used = SeenHere()
    assert first(used)
    assert not first(used)
    assert used.is_first(ISSUER, TENANT, "n1", expires=NOW + 900, now=NOW + 300)
