"""The same chart, sent in another form or order, gets the same answer."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.cases.book import folders, read_case, read_json
from tests.cases.conftest import Running
from tests.cases.expect import settled

FEW = [
    "knee-four-injections-shortening-relief", "shoulder-pain-from-the-neck", "every-form-of-reference",
    "recorded-three-times", "knee-septic-red-flags",
]  # fmt: skip


def turned(bundle: Any) -> Any:
    """Return the Bundle with its entries in the opposite order."""
    return {**bundle, "entry": bundle["entry"][::-1]}


@pytest.mark.parametrize("folder", FEW)
@pytest.mark.parametrize("kind", ["searchset", "transaction", "batch"])
def test_kind_of_bundle(folder: str, kind: str, running: Running) -> None:
    bundle, day = read_json(folder, "chart.json"), read_case(folder)["as_of"]
    assert settled(running.evaluate({**bundle, "type": kind}, day)) == settled(
        running.evaluate(read_json(folder, "chart.json"), day)
    )


@pytest.mark.parametrize("folder", [f for f in FEW if f != "every-form-of-reference"])
def test_bare_list_of_resources(folder: str, running: Running) -> None:
    bundle, day = read_json(folder, "chart.json"), read_case(folder)["as_of"]
    resources = [entry["resource"] for entry in bundle["entry"]]
    assert settled(running.evaluate(resources, day)) == settled(running.evaluate(read_json(folder, "chart.json"), day))


@pytest.mark.parametrize("folder", folders())
def test_order_of_entries(folder: str, running: Running) -> None:
    bundle, day = read_json(folder, "chart.json"), read_case(folder)["as_of"]
    assert settled(running.evaluate(turned(bundle), day)) == settled(
        running.evaluate(read_json(folder, "chart.json"), day)
    )


@pytest.mark.parametrize("folder", ["claim-right-and-left", "claim-bilateral-modifier"])
def test_modifiers_behind_the_code(folder: str, running: Running) -> None:
    bundle, day = copy.deepcopy(read_json(folder, "chart.json")), read_case(folder)["as_of"]
    billed = [e["resource"]["code"]["coding"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Procedure"]
    for coding in billed:
        modifiers = [c["code"] for c in coding if len(c["code"]) == 2]
        assert modifiers
        coding[:] = [c for c in coding if len(c["code"]) > 2]
        coding[0]["code"] = "-".join((coding[0]["code"], *modifiers))
    assert settled(running.evaluate(bundle, day)) == settled(running.evaluate(read_json(folder, "chart.json"), day))


@pytest.mark.parametrize("folder", FEW)
def test_what_is_not_read_changes_nothing(folder: str, running: Running) -> None:
    bundle, day = copy.deepcopy(read_json(folder, "chart.json")), read_case(folder)["as_of"]
    subject = {"reference": "Patient/p1"}
    bundle["entry"] += [
        {"resource": {"resourceType": "Claim", "id": "c1", "patient": subject, "status": "active"}},
        {"resource": {"resourceType": "Immunization", "id": "i1", "patient": subject, "status": "completed"}},
        {"resource": {"resourceType": "CarePlan", "id": "cp1", "subject": subject, "status": "active"}},
    ]
    assert settled(running.evaluate(bundle, day)) == settled(running.evaluate(read_json(folder, "chart.json"), day))
