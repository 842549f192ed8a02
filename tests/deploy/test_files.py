"""What we ship for deployment is checked by the tools of its own kind, as far as they run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate

from cds_service.config import docs, settings_from
from tests.fhir.certificates import Authority
from tests.serving import ROOT

from .nginx import configured, program

DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
START, END = "<!-- settings: written by tests/deploy; edit cds_service/config.py -->\n", "<!-- end of settings -->"
EXPOSURE = 20  # of 100; systemd calls 20 to 50 medium, below is safe


def ran(*command: object, **more: Any) -> str:
    """Run a checker and return what it said; it must be content."""
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=60, **more)
    assert result.returncode == 0, result.stdout + result.stderr
    said: str = result.stdout + result.stderr
    return said


def documents(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert not ran(Path(sys.executable).with_name("hadolint"), DEPLOY / "Dockerfile")


def test_the_image_runs_as_nobody_special_and_takes_only_hashed_packages() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001:10001" in text
    assert "--require-hashes" in text
    copied = re.findall(r"^COPY (?!--from)(\S+(?: \S+)*) \S+$", text, re.MULTILINE)
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert f"!{source}\n" in allowed, source


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    Authority(tmp_path, "tls-authority").server()
    next(tmp_path.glob("server-*.pem")).rename(tmp_path / "tls.pem")
    assert "successful" in ran(program(), "-t", "-c", configured(tmp_path), "-p", tmp_path)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return the systemd unit with our own program in place of the installed one."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / "cds-service.service").read_text(encoding="utf-8")
    path = tmp_path / "cds-service.service"
    path.write_text(text.replace("/opt/cds-service/bin/", f"{Path(sys.executable).parent}/"), encoding="utf-8")
    return path


def test_systemd_reads_the_unit(unit: Path) -> None:
    assert unit.name not in ran("systemd-analyze", "verify", "--man=no", unit)


def test_systemd_rates_the_unit_as_safe(unit: Path) -> None:
    ran("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", unit)


MANIFESTS = [path for path in KUBERNETES if path.name != "kustomization.yaml"]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_is_what_kubernetes_takes(path: Path) -> None:
    for document in documents(path):
        validate(document, "1.37", strict=True)


def test_the_kustomization_names_every_manifest_but_the_example() -> None:
    named = set(documents(DEPLOY / "kubernetes" / "kustomization.yaml")[0]["resources"])
    assert named == {path.name for path in MANIFESTS} - {"secret.example.yaml"}


@pytest.mark.parametrize("name", ["deployment.yaml", "migrate.yaml"])
def test_pods_are_of_the_restricted_kind(name: str) -> None:
    pod = documents(DEPLOY / "kubernetes" / name)[0]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


def time_to_end(name: str) -> float:
    """Return the seconds that one of the ways to deploy leaves between SIGTERM and SIGKILL."""
    if name == "kubernetes":
        pod = documents(DEPLOY / "kubernetes" / "deployment.yaml")[0]["spec"]["template"]["spec"]
        return float(pod["terminationGracePeriodSeconds"])
    if name == "compose":
        service = documents(DEPLOY / "compose.yaml")[0]["services"]["app-1"]
        return float(service["stop_grace_period"].removesuffix("s"))
    unit = (DEPLOY / "cds-service.service").read_text(encoding="utf-8")
    return float(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[0])


@pytest.mark.parametrize("name", ["kubernetes", "compose", "systemd"])
def test_an_instance_has_the_time_to_end_that_the_page_says(name: str) -> None:
    assert "`CDS_DRAIN_SECONDS` and 30 s more" in (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert time_to_end(name) >= float(settings_of(name).get("CDS_DRAIN_SECONDS", "0")) + 30


def settings_of(name: str) -> dict[str, str]:
    """Return the settings that one of the ways to deploy gives."""
    if name == "kubernetes":
        given: dict[str, str] = documents(DEPLOY / "kubernetes" / "settings.yaml")[0]["data"]
        return given
    if name == "compose":
        compose = documents(DEPLOY / "compose.yaml")[0]
        return {**settings_of("image"), **compose["services"]["app-1"]["environment"]}
    file = "Dockerfile" if name == "image" else "cds-service.service"
    return dict(re.findall(r"\b(CDS_\w+)=(\S+)", (DEPLOY / file).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["kubernetes", "compose", "image", "systemd"])
def test_the_settings_given_are_settings_that_there_are(name: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 40)
    (tmp_path / "url").write_text("postgresql+psycopg://u@h/d")
    (tmp_path / "clients.toml").write_text("")
    own = {
        "CDS_CLIENTS": str(tmp_path / "clients.toml"),
        "CDS_SECRET_KEY": f"@{tmp_path}/key",
        "CDS_DATABASE_URL": f"@{tmp_path}/url",
        "CDS_PUBLIC_BASE_URL": "https://cds.example.org",
    }
    settings = settings_from({**settings_of(name), **own})
    assert settings.production
    assert settings.workers == 2
    assert settings.worker_requests


def test_compose_keeps_the_database_inside_and_roots_read_only() -> None:
    compose = documents(DEPLOY / "compose.yaml")[0]
    services = compose["services"]
    assert services["database"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"]
    for name in ("app-1", "app-2", "migrate", "proxy"):
        assert services[name]["read_only"], name
        assert services[name]["cap_drop"] == ["ALL"], name
    for secret in {s for service in services.values() for s in service.get("secrets", ())}:
        assert secret in compose["secrets"]


def settings_table() -> str:
    """Return the settings as deploy/README.md shows them."""
    rows = [f"| `{name}` | {default or '·'} | {meaning} |\n" for name, default, meaning in docs()]
    return "| variable | default | meaning |\n|---|---|---|\n" + "".join(rows)


def test_every_setting_is_documented() -> None:
    page = DEPLOY / "README.md"
    text = page.read_text(encoding="utf-8")
    shown = text.split(START)[1].split(END)[0]
    if os.environ.get("README_WRITE"):
        page.write_text(text.replace(START + shown, START + settings_table()), encoding="utf-8")
        shown = settings_table()
    assert shown == settings_table(), "run README_WRITE=1 pytest tests/deploy"


def test_the_page_names_every_file_that_there_is() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for path in DEPLOY.iterdir():
        name = path.name + "/" * path.is_dir()
        if path.name not in {"README.md", "secrets", "screenshots", "try-it.sh", "Dockerfile.dockerignore"}:
            assert name in text, name
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (DEPLOY / target).exists(), target
