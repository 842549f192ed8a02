"""deploy/SECURITY.md names tests that exist, and its figures and settings are ours."""

from __future__ import annotations

import re

from cds_service.config import Settings
from cds_service.metrics import Metrics
from tests.serving import ROOT

PAGE = (ROOT / "deploy" / "SECURITY.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 30
    for file, test in named:
        path = ROOT / file
        assert path.is_file(), file
        assert not test or f"def {test}(" in path.read_text(), f"{file}::{test}"


def test_every_setting_that_the_page_names_exists() -> None:
    for variable in re.findall(r"`CDS_(\w+)`", PAGE):
        assert variable.lower() in Settings.__struct_fields__, variable


def test_every_figure_that_the_page_names_exists() -> None:
    registered = {f"{family.name}{suffix}" for family in Metrics().registry.collect() for suffix in ("", "_total")}
    for figure in re.findall(r"`(cds_\w+)", PAGE):
        if not figure.startswith("cds_service"):
            assert figure in registered, figure


def test_the_reasons_that_the_page_names_are_those_of_the_log() -> None:
    from cds_service.security.tokens import Why

    for reason in ("signature", "replayed", "key-url", "tenant", "time"):
        assert reason in set(Why)
