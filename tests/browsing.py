"""The browser that looks at our pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# As root, without a screen, and without asking anyone but the service.
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
NAMES = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """Return the browser that TEST_BROWSER names, there or not, else one that is on the machine."""
    return os.environ.get("TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """Run a browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()
