"""Hostile words in every text of a chart stay words: nothing runs, nothing is fetched, nothing becomes markup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import Open

pytestmark = pytest.mark.browser
CHART = Path(__file__).resolve().parents[2] / "fhir_fixtures" / "hip-unguided-obese" / "chart.json"
ATTACKS = (
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "<svg onload=window.hacked=1>",
    "[click](javascript:window.hacked=1) ![t](https://evil.example/p.png)",
    "</pre></dialog><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "\"><a href='https://evil.example' onmouseover=window.hacked=1>x</a>",
    "{{constructor.constructor('window.hacked=1')()}}\u202e",
)
# Codes, dates and references say what a resource is; changed, the chart would not be read at all.
_KEPT = {"resourceType", "id", "reference", "system", "code", "status", "type", "intent", "unit", "fullUrl", "gender"}


def poisoned(value: Any, attack: str, key: str = "") -> Any:
    """Put an attack behind every text of a resource, and add those that the chart lacks."""
    if isinstance(value, dict):
        return {k: poisoned(v, attack, k) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(v, attack, key) for v in value]
    if (
        isinstance(value, str)
        and key not in _KEPT
        and not key.lower().endswith(("date", "datetime", "issued", "started"))
    ):
        return f"{value} {attack}"
    return value


def hostile(attack: str) -> str:
    bundle = json.loads(CHART.read_text(encoding="utf-8"))
    for entry in bundle["entry"]:
        entry["resource"] = poisoned(entry["resource"], attack)
        entry["resource"]["note"] = [{"text": attack}]
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["name"] = [{"text": attack, "family": attack, "given": [attack]}]
            entry["resource"].pop("note")
        for field in ("code", "medicationCodeableConcept"):
            if field in entry["resource"]:
                entry["resource"][field]["text"] = attack
    return json.dumps(bundle)


@pytest.mark.parametrize("attack", ATTACKS)
def test_words_stay_words(opened: Open, attack: str) -> None:
    page = opened("/").page
    page.get_by_text("Your own Bundle").click()
    page.get_by_label("As of").fill("2026-03-02")
    page.get_by_label("Paste").fill(hostile(attack))
    expect(page.locator("#status")).to_have_text("1 card, as of 2026-03-02.")
    expect(page.locator("#patient")).to_contain_text(attack.rstrip("\u202e"))
    for details in page.locator("details").all():
        details.evaluate("(d) => { d.open = true; }")
    page.locator("details.reasoning .reference").first.click()
    page.wait_for_timeout(150)
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("main img, main iframe, main script, dialog img, dialog iframe").count() == 0
    assert page.locator("[onerror], [onload], [onmouseover]").count() == 0
    hrefs = page.eval_on_selector_all("main a[href]", "(all) => all.map((a) => a.getAttribute('href'))")
    assert [h for h in hrefs if "evil" in h or h.startswith("javascript")] == []


def test_the_policy_of_each_page_lets_nothing_inline_run(opened: Open) -> None:
    one = opened("/")
    page = one.page
    for path in ("/", "/knowledge"):
        policy = page.request.get(page.url.split("/?")[0].rstrip("/") + path).headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
    with pytest.raises(Exception, match="TrustedHTML"):
        page.evaluate("() => { document.body.innerHTML = '<b>x</b>'; }")
    one.complaints.clear()  # the browser itself notes what it blocked
