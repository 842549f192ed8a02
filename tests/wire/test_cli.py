"""The command line: what it prints, where, and its exit status."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cds_service.cli import main

from .bodies import PATIENT, PROCEDURE, searchset

CHART = json.dumps({**searchset(PATIENT, PROCEDURE), "type": "collection"})


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the small service of tests/toy.py, whatever the environment says."""
    monkeypatch.setenv("CDS_SERVICES", "tests.toy:SERVICES")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Return a fixture folder with a chart and its day."""
    (tmp_path / "chart.json").write_text(CHART)
    (tmp_path / "case.toml").write_text('as_of = "2026-03-02"\n')
    return tmp_path


def run(*arguments: str | Path) -> int:
    """Run a command and return its exit status."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_try_draws_the_cards_of_a_folder(chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("try", chart) == 0
    drawn = capsys.readouterr().out
    assert "One procedure is in the chart" in drawn
    assert "It was read whole." in drawn
    assert "○ Look again" in drawn
    assert {len(line) for line in drawn.splitlines()} == {80}
    assert "\x1b" not in drawn


def test_try_takes_a_file_packed_or_not(chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = chart / "chart.json.gz"
    packed.write_bytes(gzip.compress(CHART.encode()))
    outputs = []
    for path in (chart / "chart.json", packed):
        assert run("try", path) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_try_prints_the_answer_as_json(chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("try", chart, "--json", "--explain") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["extension"]["org.steroid-injection-followup.assessment"]["asOf"] == "2026-03-02"


def test_try_prints_the_reasoning(chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("try", chart, "--as-of", "2026-05-01", "--explain") == 0
    assert "asOf: 2026-05-01" in capsys.readouterr().out


def test_try_says_when_there_is_nothing_to_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "chart.json"
    empty.write_text(json.dumps([PATIENT]))
    assert run("try", empty) == 0
    assert "nothing to say" in capsys.readouterr().out


NOT_UNDERSTOOD: dict[str, Sequence[str]] = {
    "no command": [],
    "an unknown command": ["fly"],
    "try without a path": ["try"],
    "a path that leads nowhere": ["try", "/nowhere.json"],
    "a folder without a chart": ["try", "/"],
    "a day that is none": ["try", "x", "--as-of", "2026-02-30"],
    "a day in another form": ["try", "x", "--as-of", "20260302"],
    "an unknown option": ["serve", "--fast"],
}


@pytest.mark.parametrize("arguments", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_what_is_not_understood_is_2(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err


def test_a_chart_that_is_refused_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "chart.json"
    bad.write_text("[]")
    assert run("try", bad) == 1
    assert "no Patient" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "try", "check", "migrate"])
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert len(capsys.readouterr().out) > 150


def test_check_names_each_room(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDS_DATABASE_URL", f"sqlite:///{tmp_path / 'cds.db'}")
    assert run("check") == 0
    rooms = ["configuration", "packages", "knowledge", "clients", "store"]
    assert capsys.readouterr().out.splitlines() == [f"✓ {room}" for room in rooms]


def test_check_says_how_to_mend_a_store_that_is_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDS_DATABASE_URL", "sqlite:////proc/nothing/cds.db")
    assert run("check") == 1
    assert "✗ store" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "serve", "try"])
def test_a_bad_setting_is_1_and_one_line(
    command: str, chart: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_PORT", "none")
    assert run(command, *([chart] if command == "try" else [])) == 1
    said = capsys.readouterr()
    assert "CDS_PORT: " in said.out + said.err
    assert "Traceback" not in said.err


def test_services_that_cannot_be_loaded_are_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_SERVICES", "tests.nothing:SERVICES")
    assert run("check") == 1
    assert "CDS_SERVICES: tests.nothing:SERVICES cannot be loaded" in capsys.readouterr().out


def test_another_distribution_that_owns_hooks_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "__init__.py").write_text("SERVICES = ()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("hooks")  # ours, so that it is ours again afterwards
    monkeypatch.delitem(sys.modules, "hooks")
    monkeypatch.setenv("CDS_SERVICES", "hooks:SERVICES")
    assert run("check") == 1
    assert "not from this distribution" in capsys.readouterr().out
    assert run("serve") == 1


def test_migrate_makes_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_DATABASE_URL", f"sqlite:///{tmp_path / 'cds.db'}")
    assert run("migrate") == 0
    assert "the store is at version" in capsys.readouterr().out
    assert run("check") == 0
