"""The report in a real browser: axe finds nothing, nothing is clipped or wider than a phone, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from cds_service.population.differences import differences
from cds_service.population.engines import Local
from cds_service.population.figures import figures
from cds_service.population.job import job_of
from cds_service.population.outputs import write
from tests.population.exports import ran, resources, write_ndjson

pytestmark = pytest.mark.browser
DAY = date(2026, 3, 2)
CASES = ["hip-unguided-obese", "knee-septic-red-flags", "adolescent", "allergy-to-the-excipient", "four-joints-failed"]
BAD = [{"resourceType": "Observation", "id": "lost"}]
CLINIC = [
    {"resourceType": "Encounter", "id": f"seen-{who}", "status": "finished", "period": {"start": "2026-02-27"},
     "subject": {"reference": f"Patient/{who}"}, "participant": [{"individual": {"reference": "Practitioner/dr"}}]}
    for who in CASES
]  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, engine: Local) -> Path:
    """A report with every section."""
    folder = tmp_path_factory.mktemp("report")
    write_ndjson(folder / "export", [*resources(CASES), *BAD, *CLINIC])
    overlay = folder / "overlay"
    overlay.mkdir()
    (overlay / "thresholds.toml").write_text("[too_early_days]\nvalue = 80\n")
    job = job_of(DAY, DAY, each_encounter=False, other=overlay)
    found = ran(folder / "export", job, folder / "work", engine)
    try:
        write(found, figures(found, job) | {"compared": differences(found.desk)}, folder)
    finally:
        found.desk.close()
    return folder / "report.html"


@pytest.fixture(params=[("light", 1280), ("dark", 1280), ("light", 390)], ids=["light", "dark", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report opened; nothing may be complained of, and nothing asked of anyone."""
    scheme, width = request.param
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)
    opened.goto(report.as_uri())
    yield opened
    context.close()
    assert complaints == []


def test_axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {n['target']}" for v in found for n in v["nodes"]] == []


def test_every_section_is_there(page: Page) -> None:
    assert page.locator("h2").all_inner_texts() == [
        "How often it would fire", "With the other knowledge", "Responses and causes", "What data is missing",
        "A clinician's day", "The export",
    ]  # fmt: skip
    assert page.locator("figure img").count() >= 6


def test_nothing_is_wider_than_the_window(page: Page) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    loaded = "() => [...document.images].every((image) => image.complete && image.naturalWidth > 0)"
    assert page.evaluate(loaded)
    clipped = """() => [...document.querySelectorAll("th, td")].filter((c) => c.scrollWidth > c.clientWidth + 1)
        .map((c) => c.textContent)"""
    assert page.evaluate(clipped) == []
