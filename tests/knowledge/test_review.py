"""REVIEW.md: fresh, whole, free of code, and written by the command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cds_service.cli import main
from hooks.steroid_injection_followup import SteroidInjectionFollowup, trace
from hooks.steroid_injection_followup.facts import FACTS
from hooks.steroid_injection_followup.library import HOME, load

LIBRARY = load()
TEXT = SteroidInjectionFollowup().review().text


def test_the_document_in_the_repository_is_fresh() -> None:
    assert (HOME / "REVIEW.md").read_text(encoding="utf-8") == TEXT, "run `cds-service review` and read the difference"


def _wanted() -> list[str]:
    rows = [row.page.id for rules in LIBRARY.causes for row in rules.rows]
    safety = [*LIBRARY.page("safety")["rules"], *LIBRARY.page("safety")["notes"], *LIBRARY.page("safety")["bars"]]
    leads = [lead["id"] for lead in LIBRARY.page("workup")["leads"]]
    return [*rows, *safety, *leads, *LIBRARY.citations, *trace.SEEDS]


@pytest.mark.parametrize("identifier", _wanted())
def test_every_row_rule_lead_source_and_statement_has_a_line_of_its_own(identifier: str) -> None:
    assert f"\n| {identifier} |" in TEXT


def test_every_number_is_in_it_with_its_unit_and_basis() -> None:
    for name, threshold in LIBRARY.thresholds.items():
        assert f"| {name.replace('_', ' ')} | {threshold.value:g} | {threshold.unit} | {threshold.says} |" in TEXT


def test_every_value_set_is_counted() -> None:
    for tag in LIBRARY.terms.ids:
        assert re.search(rf"\| {len(LIBRARY.terms.members(tag))} \|", TEXT)
    assert TEXT.count("| 1.0.0 |") >= len(LIBRARY.terms.ids)


def test_weights_are_in_words() -> None:
    for said in ("strong for", "moderate for", "weak for", "weak against", "moderate against", "strong against"):
        assert f"| {said} |" in TEXT


def test_no_code_is_shown() -> None:
    prose = TEXT.replace("`cds-service check --unmapped`", "")
    assert not [name for name in FACTS if "_" in name and name in prose]
    assert not re.search(r"\bwhen\.|at_least|at_most|\.toml|\.py\b|\{[a-z_]+\}", prose)


def test_the_places_to_sign_are_blank() -> None:
    signing = TEXT.partition("## Sign-off")[2].strip().splitlines()
    assert len(signing) > 10
    assert all(line.endswith("|  |  |  |  |") for line in signing[2:])


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--output", str(tmp_path / "REVIEW.md")]) == 0
    assert (tmp_path / "REVIEW.md").read_text(encoding="utf-8") == TEXT
    assert capsys.readouterr().out.strip() == str(tmp_path / "REVIEW.md")


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--output", "-"]) == 0
    assert capsys.readouterr().out == TEXT


def test_a_place_that_cannot_be_written_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--output", str(tmp_path / "none" / "REVIEW.md")]) == 2
    assert "name another file with --output" in capsys.readouterr().err


def test_a_site_has_a_document_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thresholds.toml").write_text("[too_early_days]\nvalue = 10\n")
    monkeypatch.setenv("CDS_KNOWLEDGE_OVERLAY", str(tmp_path))
    assert main(["review"]) == 0
    text = (tmp_path / "REVIEW.md").read_text(encoding="utf-8")
    assert "**This document is of one site: site pages laid over: thresholds (too_early_days).**" in text
    assert re.search(r"\| too early days \| 10 \| days \| .* \| set by this site \|", text)


def test_services_without_knowledge_have_no_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_SERVICES", "tests.toy:SERVICES")
    assert main(["review"]) == 1
    assert "no review document" in capsys.readouterr().err
