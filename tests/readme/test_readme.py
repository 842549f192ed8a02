"""The README is true: its commands are run, its settings are those of the code, its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.config import docs

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
START, END = "<!-- settings: written by tests/readme; edit cds_service/config.py -->\n", "<!-- end of settings -->"
ANY = "…"


def sessions() -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with the lines that are said to come of it."""
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        command = ""
        lines: list[str] = []
        for line in [*block.splitlines(), "$ "]:
            if line.startswith("$ "):
                if command:
                    yield command, lines
                command, lines = line[2:], []
            else:
                lines.append(line)


def matches(wanted: list[str], got: list[str]) -> bool:
    """Whether lines are as wanted, `…` standing for any lines."""
    pattern = "".join("(?:.*\n)*?" if line == ANY else re.escape(line) + "\n" for line in wanted)
    return re.fullmatch(pattern, "".join(line + "\n" for line in got)) is not None


@pytest.mark.parametrize(("command", "wanted"), [pytest.param(c, w, id=c) for c, w in sessions()])
def test_a_command_of_the_readme_prints_what_it_says(command: str, wanted: list[str]) -> None:
    program, *arguments = command.split()
    assert program == "cds-service"
    ran = subprocess.run(
        [sys.executable, "-m", "cds_service.cli", *arguments],
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CDS_")}, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert matches(wanted, [line.rstrip() for line in ran.stdout.splitlines()]), ran.stdout


def settings_table() -> str:
    """The settings as the README shows them."""
    rows = [f"| `{name}` | {default or '·'} | {meaning} |\n" for name, default, meaning in docs()]
    return "| variable | default | meaning |\n|---|---|---|\n" + "".join(rows)


def test_the_settings_are_those_of_the_code(request: pytest.FixtureRequest) -> None:
    text = README.read_text(encoding="utf-8")
    shown = text.split(START)[1].split(END)[0]
    if os.environ.get("README_WRITE"):
        README.write_text(text.replace(START + shown, START + settings_table()), encoding="utf-8")
        shown = settings_table()
    assert shown == settings_table(), "run README_WRITE=1 pytest tests/readme"


def test_every_link_into_the_repository_leads_somewhere() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (ROOT / target).exists(), target


def test_every_make_target_named_exists() -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", made, re.MULTILINE), target
