"""Instances of the service that can be stopped, killed and started again, each on its own port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.serving import HANG_SECONDS, ROOT, Server, free_port


class Instance:
    """One instance; another one with the same port takes its place when it is started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = settings
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cds_service.cli", "serve"],
                cwd=ROOT,
                env={
                    **{name: value for name, value in os.environ.items() if not name.startswith("CDS_")},
                    "CDS_PORT": str(self.port),
                    "TMPDIR": str(self.folder),
                    **self._settings,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + HANG_SECONDS
        while not self._ready():
            assert time.monotonic() < until, (self.folder / "log").read_text()[-2000:]
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.02)

    @property
    def server(self) -> Server:
        """Return how it is reached without a proxy."""
        return Server("127.0.0.1", self.port, self.folder / "log", self.process.pid)

    def roll(self) -> None:
        """Replace it, as a new version does: told to stop, waited for, started again."""
        self.process.terminate()
        self.process.wait(timeout=40)
        self.start()

    def kill(self) -> None:
        """End it and its processes outright."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Stop it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()

    def _ready(self) -> bool:
        try:
            return self.server.ask("GET", "/readyz").status == 200
        except OSError:
            return False
