"""A 200 means committed: the service and PostgreSQL are killed at random moments, and nothing is lost or doubled.

`make test` does it a few times, `make kill` (TEST_KILLS=n) some hundred times.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cds_service.store.schema import migrate
from tests.serving import serving
from tests.store.killing import Clients, Verdict, kill_often, kill_worker, verdict
from tests.store.postgres import Postgres

KILLS = int(os.environ.get("TEST_KILLS", "12"))
SERVER_KILLS = max(3, KILLS // 5)
TOY = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_REPEAT_DAYS": "0"}


def test_the_service_is_killed_and_loses_nothing(url: str, tmp_path: Path) -> None:
    with serving(tmp_path, CDS_DATABASE_URL=url, **TOY) as server:
        clients = Clients(server).start()
        kill_often(lambda: kill_worker(server.pid), clients.ledger, times=KILLS, pause=(0.0, 0.15))
        ledger = clients.stop()
    found = verdict(url, ledger)
    tell(f"{url.partition(':')[0]}: the service killed", found)
    assert (found.lost, found.doubled, found.from_nowhere, found.cards_lost) == (0, 0, 0, 0)
    assert found.acknowledged > KILLS
    assert found.shown, "charts were opened too"


@pytest.mark.postgres
def test_postgresql_is_killed_and_loses_nothing(killable: Postgres, tmp_path: Path) -> None:
    url = killable.create("killed")
    migrate(url)

    def kill() -> None:
        killable.kill()
        killable.start()

    with serving(tmp_path, CDS_DATABASE_URL=url, **TOY) as server:
        clients = Clients(server).start()
        kill_often(kill, clients.ledger, times=SERVER_KILLS, pause=(0.0, 0.4))
        ledger = clients.stop()
    found = verdict(url, ledger)
    tell("PostgreSQL killed", found)
    assert (found.lost, found.doubled, found.from_nowhere, found.cards_lost) == (0, 0, 0, 0)
    assert ledger.views.keys() == {200}, "charts go on being answered"
    assert ledger.reports.keys() <= {200, 503}


def tell(what: str, found: Verdict) -> None:
    """Show the figures of a long run (make kill); pytest -s shows those of a short one."""
    sys.stdout.write(f"\n{what}: {found}\n")
