"""A database that is down stops no chart from being answered, and so takes no instance out of service."""

from __future__ import annotations

from pathlib import Path

from tests.serving import serving
from tests.wire.bodies import CALL, sent


def test_without_the_database_an_instance_is_ready_for_calls_and_not_for_all(tmp_path: Path) -> None:
    away = f"postgresql+psycopg://nobody@/none?host={tmp_path}"
    settings = {"CDS_SERVICES": "tests.toy:SERVICES", "CDS_DATABASE_URL": away}
    with serving(tmp_path, waits_for="/readyz?for=calls", **settings) as server:
        assert server.ask("GET", "/readyz").status == 503
        assert server.post(CALL, sent()).status == 200
