"""The replay tests run on both databases, as the store's do."""

from __future__ import annotations

from tests.store.conftest import empty_url, postgres, postgres_url, url

__all__ = ["empty_url", "postgres", "postgres_url", "url"]
