"""A real browser in front of the real service; without a browser the tests skip, where CI asks for one they fail."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from cds_service import tables
from cds_service.app import create_app
from cds_service.config import settings_from
from cds_service.store import Store
from tests.serving import free_port

# As root, without a screen, and without asking anyone but the service.
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()


@dataclass
class Site:
    """The running service, and what its store holds."""

    url: str
    store: Store

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, once what waits is written."""
        assert self.store.flush()
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(getattr(tables, table))).mappings()]


@dataclass
class Opened:
    """A page, and everything that it complained of or asked another host for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    asked = os.environ.get("TEST_BROWSER")
    program = asked or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if asked and not Path(asked).exists():
        pytest.fail(f"TEST_BROWSER names {asked}, which is not there")
    if program is None:
        pytest.skip("no Chromium on this machine; install Debian's chromium, or name one in TEST_BROWSER")
    with sync_playwright() as playwright, closing(_launched(playwright, program)) as opened:
        yield opened


def _launched(playwright: Any, program: str) -> Browser:
    launched: Browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
    return launched


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    settings = settings_from({"CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db", "CDS_PORT": str(port)})
    app = create_app(settings, audit_stream=StringIO())
    server = make_server("127.0.0.1", port, app, threaded=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would bury what failed
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{port}", app.extensions["store"])
    server.shutdown()
    server.server_close()
    thread.join()
    app.extensions["store"].close()


Open = Callable[..., Opened]


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
