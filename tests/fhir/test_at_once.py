"""A body that is read in one pass says what the same body says when it is read entry by entry."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cds_service import fhir_types as fhir
from cds_service.bundle import Page
from cds_service.chart import Chart
from cds_service.fhir_client.client import FhirServers
from cds_service.service import PrefetchTemplate
from tests.cases.prefetch import prefetched
from tests.fhir.calls import AS_OF, OPTIONAL, body, gathered
from tests.fhir.test_states import SENT
from tests.serving import ROOT

FIXTURES = sorted(path.parent.name for path in ROOT.glob("fhir_fixtures/*/chart.json"))
KINDS = ("Patient", "Procedure", "MedicationAdministration", "MedicationRequest", "Observation", "Condition")
TEMPLATES = [PrefetchTemplate(kind, f"{kind}?patient={{{{context.patientId}}}}", (kind,)) for kind in KINDS]
NOT_ASKED_FOR = {"not asked for": [1]}  # no FHIR: the whole body is looked at again, and its values stay raw


def _is_read_the_same(
    sent: dict[str, Any], patient: str, templates: list[PrefetchTemplate], servers: FhirServers
) -> None:
    at_once = gathered(body(prefetch=sent, patientId=patient), templates, servers=servers)
    again = gathered(body(prefetch=sent | NOT_ASKED_FOR, patientId=patient), templates, servers=servers)
    assert at_once == again


@pytest.mark.parametrize("name", SENT)
def test_a_state_is_the_same(name: str, servers: FhirServers) -> None:
    value = SENT[name][0]
    _is_read_the_same({} if value is ... else {"procedures": value}, "p1", [OPTIONAL], servers)


@pytest.mark.parametrize("folder", FIXTURES)
def test_a_chart_is_the_same(folder: str, servers: FhirServers) -> None:
    chart = json.loads((ROOT / "fhir_fixtures" / folder / "chart.json").read_text(encoding="utf-8"))
    ids = [e["resource"]["id"] for e in chart["entry"] if e["resource"].get("resourceType") == "Patient"]
    sent = prefetched(chart, {template.key: template.query for template in TEMPLATES})
    _is_read_the_same(sent, ids[0] if ids else "p1", TEMPLATES, servers)


def test_a_contained_resource_that_is_nested_too_deeply_is_not_found() -> None:
    deep = b'{"resourceType":"Medication","id":"m","x":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    given = fhir.MedicationAdministration(contained=(msgspec.Raw(deep),))
    chart = Chart(patient_id="p1", as_of=AS_OF)
    assert chart.find(fhir.Reference(reference="#m"), fhir.Medication, given) is None


def test_what_is_as_it_nearly_always_is_is_read_once() -> None:
    sent = {"a": SENT["whole list"][0], "b": SENT["a single resource"][0]}
    read = body(prefetch=sent).prefetch
    assert isinstance(read, dict)
    assert all(isinstance(page, Page) for page in read.values())
