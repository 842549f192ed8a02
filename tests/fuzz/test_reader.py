"""A bounded share of the coverage-guided fuzzing of the reader; `make fuzz` runs it for long."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT

RUNS = os.environ.get("FUZZ_RUNS", "3000")


@pytest.mark.fuzz
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python")
def test_nothing_but_a_named_refusal_comes_out_of_the_reader(tmp_path: Path) -> None:
    limits = [f"-runs={RUNS}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={tmp_path}/"]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.atheris_reader", *limits, "-seed=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=int(RUNS) / 100 + 120,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-3000:]
