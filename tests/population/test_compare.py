"""Two versions of the rules over one population: who gains or loses a card, and by which rule."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from cds_service.cli import main
from cds_service.population.differences import differences
from cds_service.population.engines import Local
from cds_service.population.job import job_of
from tests.population.exports import ran, resources, write_ndjson
from tests.serving import ROOT

KNOWLEDGE = ROOT / "hooks" / "steroid_injection_followup" / "knowledge"
FEW = ["hip-unguided-obese", "knee-septic-red-flags", "adolescent", "allergy-to-the-excipient"]
DAY = date(2026, 3, 2)
OVERLAY = "[too_early_days]\nvalue = 80\n"


def compared(other: Path, tmp_path: Path, engine: Local) -> dict[str, list[dict[str, object]]]:
    write_ndjson(tmp_path / "export", resources(FEW))
    job = job_of(DAY, DAY, each_encounter=False, other=other)
    found = ran(tmp_path / "export", job, tmp_path / "work", engine)
    try:
        return differences(found.desk)
    finally:
        found.desk.close()


def whole_copy(tmp_path: Path) -> Path:
    """Return a copy of all pages, as a checkout of another version has them."""
    return Path(
        shutil.copytree(KNOWLEDGE, tmp_path / "checkout" / "hooks" / "steroid_injection_followup" / "knowledge")
    )


def test_the_same_pages_change_nothing(tmp_path: Path, engine: Local) -> None:
    whole_copy(tmp_path)
    assert compared(tmp_path / "checkout", tmp_path, engine)["cards"] == []


def test_a_rule_that_is_gone_is_named(tmp_path: Path, engine: Local) -> None:
    pages = whole_copy(tmp_path)
    page = next(p for p in sorted((pages / "causes").glob("*.toml")) if "location" in p.name)
    page.write_text(page.read_text().replace('when.guidance.is = "explicit-unguided"', 'when.guidance.is = "guided"'))
    found = compared(tmp_path / "checkout", tmp_path, engine)
    changed = {row["change"] for row in found["cards"]}
    assert changed
    assert any(str(row["why"]) == "fires no more: E4.2" for row in found["because"])
    assert found["examples"]


def test_a_site_threshold_that_takes_a_card_away_names_the_response(tmp_path: Path, engine: Local) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "thresholds.toml").write_text(OVERLAY)
    found = compared(overlay, tmp_path, engine)
    assert {"change": "lost"}.items() <= found["cards"][-1].items()
    assert any(str(row["why"]).startswith("response: ") for row in found["because"])
    assert found["responses"]


def test_the_command_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_ndjson(tmp_path / "export", resources(FEW))
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "thresholds.toml").write_text(OVERLAY)
    arguments = ["population", str(tmp_path / "export"), "--as-of", "2026-03-02", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--compare", str(overlay)]) == 0
    assert "lost" in capsys.readouterr().out
    page = (tmp_path / "out" / "report.html").read_text()
    assert "With the other knowledge" in page
    assert not [case for case in FEW if case in page]
    assert (tmp_path / "out" / "changes.parquet").exists()
    assert main([*arguments, "--compare", str(tmp_path / "nowhere")]) == 2
