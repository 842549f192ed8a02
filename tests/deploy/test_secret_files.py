"""Secrets may lie in files, so that no list of an environment shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.config import settings_from
from cds_service.errors import ConfigError


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key that is long enough for production\n")
    (tmp_path / "url").write_text("postgresql+psycopg://cds:secret@database/cds\n")
    settings = settings_from({"CDS_SECRET_KEY": f"@{tmp_path}/key", "CDS_DATABASE_URL": f"@{tmp_path}/url"})
    assert settings.secret_key == "a key that is long enough for production"
    assert settings.database_url == "postgresql+psycopg://cds:secret@database/cds"


def test_a_file_that_is_missing_stops_the_start_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"CDS_SECRET_KEY: the file .*/nothing cannot be read"):
        settings_from({"CDS_SECRET_KEY": f"@{tmp_path}/nothing"})


def test_only_secrets_are_read_from_files() -> None:
    with pytest.raises(ConfigError, match="CDS_SERVICES"):
        settings_from({"CDS_SERVICES": "@/etc/hostname"})
