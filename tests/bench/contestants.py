"""The servers that a run compares: ours, the floors beside it, and peers where their environment is installed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cds_service.config import settings_from
from tests.serving import ROOT, free_port

PATH = "/cds-services/steroid-injection-followup"
PEERS = ROOT / "var" / "peers" / "bin"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server: its process, where it listens, which path takes calls."""

    name: str
    pid: int
    port: int
    path: str
    log: Path

    def processes(self) -> list[int]:
        """Return its processes, the first one first."""
        return [self.pid, *_below(self.pid)]

    def cpu_seconds(self) -> float:
        """Return the processor time that all its processes used so far."""
        return sum(_cpu(pid) for pid in self.processes())

    def memory(self) -> list[tuple[float, float]]:
        """Return resident megabytes of each process, and those that it shares with no other."""
        return [_memory(pid) for pid in self.processes()]


@contextmanager
def contestants(folder: Path) -> Iterator[list[Contestant]]:
    """Start all that can be started here."""
    python = sys.executable
    ours = {"CDS_DATABASE_URL": f"sqlite:///{folder}/bench.db", "CDS_WORKERS": "2"}
    # As many processes and threads as ours has, and all else as it comes.
    threads = str(settings_from({}).threads)
    gunicorn = [python, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", threads]
    gunicorn += ["--keep-alive", "75", "--log-level", "warning", "--bind", "127.0.0.1:{port}"]
    commands: dict[str, tuple[list[str], str, dict[str, str]]] = {
        "the service": ([python, "-m", "cds_service.cli", "serve"], PATH, ours),
        "Flask, orjson": ([*gunicorn, "tests.bench.floors:parsing()"], "/", {}),
        "Flask, orjson, our server": ([python, "-m", "tests.bench.floors", "parsing", "{port}"], "/", {}),
        "Flask, empty, our server": ([python, "-m", "tests.bench.floors", "empty", "{port}"], "/", {}),
        "Flask, pipeline, our server": ([python, "-m", "tests.bench.floors", "pipeline", "{port}"], "/", {}),
    }
    if (PEERS / "uvicorn").exists():
        uvicorn = [str(PEERS / "uvicorn"), "healthchain_app:app", "--app-dir", "tests/bench", "--port", "{port}"]
        commands["HealthChain"] = ([*uvicorn, "--log-level", "warning"], "/cds/cds-services/parse-only", {})
    if (PEERS / "granian").exists():
        granian = [str(PEERS / "granian"), "--interface", "wsgi", "--workers", "2", "--blocking-threads", "16"]
        site = next((ROOT / ".venv" / "lib").glob("python3*")) / "site-packages"
        other = {
            **ours,
            "CDS_DATABASE_URL": f"sqlite:///{folder}/granian.db",
            "PYTHONPATH": f"{ROOT}/tests/bench:{ROOT}:{site}",
        }
        command = [*granian, "--log-level", "warning", "--port", "{port}", "granian_app:app"]
        commands["the service, granian"] = (command, PATH, other)
    with ExitStack() as stack:
        yield [stack.enter_context(_running(name, *what, folder)) for name, what in commands.items()]


@contextmanager
def _running(
    name: str, command: list[str], path: str, settings: Mapping[str, str], folder: Path
) -> Iterator[Contestant]:
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CDS_")} | dict(settings)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [part.format(port=port) for part in command],
            cwd=ROOT,
            env={**environment, "CDS_PORT": str(port)} if settings else environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(port, process)
        yield Contestant(name, process.pid, port, path, folder / f"{name}.log")
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nobody listens on port {port}: {process.args!r}")


def start_up_seconds(folder: Path) -> float:
    """Return the time from the command to the first ready answer."""
    from tests.serving import serving

    began = time.perf_counter()
    with serving(folder, CDS_WORKERS="2"):
        return time.perf_counter() - began


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *_below(child)]
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _memory(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:] if len(line.split()) > 1}
    return kilobytes["Rss"] / 1024, (kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]) / 1024
