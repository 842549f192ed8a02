"""The playground as a person uses it: choose, look, accept, dismiss, look behind, take along."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Open
from tests.pages.site import Site

pytestmark = pytest.mark.browser
HIP = "/?fixture=hip-unguided-obese"


def card(page: Page) -> Any:
    """Return the first card once it is shown."""
    found = page.locator("article.card").first
    expect(found).to_be_visible()
    return found


def test_a_fixture_shows_its_cards_its_time_and_its_reasoning(opened: Open) -> None:
    page = opened("/").page
    page.get_by_role("link", name="hip unguided obese", exact=True).click()
    expect(card(page)).to_have_class("card warning")
    expect(card(page).get_by_role("heading", level=3)).to_contain_text("Right hip steroid injection 2026-01-12")
    expect(card(page).locator(".markdown strong").first).to_have_text("What the record shows")
    expect(page.locator("figure svg[role=img]")).to_have_attribute("aria-label", re.compile("7 on 2026-02-09"))
    for label in ("judged", "meaningful relief", "hip radiograph", "triamcinolone, 40 mg"):
        assert label in page.locator("figure svg").inner_html()
    reasons = page.locator("details.reasoning")
    assert reasons.locator("li.cause").count() == 12
    expect(reasons.locator("li.cause.supported")).to_contain_text("E4.2")
    assert page.url.endswith("/?fixture=hip-unguided-obese&asOf=2026-03-02")


def test_accepting_a_suggestion_is_real_feedback(opened: Open, site: Site) -> None:
    page = opened(HIP).page
    uuid = card(page).get_attribute("data-uuid")
    card(page).get_by_role("button", name="Accept: Physical therapy, right hip").click()
    expect(card(page).locator(".said")).to_contain_text("Accepted: Physical therapy, right hip")
    kept = [row for row in site.rows("feedback") if row["card"] == uuid]
    assert [row["outcome"] for row in kept] == ["accepted"]
    issued = next(row for row in site.rows("issued_card") if row["card"] == uuid)
    assert (issued["client"], issued["patient_hash"], issued["user_hash"]) == ("playground", "", "")


def test_dismissing_with_a_reason_is_real_feedback(opened: Open, site: Site) -> None:
    page = opened(HIP).page
    uuid = card(page).get_attribute("data-uuid")
    card(page).get_by_text("Dismiss …").click()
    card(page).get_by_label("Reason").select_option(label="I read the evidence differently")
    card(page).get_by_label("Comment").fill("The scan was fine")
    card(page).get_by_role("button", name="Dismiss card").click()
    expect(card(page)).to_have_class("card warning dismissed")
    kept = [row for row in site.rows("feedback") if row["card"] == uuid]
    assert [(row["outcome"], row["reason_code"]) for row in kept] == [("overridden", "recipient-disagrees-evidence")]
    assert site.rows("unknown_feedback") == []


def test_a_piece_of_evidence_shows_the_resource_behind_it(opened: Open) -> None:
    page = opened(HIP).page
    card(page)
    page.locator("details.reasoning > summary").click()
    page.locator("li.cause.supported .evidence .reference").first.click()
    dialog = page.get_by_role("dialog")
    shown = json.loads(dialog.locator("pre").inner_text())
    assert dialog.get_by_role("heading").inner_text() == f"{shown['resourceType']}/{shown['id']}"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_another_day_is_judged_anew_and_stands_in_the_link(opened: Open) -> None:
    page = opened(f"{HIP}&asOf=2026-01-20").page
    expect(page.locator("#status")).to_contain_text("as of 2026-01-20")
    page.get_by_label("As of").fill("2026-03-02")
    expect(page.locator("#status")).to_have_text("1 card, as of 2026-03-02.")
    assert page.url.endswith("&asOf=2026-03-02")


def test_a_pasted_bundle_is_judged_and_leaves_no_trace_in_the_address(opened: Open) -> None:
    page = opened(HIP).page
    card(page)
    bundle = page.evaluate("() => fetch('/playground/fixtures/knee-septic-red-flags').then((r) => r.text())")
    page.get_by_text("Your own Bundle").click()
    page.get_by_label("Paste").fill(bundle)
    page.get_by_label("As of").fill("2026-03-02")
    expect(page.locator("article.card.critical")).to_be_visible()
    assert page.url.split("?")[0] == page.url
    page.get_by_label("Paste").fill("{")
    expect(page.locator("#status")).to_contain_text("Not JSON")
    expect(page.locator("#result")).to_be_hidden()


def test_a_bundle_that_the_service_refuses_says_why(opened: Open) -> None:
    one = opened("/")
    one.page.get_by_text("Your own Bundle").click()
    one.page.get_by_label("Paste").fill("[]")
    expect(one.page.locator("#status")).to_contain_text("has no Patient")
    one.complaints.clear()  # the browser itself notes a 422


def test_a_silent_chart_says_so(opened: Open) -> None:
    page = opened("/?fixture=knee-relieved").page
    expect(page.locator("p.silent")).to_have_text("The clinician sees nothing: no card is due.")
    expect(page.locator("#others")).to_contain_text("responder")


def test_the_hooks_request_taken_along_gives_the_same_cards(opened: Open, site: Site) -> None:
    page = opened(HIP).page
    card(page)
    page.get_by_label("Show").select_option("CDS Hooks request, JSON")
    body = page.locator("#wire").inner_text()
    asked = json.loads(body)
    assert asked["hook"] == "patient-view"
    assert {"patient", "procedures"} <= set(asked["prefetch"])
    status = page.evaluate(
        "(body) => fetch('/cds-services/steroid-injection-followup', {method: 'POST', body,"
        " headers: {'Content-Type': 'application/json'}}).then((r) => r.status)",
        body,
    )
    assert status == 200
    page.get_by_label("Show").select_option("Playground request, curl")
    assert "--data-binary @fhir_fixtures/hip-unguided-obese/chart.json" in page.locator("#wire").inner_text()
    page.get_by_label("Show").select_option("Answer, JSON")
    assert len(json.loads(page.locator("#wire").inner_text())["cards"]) == 1


def test_the_examples_can_be_filtered(opened: Open) -> None:
    page = opened("/").page
    page.get_by_placeholder("Filter the examples").fill("cauda")
    shown = page.locator("#fixtures li:visible")
    expect(shown.first).to_contain_text("cauda")
    assert 0 < shown.count() < 6


def test_everything_works_from_the_keyboard(opened: Open, site: Site) -> None:
    page = opened("/").page
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    _tab_to(page, "a[data-fixture=foot-drop-after-epidural]")
    page.keyboard.press("Enter")
    uuid = card(page).get_attribute("data-uuid")
    _tab_to(page, "button.accept")
    page.keyboard.press("Enter")
    expect(card(page).locator(".said")).to_contain_text("Accepted")
    _tab_to(page, "details.away > summary")
    page.keyboard.press("Enter")
    _tab_to(page, ".dismiss button")
    page.keyboard.press("Space")
    expect(card(page).locator(".said")).to_contain_text("Dismissed")
    outcomes = [row["outcome"] for row in site.rows("feedback") if row["card"] == uuid]
    assert outcomes == ["accepted", "overridden"]
    _tab_to(page, "details.reasoning > summary")
    page.keyboard.press("Enter")
    _tab_to(page, "details.reasoning .reference")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("details.reasoning .reference").first).to_be_focused()


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element that matches has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement?.matches(s)", selector):
            return
    pytest.fail(f"no way to {selector} with the Tab key")
