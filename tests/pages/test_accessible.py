"""What axe finds on each page in its main states: nothing, in light and in dark, wide and on a tablet."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.pages.conftest import Open

pytestmark = pytest.mark.browser
WIDE, TABLET = {"width": 1280, "height": 900}, {"width": 820, "height": 1180}


# The rows of a table are all alike; axe looks at each in turn, and the knowledge has nearly two thousand.
_FEWER = """() => document.querySelectorAll("tbody").forEach((body) =>
    [...body.children].slice(2).forEach((row) => row.remove()))"""


def _findings(page: Page) -> list[str]:
    page.evaluate(_FEWER)
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['target']} {n.get('failureSummary', '')[:300]}" for v in found for n in v["nodes"]]


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", WIDE), ("dark", WIDE), ("light", TABLET)], ids=["light", "dark", "tablet"]
)
@pytest.mark.parametrize("path", ["/", "/knowledge", "/?fixture=hip-unguided-obese", "/?fixture=knee-septic-red-flags",
                                  "/?fixture=knee-relieved", "/?fixture=four-joints-failed"])  # fmt: skip
def test_axe_finds_nothing(opened: Open, path: str, size: dict[str, int], scheme: str) -> None:
    one = opened(path, color_scheme=scheme, viewport=size)
    if "fixture" in path:
        expect(one.page.locator("#status")).to_contain_text("as of")
        for details in one.page.locator("main details").all():
            details.evaluate("(d) => { d.open = true; }")
    assert _findings(one.page) == []


def test_axe_finds_nothing_in_the_dialog(opened: Open) -> None:
    page = opened("/?fixture=hip-unguided-obese").page
    page.locator("details.reasoning > summary").click()
    page.locator("details.reasoning .reference").first.click()
    assert _findings(page) == []


@pytest.mark.parametrize("path", ["/?fixture=knee-four-injections-shortening-relief", "/knowledge"])
def test_nothing_is_wider_than_a_tablet_or_a_phone(opened: Open, path: str) -> None:
    for width in (820, 390):
        page = opened(path, viewport={"width": width, "height": 900}).page
        page.wait_for_timeout(400)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
