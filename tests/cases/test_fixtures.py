"""Each case of `fhir_fixtures/` through real HTTP: what it must hold, and the whole answer to the letter."""

from __future__ import annotations

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.cases.book import FIXTURES, charts, folders, read_case, read_json, to_text
from tests.cases.conftest import Running
from tests.cases.expect import disappointments, settled

VIGNETTES = {
    f"V{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16, 18, 20, 21, 24, 25, 26, 27, 29, 31, 32, 34)
}
VIGNETTES |= {"V36", "V40"}
CASES = folders()


def test_every_vignette_has_its_case() -> None:
    assert {read_case(folder).get("vignette") for folder in CASES} - {None} == VIGNETTES


def test_every_chart_has_its_case_and_every_case_its_chart() -> None:
    assert sorted(charts()) == CASES


@pytest.mark.parametrize("folder", CASES)
def test_chart_is_as_it_was_written(folder: str, *, accept: bool) -> None:
    written = to_text(charts()[folder]())
    file = FIXTURES / folder / "chart.json"
    if accept:
        file.write_text(written)
    assert file.read_text() == written, "run pytest --accept and read the difference"


@pytest.mark.parametrize("folder", [f for f in CASES if read_case(f).get("valid_fhir", True)])
def test_chart_is_valid_fhir(folder: str) -> None:
    get_fhir_model_class("Bundle").model_validate(read_json(folder, "chart.json"))


@pytest.mark.parametrize("folder", CASES)
def test_answer_holds_what_the_case_expects(folder: str, running: Running) -> None:
    case = read_case(folder)
    answer = running.evaluate(read_json(folder, "chart.json"), case["as_of"])
    assert disappointments(answer, case["expect"]) == []


@pytest.mark.parametrize("folder", CASES)
def test_answer_is_the_accepted_one(folder: str, running: Running, *, accept: bool) -> None:
    answer = settled(running.evaluate(read_json(folder, "chart.json"), read_case(folder)["as_of"]))
    file = FIXTURES / folder / "expected.json"
    if accept:
        file.write_text(to_text(answer))
    assert file.exists(), "run pytest --accept and read the answer"
    assert read_json(folder, "expected.json") == answer, "run pytest --accept and read the difference"


@pytest.mark.parametrize("folder", CASES)
def test_service_call_gives_the_same_answer(folder: str, running: Running) -> None:
    chart, as_of = read_json(folder, "chart.json"), read_case(folder)["as_of"]
    assert settled(running.call(chart, as_of)) == settled(running.evaluate(chart, as_of))
