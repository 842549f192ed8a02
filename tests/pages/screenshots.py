"""`make screenshots`: pictures of the pages' main states for the README, in deploy/screenshots/."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browsing import launched, program
from tests.pages.site import Site, running_site

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "screenshots"


@dataclass(frozen=True)
class Shot:
    """One picture: where, how wide, in which colours, and what is done first."""

    name: str
    path: str
    first: Callable[[Page], None] | None = None
    width: int = 1280
    height: int = 1000
    scheme: Literal["light", "dark"] = "light"


def _open_reasoning(page: Page) -> None:
    page.locator("details.reasoning > summary").first.click()
    page.evaluate("() => document.querySelector('details.reasoning').scrollIntoView()")


def _answer(page: Page) -> None:
    page.locator("button.accept").first.click()
    page.locator("article.card .said", has_text="Accepted").wait_for()
    page.locator("details.away > summary").first.click()
    page.evaluate("() => document.querySelector('.suggestions').scrollIntoView({block: 'center'})")


def _resource(page: Page) -> None:
    page.locator("details.reasoning > summary").first.click()
    page.locator("li.cause.supported .evidence .reference").first.click()


SHOTS = (
    Shot("playground", "/?fixture=knee-four-injections-shortening-relief"),
    Shot("red-flag", "/?fixture=knee-septic-red-flags", scheme="dark"),
    Shot("reasoning", "/?fixture=hip-unguided-obese", _open_reasoning),
    Shot("feedback", "/?fixture=hip-unguided-obese", _answer, height=700),
    Shot("resource", "/?fixture=hip-unguided-obese", _resource, height=800),
    Shot("knowledge", "/knowledge#incorrect-location"),
    Shot("knowledge-dark", "/knowledge#where-guidelines-and-the-source-documents-differ", scheme="dark", height=800),
    Shot("tablet", "/?fixture=frozen-shoulder-diabetes-mood", width=820, height=1180),
)


def take(shot: Shot, browser: Browser, site: Site) -> Path:
    """Take one picture, small enough to be kept with the source."""
    page = browser.new_page(viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme)
    page.emulate_media(reduced_motion="reduce")
    page.goto(site.url + shot.path)
    if "fixture" in shot.path:
        page.locator("#status", has_text="as of").wait_for()
    page.wait_for_timeout(400)
    if shot.first is not None:
        shot.first(page)
    page.wait_for_timeout(400)
    path = FOLDER / f"{shot.name}.webp"
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=82, method=6)
    page.close()
    return path


def main() -> int:
    """Take all pictures; 1 without a browser."""
    executable = program()
    if executable is None:
        sys.stderr.write("screenshots: no Chromium on this machine; name one in TEST_BROWSER\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as site, launched(executable) as browser:
        for shot in SHOTS:
            sys.stdout.write(f"{take(shot, browser, site)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
