"""A site's pages on the running service, named by the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases.book import read_case, read_json
from tests.serving import Server, serving

from .sites import overlay

EXPLAIN = "org.steroid-injection-followup.assessment"
SAYS = "site pages laid over: cards (off); causes/40-incorrect-location (E4.2); thresholds (durability_end_days)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the service with a number, a row and a card kind of a site."""
    folder = tmp_path_factory.mktemp("site")
    pages = overlay(
        folder / "pages",
        thresholds="[durability_end_days]\nvalue = 90\n",
        cards='off = ["too-early"]\n',
        **{"causes__40-incorrect-location": '[[evidence]]\nid = "E4.2"\nstatus = "retired"\n'},
    )
    with serving(folder, CDS_KNOWLEDGE_OVERLAY=str(pages), CDS_PLAYGROUND="true") as running:
        yield running


def asked(server: Server, case: str) -> dict[str, Any]:
    """Return the playground's answer to a case's chart."""
    got = server.post(
        f"/playground/evaluate?asOf={read_case(case)['as_of']}", json.dumps(read_json(case, "chart.json")).encode()
    )
    assert got.status == 200
    found: dict[str, Any] = json.loads(got.body)
    return found


def test_the_answer_says_what_was_laid_over(site: Server) -> None:
    found = asked(site, "hip-unguided-obese")
    assert found["extension"][EXPLAIN]["knowledgeOverlay"] == SAYS
    [card] = found["cards"]
    assert f"Knowledge 1.0.0 with {SAYS}"[:60] in card["detail"]
    assert "transient when lost by day 90 (set by this site)" in card["detail"]
    assert "no image guidance, and the right hip is a deep target. Missed placement" not in card["detail"]


def test_a_card_kind_that_is_off_is_not_shown(site: Server) -> None:
    found = asked(site, "shoulder-too-early")
    assert found["cards"] == []
    assert found["extension"][EXPLAIN]["episodes"][0]["response"]["class"] == "too-early"
    assert found["extension"][EXPLAIN]["knowledgeOverlay"] == SAYS


def test_a_bad_overlay_never_answers(tmp_path: Path) -> None:
    pages = overlay(tmp_path / "pages", thresholds="[too_early_day]\nvalue = 1\n")
    with (
        pytest.raises(pytest.fail.Exception, match="did you mean 'too_early_days'"),
        serving(tmp_path, CDS_KNOWLEDGE_OVERLAY=str(pages)),
    ):
        pass
