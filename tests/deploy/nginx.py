"""nginx with the configuration that we ship, on loopback: only addresses and places are changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import HANG_SECONDS, ROOT, Server, free_port

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
REQUIRED = bool(os.environ.get("CI"))  # .ci/run installs it; elsewhere a machine may lack it


def program() -> str:
    """Return where nginx is; skip with the reason where it is not."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        assert not REQUIRED, "nginx is not installed, and CI needs it (.ci/run)"
        pytest.skip("nginx is not installed")
    return found


def configured(folder: Path, *, ports: Sequence[int] = (1, 2), listen: str = "", rate: int = 200) -> Path:
    """Write our configuration for this machine into a folder; with `listen` it is reached there, without TLS."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    servers = "".join(f"        server 127.0.0.1:{port} max_conns=64 max_fails=0;\n" for port in ports)
    changes = {
        r"(?:        server app-\d:8080 .*\n)+": servers,
        r"/tmp/": f"{folder}/",
        r"/run/secrets/tls-certificate": f"{folder}/tls.pem",
        r"/run/secrets/tls-key": f"{folder}/tls.pem",
        r"/dev/stdout plain": f"{folder}/access.log plain",
        r"/dev/stderr warn": f"{folder}/error.log warn",
        r"rate=200r/s": f"rate={rate}r/s",
    }
    if listen:
        changes |= {r"listen 8443 ssl": f"listen {listen}", r"\n *ssl_.*": ""}
    for old, new in changes.items():
        text, count = re.subn(old, new, text)
        assert count, f"deploy/nginx.conf no longer has {old}"
    file = folder / "nginx.conf"
    file.write_text(text, encoding="utf-8")
    return file


@contextmanager
def proxying(folder: Path, ports: Sequence[int], *, rate: int = 100_000) -> Iterator[Server]:
    """Run nginx before services on these ports until the block ends; many calls from one address are let in."""
    port = free_port()
    file = configured(folder, ports=ports, listen=f"127.0.0.1:{port}", rate=rate)
    folder.chmod(0o755)
    process = subprocess.Popen([program(), "-c", str(file), "-p", str(folder), "-g", "daemon off;"], cwd=folder)
    try:
        server = Server("127.0.0.1", port, folder / "error.log", process.pid)
        _wait_until_there(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_there(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + HANG_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            server.ask("GET", "/nothing")
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"nginx did not start: {server.log.read_text() if server.log.exists() else ''}")
