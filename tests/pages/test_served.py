"""The pages over HTTP alone: what production serves, what is kept of a posted chart, and what no address reaches."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from cds_service.app import create_app
from cds_service.config import Settings
from cds_service.pages.document import document_of
from cds_service.pages.fixtures import chart_text, fixtures
from cds_service.service import Place, Review

MARK = "Canary-Patient-7731"
CHART = Path(__file__).resolve().parents[2] / "fhir_fixtures" / "hip-unguided-obese" / "chart.json"


def served(folder: Path, **settings: Any) -> Flask:
    app = create_app(
        Settings(database_url=f"sqlite:///{folder}/cds.db", **settings),
        today=lambda: date(2026, 3, 2),
        audit_stream=StringIO(),
    )
    app.testing = True
    return app


def test_without_the_playground_only_the_knowledge_is_there(tmp_path: Path) -> None:
    app = served(tmp_path, playground=False)
    client = app.test_client()
    found = {path: client.get(path).status_code for path in ("/", "/playground/fixtures/knee-relieved", "/knowledge")}
    assert found == {"/": 404, "/playground/fixtures/knee-relieved": 404, "/knowledge": 200}
    assert client.post("/playground/show", data=CHART.read_bytes()).status_code in (404, 405)
    assert "Playground" not in client.get("/knowledge").text
    app.extensions["store"].close()


def test_of_a_posted_chart_nothing_is_kept(tmp_path: Path) -> None:
    app = served(tmp_path)
    bundle = CHART.read_text(encoding="utf-8").replace('"p1"', f'"{MARK}"').replace("Patient/p1", f"Patient/{MARK}")
    got = app.test_client().post("/playground/show", data=bundle, content_type="application/json")
    assert got.status_code == 200
    assert MARK in got.text
    app.extensions["store"].close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []


def test_the_page_gets_the_answer_of_the_service(tmp_path: Path) -> None:
    app = served(tmp_path)
    shown, answered = (
        json.loads(
            app.test_client().post(f"/playground/{end}", data=CHART.read_bytes(), content_type="application/json").data
        )
        for end in ("show", "evaluate")
    )
    assert [c["summary"] for c in shown["answer"]["cards"]] == [c["summary"] for c in answered["cards"]]
    assert {e["kind"] for e in shown["picture"]["episodes"][0]["events"]} == {"injection", "score", "record"}
    app.extensions["store"].close()


@pytest.mark.parametrize("name", ["..", "../tests", "hip-unguided-obese/..", "no-such", ".", "", "HIP-UNGUIDED-OBESE"])
def test_only_a_listed_example_can_be_read(name: str) -> None:
    assert chart_text(fixtures(), name) is None


def test_a_folder_that_is_not_there_gives_no_examples(tmp_path: Path) -> None:
    assert fixtures(tmp_path / "none") == ()


def test_a_document_has_places_links_and_no_markup_of_its_own() -> None:
    text = "# T\n\nAbout <b>it</b>.\n\n## One\n\n| Row | Says |\n|---|---|\n| E1 | see L2<br>and <img src=x> |\n"
    text += "| a b | x |\n"
    document = document_of(
        Review(Path("x"), text + "\n## Two\n\n| Key | T |\n|---|---|\n| L2 | y |\n", {"name": Place("One", "a b")})
    )
    about, one, two = document.chapters
    assert "&lt;b&gt;it" in about.body
    assert '<tr id="E1">' in one.body
    assert 'see <a href="#L2">L2</a><br>and &lt;img src=x&gt;' in one.body
    assert '<span id="name"></span>a b' in one.body
    assert '<th scope="row">L2</th>' in two.body
