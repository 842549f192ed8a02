"""A real browser in front of the real service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.site import Site, running_site


@dataclass
class Opened:
    """A page, and everything that it complained of or asked another host for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Open]:
    """Return how to open a page; at the end nothing may have been complained of or asked of another host."""
    contexts = []
    found: list[Opened] = []

    def open_page(path: str, **context: Any) -> Opened:
        context = {"viewport": {"width": 1280, "height": 900}, **context}
        contexts.append(browser.new_context(**context))
        one = Opened(contexts[-1].new_page())
        one.page.on("console", lambda m: one.complaints.append(m.text) if m.type in ("error", "warning") else None)
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("request", lambda r: None if r.url.startswith(site.url) else one.elsewhere.append(r.url))
        one.page.goto(site.url + path)
        found.append(one)
        return one

    yield open_page
    for context in contexts:
        context.close()
    assert [c for one in found for c in one.complaints] == []
    assert [u for one in found for u in one.elsewhere] == []
