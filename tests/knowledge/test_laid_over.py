"""A site's pages laid over ours: what merges, what is replaced, and what is refused with the fix in the message."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.errors import KnowledgeError
from cds_service.knowledge import changed_names, laid_over

THRESHOLDS = {
    "too_early_days": {"value": 14, "unit": "days", "provenance": "SEED", "cites": ["S10"], "says": "Too early."},
    "fever_celsius": {"value": 38.0, "unit": "degrees", "provenance": "LIT-G", "cites": [], "says": "Fever."},
}
CAUSE = {
    "id": "delay",
    "seeds": ["S1", "S2"],
    "evidence": [
        {"id": "E1", "weight": 3, "provenance": "ENG", "when": {"days": {"below": "too_early_days"}}},
        {"id": "E2", "weight": 1, "provenance": "ENG", "when": {"tendon": {"is": True}}},
    ],
}
SAFETY = {"version": "1", "kinds": {"a": {"status": "active", "order": 1}, "b": {"status": "active", "order": 2}}}


def test_a_threshold_changes_alone_and_loses_our_provenance() -> None:
    merged = laid_over(THRESHOLDS, {"too_early_days": {"value": 10}}, "thresholds")
    assert merged["too_early_days"] == {**THRESHOLDS["too_early_days"], "value": 10, "provenance": "SITE"}
    assert merged["fever_celsius"] == THRESHOLDS["fever_celsius"]


def test_a_site_can_say_where_its_number_comes_from() -> None:
    merged = laid_over(
        THRESHOLDS, {"too_early_days": {"value": 10, "provenance": "SITE, pain board 2026"}}, "thresholds"
    )
    assert merged["too_early_days"]["provenance"] == "SITE, pain board 2026"


def test_one_row_changes_by_its_id_and_the_rest_stay_in_order() -> None:
    merged = laid_over(CAUSE, {"evidence": [{"id": "E2", "weight": 2}]}, "causes/80")
    assert [row["id"] for row in merged["evidence"]] == ["E1", "E2"]
    assert merged["evidence"][0] == CAUSE["evidence"][0]
    assert merged["evidence"][1] == {**CAUSE["evidence"][1], "weight": 2, "provenance": "SITE"}  # type: ignore[dict-item]


def test_a_retired_row_keeps_its_provenance() -> None:
    merged = laid_over(CAUSE, {"evidence": [{"id": "E1", "status": "retired"}]}, "causes/80")
    assert merged["evidence"][0]["status"] == "retired"
    assert merged["evidence"][0]["provenance"] == "ENG"


def test_a_comparison_changes_and_another_is_added_under_when() -> None:
    row = {"id": "E2", "when": {"tendon": {"is": False}, "days": {"above": 3}}}
    merged = laid_over(CAUSE, {"evidence": [row]}, "causes/80")
    assert merged["evidence"][1]["when"] == {"tendon": {"is": False}, "days": {"above": 3}}


def test_a_list_of_words_is_replaced() -> None:
    assert laid_over(CAUSE, {"seeds": ["S9"]}, "causes/80")["seeds"] == ["S9"]


def test_rows_without_an_id_are_replaced_as_a_whole() -> None:
    ours = {"surrogates": [{"says": "a"}, {"says": "b"}]}
    assert laid_over(ours, {"surrogates": [{"says": "c"}]}, "response")["surrogates"] == [{"says": "c"}]


@pytest.mark.parametrize("key", ["tag", "step", "code"])
def test_rows_are_told_apart_by_what_they_have(key: str) -> None:
    ours = {"rows": [{key: "x", "n": 1}, {key: "y", "n": 1}]}
    assert laid_over(ours, {"rows": [{key: "y", "n": 2}]}, "page")["rows"] == [{key: "x", "n": 1}, {key: "y", "n": 2}]


def test_a_page_open_to_additions_takes_them() -> None:
    assert "site-policy" in laid_over(
        {"L01": {"title": "x"}}, {"site-policy": {"title": "y"}}, "citations", open_to={"citations"}
    )
    ours = {"reasons": [{"code": "a"}, {"code": "b"}]}
    merged = laid_over(ours, {"reasons": [{"code": "c"}]}, "cards", open_to={"cards.reasons"})
    assert [r["code"] for r in merged["reasons"]] == ["a", "b", "c"]


def test_ours_is_never_touched() -> None:
    before = repr(CAUSE)
    laid_over(CAUSE, {"evidence": [{"id": "E1", "weight": 1}]}, "causes/80")
    assert repr(CAUSE) == before


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a threshold that we do not have": (THRESHOLDS, {"too_erly_days": {"value": 1}}, "did you mean 'too_early_days'?"),
    "a threshold like none of ours": (THRESHOLDS, {"zzz": {"value": 1}}, "use one of too_early_days, fever_celsius"),
    "a row that we do not have": (CAUSE, {"evidence": [{"id": "E9", "weight": 1}]}, "page.evidence: ours has no 'E9'"),
    "a row without its id": (CAUSE, {"evidence": [{"weight": 1}]}, "name each row that you change by its `id`"),
    "a row given twice": (CAUSE, {"evidence": [{"id": "E1"}, {"id": "E1"}]}, "a row is given twice"),
    "rows that are no rows": (CAUSE, {"evidence": "none"}, "name each row that you change by its `id`"),
    "a kind of card that we do not have": (
        SAFETY,
        {"kinds": {"c": {"status": "retired"}}},
        "page.kinds: ours has no 'c'",
    ),
    "a value where ours is a table": (THRESHOLDS, {"fever_celsius": 39}, "write [fever_celsius] and its fields"),
}


@pytest.mark.parametrize(("page", "site", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_where_and_how_to_mend_it(page: dict[str, Any], site: dict[str, Any], says: str) -> None:
    with pytest.raises(KnowledgeError) as refused:
        laid_over(page, site, "page")
    assert str(refused.value).startswith("overlay, page")
    assert says in str(refused.value)


def test_what_changed_is_named() -> None:
    assert list(changed_names(THRESHOLDS, {"too_early_days": {"value": 10}})) == ["too_early_days"]
    assert list(changed_names(CAUSE, {"evidence": [{"id": "E2"}], "seeds": []})) == ["E2", "seeds"]
    assert list(changed_names(SAFETY, {"kinds": {"a": {"status": "retired"}}})) == ["a"]
