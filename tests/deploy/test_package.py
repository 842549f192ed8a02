"""The package as it is shipped: built, installed from the locks, run by an ordinary user where nothing can be written.

What the image does is done here without an engine for images: the same two installing steps, another user, a root that
is mounted read-only, one small folder to write to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.security.signing import BASE, token, write_registry
from tests.serving import HANG_SECONDS, ROOT, Server, free_port

CALL = "/cds-services/steroid-injection-followup"
NOBODY = 65534
# Everything read-only but one folder in memory, as an ordinary user without any right of the system.
_CONFINED = """
set -e
mount --make-rprivate /
mount -t tmpfs -o size=64m,mode=0777 tmpfs "$1"
mount -o remount,ro,bind / 2>/dev/null || { mount --bind / /; mount -o remount,ro,bind /; }
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs "$@"
"""


def interpreter() -> str:
    """Return a Python that other users may run too."""
    for found in (getattr(sys, "_base_executable", sys.executable), shutil.which("python3", path="/usr/bin")):
        if found and all(parent.stat().st_mode & 0o001 for parent in Path(found).resolve().parents):
            version = subprocess.run(
                [found, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True
            )
            if version.stdout.strip() == b"True":
                return found
    pytest.skip("there is no Python 3.11 here that another user may run")


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """Build and install the package as the Dockerfile does; return the environment's folder of programs."""
    python = interpreter()
    folder = Path(tempfile.mkdtemp(prefix="package", dir="/tmp"))
    folder.chmod(0o755)
    try:
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
        _run(python, "-m", "venv", "--without-pip", folder / "venv")
        install = [sys.executable, "-m", "pip", "--quiet", "--python", folder / "venv" / "bin" / "python", "install"]
        locks = ["--require-hashes", "--only-binary", ":all:", "--requirement", ROOT / "deploy" / "locks" / "run.txt"]
        _run(*install, *locks)
        _run(*install, "--no-deps", next(folder.glob("*.whl")))
        yield folder / "venv" / "bin"
    finally:
        shutil.rmtree(folder)


def _run(*command: object, cwd: Path | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def confined(installed: Path) -> Iterator[Server]:
    """Run the installed service in production's settings, confined as far as this machine lets us."""
    folder = Path(tempfile.mkdtemp(prefix="confined", dir="/tmp"))
    folder.chmod(0o755)
    writable = folder / "tmp"
    writable.mkdir()
    registry = write_registry(folder)
    (folder / "key").write_text("k" * 40)
    port = free_port()
    settings = {
        "PATH": f"{installed}:/usr/bin:/bin",
        "TMPDIR": str(writable),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CDS_ENV": "production",
        "CDS_PORT": str(port),
        "CDS_WORKERS": "2",
        "CDS_PUBLIC_BASE_URL": BASE,
        "CDS_CLIENTS": str(registry),
        "CDS_SECRET_KEY": f"@{folder}/key",
        "CDS_DATABASE_URL": f"sqlite:///{writable}/cds.db",
    }
    serve = [str(installed / "cds-service"), "serve"]
    command = ["unshare", "-m", "sh", "-c", _CONFINED, "sh", str(writable), *serve] if _can_confine() else serve
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=stream, stderr=stream)
    server = Server("127.0.0.1", port, log, process.pid)
    try:
        until = time.monotonic() + HANG_SECONDS
        while not _ready(server):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=40)
        shutil.rmtree(folder)


def _can_confine() -> bool:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        return False
    tried = subprocess.run(["unshare", "-m", "mount", "--make-rprivate", "/"], capture_output=True, check=False)
    return tried.returncode == 0


def _ready(server: Server) -> bool:
    try:
        return server.ask("GET", "/readyz").status == 200
    except OSError:
        return False


def test_it_answers_a_signed_call_and_no_other(confined: Server) -> None:
    now = int(time.time())
    bearer = token(aud=BASE + CALL, iat=now, exp=now + 300, jti=str(uuid4()))
    answer = confined.post(CALL, json.dumps(_call()).encode(), Authorization=f"Bearer {bearer}")
    assert answer.status == 200, answer.body
    body: Any = answer.json()
    assert "cards" in body
    assert confined.post(CALL, b"{}").status == 401


def _call() -> dict[str, object]:
    from cds_service import catalogue
    from cds_service.config import settings_from
    from tests.cases.prefetch import prefetched

    chart = ROOT / "fhir_fixtures" / "hip-unguided-obese" / "chart.json"
    bundle = json.loads(chart.read_text(encoding="utf-8"))
    patient = next(e["resource"]["id"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    service = catalogue.load(settings_from({})).services[0]
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": patient},
        "prefetch": prefetched(bundle, {t.key: t.query for t in service.prefetch}),
    }


def test_it_runs_as_an_ordinary_user_without_rights(confined: Server) -> None:
    if not _can_confine():
        pytest.skip("only root can start it as somebody else")
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{confined.pid}/status").read_text().splitlines())
    assert set(status["Uid"].split()) == {str(NOBODY)}
    assert int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"


def test_nothing_can_be_written_but_one_folder(confined: Server) -> None:
    if not _can_confine():
        pytest.skip("only root can mount a root that is read-only")
    mounts = Path(f"/proc/{confined.pid}/mounts").read_text().splitlines()
    root = next(line.split() for line in reversed(mounts) if line.split()[1] == "/")
    assert "ro" in root[3].split(",")


def test_it_finds_nothing_wrong_with_itself(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/c.db"}
    done = subprocess.run(
        [installed / "cds-service", "check"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
