"""The commands around the store, as an operator types them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds_service.cli import main
from cds_service.store import Store
from tests.store.words import ORIGIN as HERE
from tests.store.words import exchange, issued, report, uuid_of

KEY = "a key of the tests, long enough for it"


@pytest.fixture
def kept(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a store with one card and its override in it, named by the environment."""
    monkeypatch.setenv("CDS_DATABASE_URL", url)
    monkeypatch.setenv("CDS_SECRET_KEY", KEY)
    store = Store(url, secret_key=KEY)
    card = issued()
    patient = store.secrecy.hashed("patient", HERE.issuer, HERE.tenant, "p1")
    store.record_issued(exchange(card, at=datetime.now(UTC), patient=patient))
    assert store.flush()
    store.record_feedback(HERE, [report(uuid_of(card), comment="not in this joint")], received_at=datetime.now(UTC))
    store.close()
    return url


def test_insights_are_printed_and_written(kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["insights", "--out", str(tmp_path / "out"), "--comments"]) == 0
    printed = capsys.readouterr().out
    assert "failure-review" in printed
    assert "not in this joint" in printed
    assert {"insights.html", "counts.csv", "measure-report.json"} <= {p.name for p in (tmp_path / "out").iterdir()}


def test_purge_counts_first_and_deletes_what_is_old(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["purge", "--dry-run"]) == 0
    assert "would delete        0  feedback" in capsys.readouterr().out
    assert main(["purge", "--keep-days", "0"]) == 2


def test_a_patient_is_forgotten_by_the_id_that_the_ehr_uses(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    whose = ["--issuer", HERE.issuer, "--tenant", HERE.tenant]
    assert main(["forget", *whose, "--patient", "another"]) == 0
    assert "deleted        0  issued_card" in capsys.readouterr().out
    assert main(["forget", *whose, "--patient", "p1"]) == 0
    assert "deleted        1  issued_card" in capsys.readouterr().out


def test_backup_and_restore(kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = str(tmp_path / "copy.db")
    status = 0 if kept.startswith("sqlite") else 1
    assert main(["backup", copy]) == status
    assert main(["restore", copy]) == status
    assert status == 0 or "pg_dump" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["insights"], ["purge"], ["forget", "--all"]])
def test_no_command_makes_a_store_where_none_is(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDS_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert main(command) == 2
    assert not (tmp_path / "none.db").exists()
