"""The house rules that a machine can hold: one arrow, small files, small functions, a sentence on everything public."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.application.use_cases import lint_imports

ROOT = Path(__file__).resolve().parents[2]
PROJECT = str(ROOT / "pyproject.toml")
SOURCES = sorted(p for package in ("cds_service", "hooks") for p in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MOST_LINES = 250
MOST_IN_FUNCTION = 40
# A longer file has its reason here.
LONGER = {"cds_service/fhir_types.py": "declarations only: one struct a FHIR type, nothing to split off"}
# Words that say nothing (style, rule 2), and the names that a library gives to what we override.
EMPTY_WORDS = frozenset({"manager", "helper", "helpers", "util", "utils"})
EMPTY_ALONE = frozenset({"info", "data", "process", "handle"})
LIBRARY_NAMES = {"sockets.py": {"init_poolmanager"}, "worker.py": {"handle"}}
_WORD = re.compile(r"[A-Z]?[a-z0-9]+")


def named(path: Path) -> str:
    """Name a file as the repository does."""
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file, inner ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without its docstring and decorators."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 2 if body else 1


@pytest.mark.parametrize("contract", [c["id"] for c in read_configuration(PROJECT)["contracts_options"]])
def test_import_contract(contract: str) -> None:
    assert lint_imports(PROJECT, limit_to_contracts=(contract,), cache_dir=None, no_logo=True), "see the report above"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_file_is_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES or named(path) in LONGER, f"{named(path)} has {lines} lines; take a part of it out"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_functions_are_small(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = {f"{f.name}: {lines_of(f)} lines" for f in functions(tree) if lines_of(f) > MOST_IN_FUNCTION}
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_everything_public_has_a_sentence(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body, "the file says nothing of itself"
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_names_say_something(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {path.stem} | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    words = {
        name: {word.lower() for word in _WORD.findall(name)} for name in names - LIBRARY_NAMES.get(path.name, set())
    }
    assert not sorted(name for name in words if words[name] & EMPTY_WORDS or name in EMPTY_ALONE)


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_the_program_never_prints_save_for_its_command_line(path: Path) -> None:
    calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
    prints = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
    assert not prints or path.name == "cli.py" or path.stem.endswith("_commands")


@pytest.mark.parametrize("lock", sorted((ROOT / "deploy" / "locks").glob("*.txt")), ids=named)
def test_a_lock_file_pins_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pins = re.findall(r"^[A-Za-z0-9_.\-]+(?:\[[^\]]*\])?==", text, re.MULTILINE)
    assert len(pins) > 10
    assert text.count("--hash=sha256:") >= len(pins)


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    silent = [
        line for line in text.splitlines() if re.match(r'    "[A-Za-z0-9_.\-\[\]]+[><=]', line) and "#" not in line
    ]
    assert not silent


def pins(name: str) -> dict[str, str]:
    """Return the versions that a lock file pins."""
    text = (ROOT / "deploy" / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.\-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", text, re.MULTILINE))


def test_what_runs_is_what_was_tested() -> None:
    tested = pins("dev")
    assert {name: version for name, version in pins("run").items() if tested.get(name) != version} == {}
