"""A mistake in what a site wrote stops the start with one line, also when the server's processes would read it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.security.signing import BASE, write_registry
from tests.serving import ROOT


def test_a_mistake_in_the_registry_is_one_line(tmp_path: Path) -> None:
    registry = write_registry(tmp_path, {"requests_per_minute": -1})
    settings = {
        "CDS_CLIENTS": str(registry),
        "CDS_PUBLIC_BASE_URL": BASE,
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/c.db",
    }
    done = subprocess.run(
        [sys.executable, "-m", "cds_service.cli", "serve"],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "requests_per_minute" in done.stderr
