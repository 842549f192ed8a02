"""The knowledge as a clinician reads it: whole, searchable, printable, and with a place for every link."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import Open
from tests.pages.site import Site

pytestmark = pytest.mark.browser


def test_search_leaves_what_holds_the_words(opened: Open) -> None:
    page = opened("/knowledge").page
    everything = page.locator("tbody tr:visible").count()
    page.get_by_label("Search the rules").fill("lateral wedge")
    expect(page.locator("#found")).to_have_text(re.compile(r"^\d+ places?$"))
    left = page.locator("tbody tr:visible")
    assert 0 < left.count() < everything / 10
    assert all("lateral wedge" in text.lower() or "wedge" in text.lower() for text in left.all_inner_texts())
    page.get_by_label("Search the rules").fill("")
    expect(page.locator("#found")).to_have_text("")
    assert page.locator("tbody tr:visible").count() == everything


def test_a_row_links_to_its_source_and_a_hidden_place_is_shown_again(opened: Open) -> None:
    page = opened("/knowledge#E4.2").page
    page.locator("tr[id='E4.2'] a", has_text="L23").click()
    assert page.url.endswith("#L23")
    expect(page.locator("tr#L23")).to_be_in_viewport()
    page.get_by_label("Search the rules").fill("cauda equina")
    expect(page.locator("tr#L23")).to_be_hidden()
    page.evaluate("() => { location.hash = '#L01'; }")
    expect(page.locator("tr#L01")).to_be_in_viewport()


def test_it_prints_the_document_and_nothing_else(opened: Open) -> None:
    page = opened("/knowledge").page
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _linked(answer: Any) -> set[str]:
    found = set()
    for shown in answer["answer"]["cards"]:
        found |= {link["url"].partition("#")[2] for link in shown["links"]} | {shown["source"]["url"].partition("#")[2]}
    for episode in answer["answer"]["extension"]["org.steroid-injection-followup.assessment"]["episodes"]:
        for cause in episode["causes"]:
            found |= {
                cause["id"],
                *(e["id"] for e in cause["evidence"]),
                *(c for e in cause["evidence"] for c in e["cites"]),
            }
        found |= {name for step in episode["nextSteps"] for name in (step["id"], step.get("rung")) if name}
        found |= {name for f in episode["findings"] for name in (f["kind"], f["rule"])}
    for picture in answer["picture"]["episodes"]:
        found |= {name for part in (*picture["windows"], *picture["levels"]) for name in part["thresholds"]}
    return found


def test_every_link_of_every_fixture_has_its_place(opened: Open, site: Site) -> None:
    page = opened("/").page
    answers = page.evaluate(
        """async () => Promise.all([...document.querySelectorAll("[data-fixture]")].map(async (a) => {
            const text = await (await fetch(`/playground/fixtures/${a.dataset.fixture}`)).text();
            const asked = new URLSearchParams({ asOf: a.dataset.asOf, ...(text.includes('"p2"') ? {} : {}) });
            const got = await fetch(`/playground/show?${asked}`, { method: "POST", body: text,
                headers: { "Content-Type": "application/json" } });
            return got.ok ? got.json() : null;
        }))"""
    )
    wanted = set().union(*(_linked(answer) for answer in answers if answer))
    assert len(wanted) > 150
    ids = set(re.findall(r' id="([^"]+)"', page.request.get(f"{site.url}/knowledge").text()))
    assert sorted(wanted - ids) == []
