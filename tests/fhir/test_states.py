"""The states of a prefetch key, each told apart and carried to the chart (issue: silence is a clinical claim)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from cds_service.errors import NeededDataMissing, WrongPatient
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.faults import WORDS, Fault
from cds_service.prefetch import State
from cds_service.service import PrefetchTemplate
from tests.fhir.calls import NEEDED, OPTIONAL, PATIENT, body, gathered
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, bundle, procedure

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
UNREADABLE = {"resourceType": "Procedure", "id": "bad", "status": 5, "subject": {"reference": "Patient/p1"}}
NO_SERVER = "no FHIR server was named"


def _warning(severity: str, code: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


LEFT_OUT = "a warning in the answer may mean that data are left out"

# What is sent for the key -> state, the gap without a server, and whether needed data may come so.
SENT: dict[str, tuple[Any, State, str | None, bool]] = {
    "absent": (..., State.ABSENT, f"not sent: {NO_SERVER}", False),
    "null": (None, State.NULL, None, True),
    "operation outcome": (OUTCOME, State.OUTCOME, "an error came in place of data", False),
    "bundle with an error alone": (bundle(OUTCOME), State.OUTCOME, "an error came in place of data", False),
    "empty bundle": (bundle(), State.EMPTY, None, True),
    "empty bundle that says total 0": (bundle(total=0), State.EMPTY, None, True),
    "bundle without entry": ({"resourceType": "Bundle", "type": "searchset"}, State.EMPTY, None, True),
    "empty bundle that says total 3": (bundle(total=3), State.PART, "0 of 3 came", True),
    "whole list": (bundle(procedure(1), procedure(2), total=2), State.WHOLE, None, True),
    "whole list without total": (bundle(procedure(1)), State.WHOLE, None, True),
    "a collection": (bundle(procedure(1), type="collection"), State.WHOLE, None, True),
    "a single resource": (procedure(1), State.WHOLE, None, True),
    "first page": (
        bundle(procedure(1), next_url="https://ehr.test/x?p=2"), State.PART, f"first page only: {NO_SERVER}", True,
    ),
    "total larger than what came": (bundle(procedure(1), total=509), State.PART, "1 of 509 came", True),
    "error beside data": (bundle(procedure(1), OUTCOME), State.WHOLE, LEFT_OUT, True),
    "warning that a parameter was ignored": (
        bundle(procedure(1), _warning("warning", "not-supported")), State.WHOLE, None, True,
    ),
    "warning that data are left out": (
        bundle(procedure(1), _warning("warning", "suppressed")), State.WHOLE, LEFT_OUT, True,
    ),
    "outcome without an issue": (
        bundle(procedure(1), {"resourceType": "OperationOutcome"}), State.WHOLE, LEFT_OUT, True,
    ),
    "unreadable entry": (bundle(procedure(1), UNREADABLE), State.WHOLE, "1 of its entries could not be read", True),
    "unreadable resource": (
        UNREADABLE, State.UNREADABLE, f"what was sent could not be read: {NO_SERVER}", False,
    ),
    "another type": (
        {"resourceType": "Patient", "id": "p1"}, State.UNREADABLE,
        f"what was sent could not be read: {NO_SERVER}", False,
    ),
    "bundle of another type": (
        bundle({"resourceType": "Condition", "id": "c1"}), State.UNREADABLE,
        f"what was sent could not be read: {NO_SERVER}", False,
    ),
    "empty object": ({}, State.UNREADABLE, f"what was sent could not be read: {NO_SERVER}", False),
    "text": ("123", State.UNREADABLE, f"what was sent could not be read: {NO_SERVER}", False),
    "number": (5, State.UNREADABLE, f"what was sent could not be read: {NO_SERVER}", False),
    "array": ([procedure(1)], State.UNREADABLE, f"what was sent could not be read: {NO_SERVER}", False),
}  # fmt: skip


def _prefetch(sent: Any) -> dict[str, Any]:
    return {} if sent is ... else {"procedures": sent}


@pytest.mark.parametrize("name", SENT)
def test_what_is_sent_for_a_key_has_its_own_state_and_gap(name: str, servers: FhirServers) -> None:
    sent, state, gap, _ = SENT[name]
    answer = gathered(body(prefetch=_prefetch(sent)), [OPTIONAL], servers=servers)
    assert answer.states == {"procedures": state}
    assert answer.chart.gaps.get("Procedure") == gap


@pytest.mark.parametrize("name", SENT)
def test_needed_data_that_did_not_come_refuses_and_a_part_of_it_does_not(name: str, servers: FhirServers) -> None:
    sent, _, gap, enough = SENT[name]
    if enough:
        answer = gathered(body(prefetch=_prefetch(sent)), [NEEDED], servers=servers)
        assert answer.chart.gaps.get("Procedure") == gap
        return
    with pytest.raises(NeededDataMissing) as refused:
        gathered(body(prefetch=_prefetch(sent)), [NEEDED], servers=servers)
    assert [(p.path, p.says) for p in refused.value.problems] == [("prefetch.procedures", gap)]


# With a server that has everything: which states are read anew, which are taken at their word.
READ_ANEW = {
    "absent", "empty bundle that says total 3", "total larger than what came", "unreadable resource", "another type",
    "bundle of another type", "empty object", "text", "number", "array",
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in SENT if n != "first page"])
def test_only_what_is_missing_is_read_from_the_server(name: str, start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.bundle(procedure(7), procedure(8), total=2))
    sent, _, gap, _ = SENT[name]
    answer = gathered(body(server.url, prefetch=_prefetch(sent)), [OPTIONAL], servers=servers)
    if name in READ_ANEW:
        assert answer.fetched == ("procedures",)
        assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr7", "pr8"]
        assert "Procedure" not in answer.chart.gaps
    else:
        assert answer.fetched == ()
        assert server.calls == []
        assert answer.chart.gaps.get("Procedure") == gap


def test_a_first_page_is_completed_from_the_server_it_came_from(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        at = int(call.target.partition("from=")[2])
        more = f"{server.url}/Procedure?from={at + 1}" if at < 3 else None
        call.bundle(procedure(at), next_url=more)

    server = start(behave)
    page = bundle(procedure(0), next_url=f"{server.url}/Procedure?from=1", total=4)
    answer = gathered(body(server.url, prefetch={"procedures": page}), [NEEDED], servers=servers)
    assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr0", "pr1", "pr2", "pr3"]
    assert "Procedure" not in answer.chart.gaps
    assert len(server.calls) == 3


def test_a_part_whose_rest_cannot_be_had_stays_a_part(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.reply(500))
    answer = gathered(body(server.url, prefetch={"procedures": bundle(procedure(1), total=9)}), servers=servers)
    assert [p.id for p in answer.chart.resources["Procedure"]] == ["pr1"]
    assert answer.chart.gaps["Procedure"] == "1 of 9 came"


def test_a_patient_of_the_request_that_is_another_refuses_it(servers: FhirServers) -> None:
    for sent in (
        {"resourceType": "Patient", "id": "p2"},
        {"resourceType": "Patient"},
        bundle({"resourceType": "Patient", "id": "P1"}),
    ):
        with pytest.raises(WrongPatient) as refused:
            gathered(body(prefetch={"patient": sent}), [PATIENT], servers=servers)
        assert [p.path for p in refused.value.problems] == ["prefetch.patient"]


@pytest.mark.parametrize(
    ("base", "kept"),
    [("https://ehr.example.org/fhir", True), ("http://EHR.example.org/fhir", True), ("https://other.test/fhir", False)],
)
def test_the_same_id_on_another_server_is_another_patient(base: str, kept: bool, servers: FhirServers) -> None:  # noqa: FBT001
    theirs = procedure() | {"subject": {"reference": f"{base}/Patient/p1/_history/2"}}
    request = body("https://ehr.example.org/fhir/", prefetch={OPTIONAL.key: bundle(theirs)})
    chart = gathered(request, servers=servers).chart
    assert bool(chart.resources.get("Procedure")) is kept
    assert [aside.reason for aside in chart.ignored] == ([] if kept else ["it is another patient's"])


def test_a_patient_of_the_server_that_is_another_is_ignored_and_missing(start: Start, servers: FhirServers) -> None:
    server = start(lambda call: call.reply(200, b'{"resourceType":"Patient","id":"p2"}'))
    answer = gathered(body(server.url), [PATIENT], servers=servers)
    assert answer.chart.patient is None
    assert answer.chart.gaps["Patient"] == "no Patient resource came"
    assert [aside.reference for aside in answer.chart.ignored] == ["Patient/p2"]


def test_a_key_that_is_not_ours_is_passed_over(servers: FhirServers) -> None:
    answer = gathered(body(prefetch={"procedures": bundle(), "user": "123", "other": OUTCOME}), servers=servers)
    assert answer.states == {"procedures": State.EMPTY}


def test_a_request_without_prefetch_at_all_does_not_fall_over(servers: FhirServers) -> None:
    """AHRQ's service dies of it: `prefetch` absent is the same as every key absent."""
    with pytest.raises(NeededDataMissing):
        gathered(body(), [NEEDED], servers=servers)


def test_every_combination_of_states_keeps_each_key_apart(start: Start, servers: FhirServers) -> None:
    """Four values for each of four keys: no key's state changes what is said of another's."""
    kinds = ("Condition", "Observation", "Encounter", "ServiceRequest")
    templates = [PrefetchTemplate(k, f"{k}?patient={{{{context.patientId}}}}", (k,)) for k in kinds]
    values: dict[str, tuple[Any, str | None]] = {
        "absent": (..., f"not sent: {WORDS[Fault.SERVER]}"),
        "null": (None, None),
        "outcome": (OUTCOME, "an error came in place of data"),
        "empty": (bundle(), None),
    }
    server = start(lambda call: call.reply(500))
    for names in itertools.product(values, repeat=len(kinds)):
        sent = {k: values[n][0] for k, n in zip(kinds, names, strict=True) if values[n][0] is not ...}
        with FreshServers() as fresh:
            answer = gathered(body(server.url, prefetch=sent), templates, servers=fresh)
        told = {k: answer.chart.gaps.get(k) for k in kinds}
        assert told == {k: values[n][1] for k, n in zip(kinds, names, strict=True)}


class FreshServers:
    """Servers without a memory of earlier failures."""

    def __enter__(self) -> FhirServers:
        self.servers = FhirServers()
        return self.servers

    def __exit__(self, *_: object) -> None:
        self.servers.close()


def test_a_medication_that_is_referred_to_and_did_not_come_is_read(start: Start, servers: FhirServers) -> None:
    def behave(call: Call) -> None:
        call.reply(200, b'{"resourceType":"Medication","id":"m1","code":{"text":"triamcinolone"}}')

    server = start(behave)
    template = PrefetchTemplate(
        "medicationAdministrations", "MedicationAdministration?patient={{context.patientId}}",
        ("MedicationAdministration", "Medication"), needed=True,
    )  # fmt: skip

    def administration(number: int, reference: str) -> dict[str, Any]:
        return {
            "resourceType": "MedicationAdministration", "id": f"a{number}", "status": "completed",
            "subject": {"reference": "Patient/p1"}, "medicationReference": {"reference": reference},
        }  # fmt: skip

    sent = bundle(administration(1, "Medication/m1"), administration(2, f"{server.url}/Medication/m1/_history/3"))
    answer = gathered(body(server.url, prefetch={"medicationAdministrations": sent}), [template], servers=servers)
    assert set(server.targets()) == {"/Medication/m1"}
    assert [m.id for m in answer.chart.resources["Medication"]] == ["m1"]
    assert "Medication" not in answer.chart.gaps

    elsewhere = bundle(administration(1, "https://evil.test/Medication/m1"), administration(2, "Medication/../x"))
    answer = gathered(body(server.url, prefetch={"medicationAdministrations": elsewhere}), [template], servers=servers)
    assert answer.requests == 0
    assert answer.chart.gaps["Medication"] == "not every medication that is referred to could be read"


@pytest.mark.parametrize(("number", "gaps"), [(40, set()), (41, {"Medication"})])
def test_medications_beyond_what_we_read_are_a_gap(
    number: int, gaps: set[str], start: Start, servers: FhirServers
) -> None:
    def behave(call: Call) -> None:
        medication = {"resourceType": "Medication", "id": call.target.rpartition("/")[2]}
        call.reply(200, json.dumps(medication).encode())

    server = start(behave)
    kind = "MedicationRequest"
    template = PrefetchTemplate(
        "orders", f"{kind}?patient={{{{context.patientId}}}}", (kind, "Medication"), needed=True
    )
    orders = [
        {
            "resourceType": kind, "id": f"o{n}", "status": "active", "intent": "order",
            "subject": {"reference": "Patient/p1"}, "medicationReference": {"reference": f"Medication/m{n}"},
        } for n in range(number)
    ]  # fmt: skip
    answer = gathered(body(server.url, prefetch={"orders": bundle(*orders)}), [template], servers=servers)
    assert len(answer.chart.resources["Medication"]) == 40
    assert answer.chart.gaps.keys() & {"Medication"} == gaps
