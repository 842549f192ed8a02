"""The never-do list (clinical model 5.2) over every case of fhir_fixtures/."""

from __future__ import annotations

import pytest

from tests.cases.book import folders, read_json
from tests.cases.expect import ASSESSMENT
from tests.cases.never import RULES, Answer


def answer(folder: str) -> Answer:
    """Return the accepted answer of a case with its chart."""
    expected = read_json(folder, "expected.json")
    entries = [e["resource"] for e in read_json(folder, "chart.json")["entry"] if isinstance(e.get("resource"), dict)]
    resources = {f"{r['resourceType']}/{r.get('id')}": r for r in entries if "resourceType" in r}
    patient = next(key for key in resources if key.startswith("Patient/"))
    return Answer(expected["cards"], expected["extension"][ASSESSMENT]["episodes"], resources, patient)


@pytest.mark.parametrize("folder", folders())
@pytest.mark.parametrize("rule", RULES)
def test_it_is_never_done(rule: str, folder: str) -> None:
    assert list(RULES[rule](answer(folder))) == []


def test_nobody_under_eighteen_gets_a_card() -> None:
    """10."""
    assert answer("adolescent").cards == []
