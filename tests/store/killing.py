"""Clients that report feedback without pause while someone kills what they talk to, and the count afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, func, select

from cds_service.config import Settings
from cds_service.store import Store
from cds_service.store.journal import folder_for
from cds_service.tables import exchange_count, feedback, issued_card, unknown_feedback
from tests.serving import HANG_SECONDS, Server
from tests.wire.bodies import CALL, FEEDBACK, overridden, sent

CLIENTS = 4


@dataclass
class Ledger:
    """What the clients were told: reports acknowledged, reports still in doubt, charts answered, and how."""

    acknowledged: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    views: Counter[int | str] = field(default_factory=Counter)
    reports: Counter[int | str] = field(default_factory=Counter)
    kills: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the database holds against what the clients were told."""

    kills: int
    acknowledged: int
    lost: int
    doubled: int
    from_nowhere: int
    shown: int
    cards_lost: int


class Clients:
    """Open charts and report on their cards, each report again until it is acknowledged."""

    def __init__(self, server: Server, *, views: bool = True) -> None:
        self.server = server
        self.ledger = Ledger()
        self._views = views
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> Clients:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> Ledger:
        """Have each client finish the report that it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        return self.ledger

    def _work(self) -> None:
        while not self._stop.is_set():
            cards = [self._open_chart() if self._views else None, str(uuid4())]
            comment = str(uuid4())  # tells this report from all others
            named = [card for card in cards if card]
            body = json.dumps(
                {"feedback": [overridden(c, overrideReason={"reason": {"code": comment}}) for c in named]}
            )
            with self._lock:
                self.ledger.sent.update(f"{c} {comment}" for c in named)
            while not self._post(FEEDBACK, body.encode()):
                if self._stop.is_set():
                    break
                time.sleep(0.02)
            else:
                with self._lock:
                    self.ledger.acknowledged.update(f"{c} {comment}" for c in named)

    def _open_chart(self) -> str | None:
        patient = f"p{random.randrange(10**9)}"  # another patient each time, or repeat control would hold cards back
        said = sent().replace(b'"p1"', f'"{patient}"'.encode()).replace(b"Patient/p1", f"Patient/{patient}".encode())
        body = self._post(CALL, said)
        if not body:
            return None
        cards = json.loads(body)["cards"]
        with self._lock:
            self.ledger.shown.update(card["uuid"] for card in cards)
        return str(cards[0]["uuid"]) if cards else None

    def _post(self, path: str, body: bytes) -> bytes:
        try:
            answer = self.server.post(path, body)
        except (OSError, HTTPException) as broken:
            self._count(path, type(broken).__name__)
            return b""
        self._count(path, answer.status)
        return answer.body if answer.status == 200 else b""

    def _count(self, path: str, what: int | str) -> None:
        with self._lock:
            (self.ledger.views if path == CALL else self.ledger.reports)[what] += 1


def _start_once_more(url: str) -> None:
    """Let a process write what the last one left in its journal, if it was killed or stopped too soon."""
    store = Store.open(Settings(database_url=url))
    until = time.monotonic() + HANG_SECONDS
    while list(folder_for(url).glob("*.journal")) and time.monotonic() < until:
        time.sleep(0.05)
    store.close()


def kill_often(kill: Callable[[], None], ledger: Ledger, *, times: int, pause: tuple[float, float]) -> None:
    """Kill at random moments, but only once work has gone on since the last time."""
    for _ in range(times):
        before = len(ledger.acknowledged)
        until = time.monotonic() + HANG_SECONDS
        while len(ledger.acknowledged) == before:
            assert time.monotonic() < until, f"no report was acknowledged any more: {ledger.reports}"
            time.sleep(0.002)
        time.sleep(random.uniform(*pause))
        kill()
        ledger.kills += 1


def kill_worker(master: int) -> None:
    """Kill the server's worker process outright; its master starts another."""
    for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def verdict(url: str, ledger: Ledger) -> Verdict:
    """Compare what the database holds with what the clients were told, once the next process has looked around."""
    _start_once_more(url)
    engine = create_engine(url)
    stored: Counter[str] = Counter()
    with engine.connect() as connection:
        for table in (feedback, unknown_feedback):
            rows = connection.execute(select(table.c.card, table.c.reason_code))
            stored.update(f"{card} {code}" for card, code in rows)
        cards = set(connection.scalars(select(issued_card.c.card)))
        exchanges = connection.scalar(select(func.sum(exchange_count.c.exchanges))) or 0
        assert exchanges == len(cards), "each chart view was answered with one card, and counted once"
    engine.dispose()
    return Verdict(
        kills=ledger.kills,
        acknowledged=len(ledger.acknowledged),
        lost=len(ledger.acknowledged - stored.keys()),
        doubled=sum(count - 1 for count in stored.values()),
        from_nowhere=len(stored.keys() - ledger.sent),
        shown=len(ledger.shown),
        cards_lost=len(ledger.shown - cards),
    )
