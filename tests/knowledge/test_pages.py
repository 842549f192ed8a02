"""Every page, number, fact and source: named, used, cited, dated, and with a provenance."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from cds_service.knowledge import Page, convert
from hooks.steroid_injection_followup.checking import dates, found, used
from hooks.steroid_injection_followup.facts import FACTS
from hooks.steroid_injection_followup.library import load
from hooks.steroid_injection_followup.plan.picture import GATES
from hooks.steroid_injection_followup.safety.facts import FACTS as SAFETY_FACTS

LIBRARY = load()
PAGES = sorted(LIBRARY.raw)
SIGNED = [stem for stem in PAGES if stem.startswith(("causes/", "ladders/"))] + ["safety", "workup", "seed-trace"]
PLAIN = ("SEED", "LIT-C", "LIT-G", "ENG")


@pytest.mark.parametrize("stem", SIGNED)
def test_what_a_clinician_signs_has_version_and_review(stem: str) -> None:
    page = LIBRARY.raw[stem]
    assert re.fullmatch(r"\d+\.\d+\.\d+", page["version"])
    assert page["reviewed"]
    assert page.get("status", "active") == "active"


def test_the_release_has_its_dates_and_is_not_signed() -> None:
    assert list(dates.wrong(LIBRARY)) == []
    assert LIBRARY.raw["knowledge"]["status"] == "draft"


@pytest.mark.parametrize("name", LIBRARY.thresholds)
def test_a_number_says_what_it_does_where_it_comes_from_and_is_used(name: str) -> None:
    threshold = LIBRARY.thresholds[name]
    assert threshold.provenance in PLAIN
    assert threshold.says.endswith(".")
    assert threshold.unit
    assert threshold.cites or threshold.provenance in ("ENG", "LIT-G")
    assert name in used.named(LIBRARY)


@pytest.mark.parametrize("name", [*FACTS, *GATES, *SAFETY_FACTS])
def test_a_fact_is_named_by_a_page_or_by_another_fact(name: str) -> None:
    assert name in used.named(LIBRARY)


@pytest.mark.parametrize("stem", PAGES)
def test_a_page_names_only_facts_that_exist(stem: str) -> None:
    known = {*FACTS, *GATES, *SAFETY_FACTS}
    assert set(_under_when(LIBRARY.raw[stem])) <= known


def _under_when(table: Any) -> list[str]:
    if isinstance(table, list):
        return [name for row in table for name in _under_when(row)]
    if not isinstance(table, dict):
        return []
    own = list(table["when"]) if isinstance(table.get("when"), dict) else []
    return own + [name for key, value in table.items() if key != "when" for name in _under_when(value)]


@pytest.mark.parametrize("key", LIBRARY.citations)
def test_a_source_is_cited_or_says_what_it_is_listed_for(key: str) -> None:
    cited = {c for stem in PAGES for c in (text for _, text in found.found(LIBRARY.raw[stem], "cites", stem))}
    assert (key in cited) != bool(LIBRARY.citations[key].background)


def test_the_pages_are_read_with_types_that_refuse_what_they_do_not_know() -> None:
    def below(kind: type[Any]) -> list[type[Any]]:
        return [kind, *(k for sub in kind.__subclasses__() for k in below(sub))]

    assert len(below(Page)) > 25
    for kind in below(Page):
        assert kind.__struct_config__.forbid_unknown_fields
        assert kind.__struct_config__.frozen


def test_an_unknown_field_is_named() -> None:
    from cds_service.errors import KnowledgeError
    from cds_service.knowledge import Threshold

    with pytest.raises(KnowledgeError, match=r"page\.toml: Object contains unknown field `extra`; correct that field"):
        convert(
            {"value": 1, "unit": "d", "provenance": "ENG", "cites": [], "says": "x", "extra": 1}, Threshold, "page.toml"
        )


def test_pages_hold_no_raw_codes() -> None:
    """Rules name value sets; a code of a clinical code system stands in the value sets alone."""
    code = re.compile(r"\b(?:\d{5,18}|\d{1,5}-\d|[A-TV-Z]\d\d(?:\.\w{1,4})?)\b")
    for stem in PAGES:
        if stem in ("unverified-codes", "code-systems", "citations", "seed-trace", "thresholds", "review", "knowledge"):
            continue
        texts = [
            t
            for field in ("tags", "sites", "counts", "order", "specific")
            for _, t in found.found(LIBRARY.raw[stem], field, stem)
        ]
        assert not [t for t in texts if code.fullmatch(t)]


def test_msgspec_reads_whole_numbers_as_numbers() -> None:
    assert all(isinstance(t.value, float) for t in LIBRARY.thresholds.values())
    assert msgspec.to_builtins(LIBRARY.thresholds["too_early_days"])["value"] == 14.0
