"""Answers of peers that clients could not use: each test is named after what went wrong there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.serving import Server

PATH = "/cds-services/steroid-injection-followup"
MAY_BE_EMPTY = {"cards", "services"}
# Ours to say as we like, as an extension: empty lists mean "none" there.
FREE = {"extension"}


@pytest.fixture(scope="module")
def answers(real: Server, charts: list[Any]) -> list[Any]:
    """Return the answer to each fixture's chart."""
    found = [real.post(PATH, json.dumps(chart).encode()) for chart in charts]
    return [answer.json() for answer in found if answer.status == 200]


@pytest.fixture(scope="module")
def cards(answers: list[Any]) -> list[Any]:
    return [card for answer in answers for card in answer["cards"]]


@pytest.fixture(scope="module")
def discovery(real: Server) -> Any:
    return real.ask("GET", "/cds-services").json()


@pytest.fixture(scope="module")
def suggestions(cards: list[Any]) -> list[Any]:
    return [suggestion for card in cards for suggestion in card.get("suggestions", [])]


def blanks(value: Any, at: str = "") -> Iterator[str]:
    """Yield where something is null or empty."""
    if value is None or (value in ("", [], {}) and at.rpartition(".")[2] not in MAY_BE_EMPTY):
        yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in FREE:
                yield from blanks(inner, f"{at}.{name}")
    if isinstance(value, list):
        for inner in value:
            yield from blanks(inner, at)


def test_usage_requirements_were_lost_for_their_spelling(discovery: Any) -> None:
    """HealthChain wrote `usage_requirements`, and the field dropped out."""
    for service in discovery["services"]:
        assert service["usageRequirements"].strip()
        assert not [name for name in service if "_" in name]


def test_nulls_and_empty_fields_were_sent(answers: list[Any], discovery: Any) -> None:
    """fhirkit: `"usageRequirements": null`, `"systemActions": null`."""
    assert not list(blanks(discovery))
    for answer in answers:
        assert not list(blanks(answer))


def test_suggestions_were_built_and_thrown_away(suggestions: list[Any]) -> None:
    """HAPI resolved them and dropped the result; only the answer on the wire shows it."""
    assert suggestions
    for suggestion in suggestions:
        assert suggestion["actions"]


def test_an_action_had_no_resource_or_a_resource_as_text(suggestions: list[Any]) -> None:
    """fhirkit's own example, and cqf-ruler#11 (`Create`, and the resource as a string)."""
    for suggestion in suggestions:
        for action in suggestion["actions"]:
            assert action["type"] == "create"
            assert action["description"].strip()
            assert action["resource"]["resourceType"] == "ServiceRequest"


def test_suggestions_came_without_selection_behavior(cards: list[Any]) -> None:
    """fhirkit; and openly wrong the other way round."""
    for card in cards:
        assert ("suggestions" in card) == ("selectionBehavior" in card)


def test_only_the_first_suggestion_was_sent(cards: list[Any]) -> None:
    """cqf-ruler resolved the first one."""
    assert max(len(card.get("suggestions", [])) for card in cards) > 1


def test_more_than_one_suggestion_was_the_recommended_one(cards: list[Any]) -> None:
    """HealthChain required `isRecommended` on each."""
    for card in cards:
        assert sum(s.get("isRecommended", False) for s in card.get("suggestions", [])) <= 1
        assert all(s.get("isRecommended", True) for s in card.get("suggestions", []))


def test_indicators_were_of_a_draft(cards: list[Any]) -> None:
    """An example service of 2016 still sends `success` and `hard-stop`."""
    assert {card["indicator"] for card in cards} <= {"info", "warning", "critical"}


def test_override_reasons_could_not_be_tested(cards: list[Any]) -> None:
    """sandbox-cds-services#25 asked for some."""
    reasons = [reason for card in cards for reason in card.get("overrideReasons", [])]
    assert reasons
    for reason in reasons:
        assert set(reason) == {"system", "code", "display"}


def test_a_card_could_not_be_dismissed_or_answered(cards: list[Any], suggestions: list[Any]) -> None:
    """Without a uuid the sandbox offers no dismissal, and a uuid that is used twice hides the new card."""
    uuids = [card["uuid"] for card in cards] + [suggestion["uuid"] for suggestion in suggestions]
    assert len(set(uuids)) == len(uuids)


TOKEN = re.compile(
    r"\{\{(?:context\.(?:patientId|userId|encounterId)|user(?:Practitioner|PractitionerRole|Patient|RelatedPerson)Id"
    r"|today\(\)(?: [+-] \d+ days?)?)\}\}"
)


def test_prefetch_templates_reached_into_the_context(discovery: Any) -> None:
    """Da Vinci CRD#296: only tokens at the root of the context are in the specification."""
    for service in discovery["services"]:
        for template in service["prefetch"].values():
            assert "{{" in template
            assert "{" not in TOKEN.sub("", template)


HOSTILE = " <img src=x onerror=alert(1)> [a](https://evil.test) **<b>x</b>** \u202e<script>1</script>"
MARKS = ("<img", "<script", "](http", "evil.test", "\u202e", "<b>", "**x")
TYPED = {"display", "text", "family", "given", "title", "unit", "description", "comparator"}
NAMED = {"id", "fullUrl", "reference"}


@pytest.mark.parametrize("names", [TYPED, NAMED], ids=["words", "identifiers"])
def test_the_chart_s_text_was_sent_as_markdown_and_html(
    real: Server, charts: list[Any], cards: list[Any], names: set[str]
) -> None:
    """The sandbox renders `detail` with raw HTML; what a chart says must not become markup (Argonaut risk 1)."""
    shown = 0
    usual = {kind for card in cards for kind in rendered(card.get("detail", ""))}
    assert not usual & {"html_inline", "html_block", "image"}
    for chart in charts:
        patient = chart["context"]["patientId"]
        hostile = {**chart, "prefetch": _hostile(chart["prefetch"], names, keep=patient)}
        answer = real.post(PATH, json.dumps(hostile).encode())
        said: Any = answer.json()
        assert answer.status in {200, 412}, said
        for card in said.get("cards", []):
            shown += 1
            assert rendered(card.get("detail", "")) <= usual
            assert not rendered(card["summary"]) - {"paragraph_open", "paragraph_close", "inline", "text"}
            for mark in MARKS:
                assert mark not in json.dumps(card, ensure_ascii=False)
    assert shown or names is NAMED


def rendered(markdown: str) -> set[str]:
    """Return the kinds of what a client makes of Markdown, raw HTML and bare links included."""
    tokens = MarkdownIt("gfm-like", {"html": True}).parse(markdown)
    return {inner.type for token in tokens for inner in (token, *(token.children or ()))}


def test_links_led_where_the_chart_or_the_call_said(real: Server, cards: list[Any]) -> None:
    """Links come from our own configuration alone (Argonaut risk 2)."""
    for card in cards:
        for url in (card["source"]["url"], *(link["url"] for link in card.get("links", []))):
            assert url.startswith(f"{real.url}/")


def _hostile(value: Any, names: set[str], *, keep: str, name: str = "") -> Any:
    """Add markup to each text of these names, save where it says whose chart it is."""
    if isinstance(value, dict):
        return {key: _hostile(inner, names, keep=keep, name=key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hostile(inner, names, keep=keep, name=name) for inner in value]
    if name in names and isinstance(value, str) and not value.endswith(keep):
        return value + HOSTILE
    return value
