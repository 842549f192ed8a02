"""Draft orders: valid FHIR R4, proposed and unsigned, coded for the right place and side, and free of private words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.service import Call
from hooks.steroid_injection_followup import appraise
from hooks.steroid_injection_followup.orders import draft
from tests.charts import Chart
from tests.codes import table
from tests.medicine import asking
from tests.medicine.planning import back, case_of, elbow, exercise, facet, failed, hip, shoulder, wrist_nerve

Json = dict[str, Any]
Build = Callable[[], Chart]
# The required bindings of FHIR R4 that fhir.resources does not check.
STATUS = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
INTENT = set("proposal plan directive order original-order reflex-order filler-order instance-order option".split())
PRIORITY = {"routine", "urgent", "asap", "stat"}
USER = "Practitioner/dr-1"


def orders(chart: Chart, user: str | None = USER, facts: tuple[str, ...] = ()) -> dict[str, Json]:
    """Return the draft of each suggested step."""
    case = case_of(chart)
    call = Call("patient-view", "p1", user)
    return {s.id: draft(s, case, call, facts) for s in appraise(case).steps if s.status == "suggested"}


def rich(build: Callable[[], Chart]) -> Chart:
    """Add what brings up many steps."""
    chart = build()
    for name in ("type 2 diabetes", "psoriasis", "depression"):
        chart.condition(name)
    chart.measure("BMI", "2025-12-15", 41, category="vital-signs")
    chart.measure("PHQ-9", "2026-01-10", 20, category="survey")
    chart.lab("HbA1c", "2026-01-10", 10.2)
    return chart


def heel() -> Chart:
    chart = failed("plantar-fascia", "right", reason="plantar fasciitis", site="foot")
    chart.condition("polyneuropathy")
    return chart


def septic() -> Chart:
    chart = failed(day="2026-02-16", judged="2026-03-02", after=9)
    chart.measure("temperature", "2026-03-02", 38.9, category="vital-signs")
    chart.finding("local-swelling", "2026-03-02", region="knee", side="left")
    return chart


SITES: list[Callable[[], Chart]] = [failed, hip, elbow, shoulder, wrist_nerve, back, facet, heel, septic]


@pytest.mark.parametrize("more", [lambda b: b(), rich], ids=["plain", "rich"])
@pytest.mark.parametrize("build", SITES, ids=lambda b: b.__name__)
def test_every_draft_is_valid_fhir(build: Build, more: Callable[[Build], Chart]) -> None:
    found = orders(more(build))
    assert found
    for order in found.values():
        ServiceRequest.model_validate(json.loads(json.dumps(order)))
        assert order["status"] in STATUS
        assert order["intent"] in INTENT
        assert order.get("priority", "routine") in PRIORITY
        assert not empty(order)


@pytest.mark.parametrize("region", table()["injection"])
def test_every_region_gives_valid_drafts(region: str) -> None:
    chart = Chart()
    side = None if region in ("lumbar-epidural", "caudal", "cervical-epidural", "thoracic-epidural") else "left"
    chart.injection("2025-12-15", region=region, side=side)
    for day in ("2025-12-15", "2026-01-20"):
        chart.pain(day, 7, region=region, side=side)
    for case in asking.cases(chart):
        for step in appraise(case).steps:
            if step.status == "suggested":
                ServiceRequest.model_validate(draft(step, case, Call("patient-view", "p1", USER)))


def empty(value: Any) -> bool:
    """Whether anything in it is empty or null, which FHIR forbids."""
    if isinstance(value, dict):
        return not value or any(empty(v) for v in value.values())
    if isinstance(value, list):
        return not value or any(empty(v) for v in value)
    return value is None or value == ""


def test_a_draft_is_a_proposal_and_nothing_more() -> None:
    for order in orders(failed()).values():
        assert (order["resourceType"], order["status"], order["intent"]) == ("ServiceRequest", "draft", "proposal")
        assert "id" not in order
        assert order["subject"] == {"reference": "Patient/p1"}
        assert order["authoredOn"] == "2026-03-02"


def test_it_names_the_reason_by_reference() -> None:
    assert orders(failed())["physical-therapy"]["reasonReference"] == [{"reference": "Condition/knee-oa-left"}]


def test_the_disease_that_a_step_rests_on_comes_before_the_reason_of_the_injection() -> None:
    chart = failed()
    chart.condition("psoriasis")
    reasons = orders(chart)["inflammatory-labs"]["reasonReference"]
    assert [r["reference"] for r in reasons] == ["Condition/psoriasis", "Condition/knee-oa-left"]


def test_the_neck_is_imaged_for_the_neck_alone() -> None:
    reasons = orders(shoulder_from_the_neck())["imaging-mri"]["reasonReference"]
    assert [r["reference"] for r in reasons] == ["Condition/cervical-radiculopathy-right"]


def test_an_emergency_is_for_what_was_found_and_not_for_what_was_injected() -> None:
    for order in orders(septic()).values():
        named = [r["reference"] for r in order["reasonReference"]]
        assert set(named) >= {"Observation/temperature-2026-03-02", "Observation/local-swelling-2026-03-02"}
        assert "Condition/knee-oa-left" not in named


def test_an_emergency_of_the_whole_body_names_no_joint() -> None:
    chart = failed(day="2026-02-27", judged="2026-03-02")
    chart.condition("adrenal crisis", recorded="2026-03-01")
    found = orders(chart)
    assert found["referral-emergency"]["code"]["text"] == "Emergency assessment"
    assert {o["priority"] for o in found.values()} == {"stat"}
    for order in found.values():
        assert "bodySite" not in order
        assert "Condition/adrenal-crisis" in [r["reference"] for r in order["reasonReference"]]


def test_a_recorded_pregnancy_is_no_reason_for_a_radiograph() -> None:
    chart = failed(patient="F30")
    chart.condition("pregnancy", recorded="2026-01-10")
    assert orders(chart)["imaging-radiograph"]["reasonReference"] == [{"reference": "Condition/knee-oa-left"}]


def test_a_reason_that_is_a_code_is_given_as_a_code_without_its_free_text() -> None:
    chart = failed()
    given = next(r for r in chart.resources if r["resourceType"] == "Procedure")
    del given["reasonReference"]
    coded = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M17.12", "display": "Knee of Mr Example"}
    given["reasonCode"] = [{"coding": [coded], "text": "Mr Example's knee, call 555-0100"}]
    order = orders(chart)["physical-therapy"]
    assert "reasonReference" not in order
    assert order["reasonCode"][0]["coding"][0]["code"] == "M17.12"
    assert "Example" not in json.dumps(order)


def test_without_any_reason_the_plain_one_stands() -> None:
    chart = failed()
    given = next(r for r in chart.resources if r["resourceType"] == "Procedure")
    del given["reasonReference"]
    assert orders(chart)["physical-therapy"]["reasonCode"] == [{"text": "Pain that has not settled as hoped"}]


CODES = {
    "knee radiograph": (failed, "imaging-radiograph", "73562"),
    "ultrasound of the elbow names no other place": (elbow, "imaging-ultrasound", "76881"),
    "lumbar MRI": (back, "imaging-mri", "72148"),
    "nerve study": (wrist_nerve, "nerve-conduction-study", "nerve-conduction-study"),
    "hand surgery": (wrist_nerve, "referral-hand-surgery", "306312003"),
    "splint": (wrist_nerve, "bracing-orthosis", "288161003"),
    "exercise": (failed, "physical-therapy", "91251008"),
    "neurology": (heel, "referral-neurology", "308474002"),
    "podiatry": (heel, "referral-podiatry", "308451001"),
}


@pytest.mark.parametrize(("build", "step", "code"), CODES.values(), ids=CODES.keys())
def test_code(build: Callable[[], Chart], step: str, code: str) -> None:
    assert orders(build())[step]["code"]["coding"][0]["code"] == code


def locked(region: str, side: str, reason: str) -> Chart:
    chart = failed(region, side, reason=reason)
    chart.finding("mechanical-locking", "2026-01-10", region=region, side=side)
    return chart


MRI = {
    "knee": (lambda: locked("knee", "left", "knee OA"), "73721"),
    "hip": (lambda: locked("hip", "right", "hip OA"), "73721"),
    "elbow": (lambda: locked("elbow", "left", "elbow OA"), "73221"),
    "wrist": (lambda: locked("wrist", "left", "wrist OA"), "73221"),
    "shoulder": (lambda: locked("glenohumeral", "left", "shoulder OA"), "73221"),
    "sacroiliac": (lambda: failed("sacroiliac", "left", reason="sacroiliitis", site="sacroiliac"), "72195"),
}


@pytest.mark.parametrize(("build", "code"), MRI.values(), ids=MRI.keys())
def test_mri_of_a_joint_is_ordered_for_its_limb(build: Callable[[], Chart], code: str) -> None:
    assert orders(build())["imaging-mri"]["code"]["coding"][0]["code"] == code


def shoulder_from_the_neck() -> Chart:
    chart = shoulder()
    chart.condition("cervical radiculopathy", site="cervical", side="right", recorded="2026-01-30")
    return chart


def test_mri_of_the_neck_for_a_shoulder_names_the_neck_without_a_side() -> None:
    order = orders(shoulder_from_the_neck())["imaging-mri"]
    assert order["code"]["coding"][0]["code"] == "72141"
    assert [c["code"] for c in order["bodySite"][0]["coding"]] == ["122494005"]
    assert order["bodySite"][0]["text"] == "cervical spine"


def test_a_nerve_study_is_of_the_limb_and_its_side() -> None:
    order = orders(wrist_nerve())["nerve-conduction-study"]
    assert order["bodySite"][0]["text"] == "left upper limb"
    assert [c["code"] for c in order["bodySite"][0]["coding"]] == ["site-upper-limb", "7771000"]
    assert order["code"]["text"] == "Nerve conduction study and EMG, left upper limb"


def test_the_body_site_carries_the_side() -> None:
    body = orders(hip())["physical-therapy"]["bodySite"]
    assert body == [
        {
            "coding": [
                {
                    "system": "http://snomed.info/sct",
                    "code": "24136001",
                    "display": "Hip joint structure (body structure)",
                },
                {"system": "http://snomed.info/sct", "code": "24028007", "display": "Right (qualifier value)"},
            ],
            "text": "right hip",
        }
    ]


def test_a_midline_site_has_no_side() -> None:
    body = orders(back())["physical-therapy"]["bodySite"][0]
    assert [c["code"] for c in body["coding"]] == ["122496007"]
    assert body["text"] == "lumbar spine"


def test_what_has_no_place_names_none() -> None:
    assert "bodySite" not in orders(rich(failed))["referral-behavioral-health"]


def test_only_the_missing_part_of_a_panel_is_coded() -> None:
    chart = failed()
    chart.condition("psoriasis")
    assert orders(chart)["inflammatory-labs"]["code"]["coding"][0]["code"] == "inflammatory-labs"
    chart.lab("CRP", "2026-02-01", 4)
    assert orders(chart)["inflammatory-labs"]["code"]["coding"][0]["code"] == "11572-5"


def feverish() -> Chart:
    chart = failed(day="2026-01-20", judged="2026-02-20")
    chart.measure("temperature", "2026-03-01", 38.6, category="vital-signs")
    return chart


def test_while_an_infection_is_possible_crp_and_esr_are_ordered_and_no_serology() -> None:
    order = orders(feverish())["inflammatory-labs"]
    assert order["code"]["coding"][0]["display"] == "CRP and ESR"
    assert order["code"]["text"] == "Blood tests for infection"
    chart = feverish()
    chart.lab("CRP", "2026-02-25", 142)
    assert orders(chart)["inflammatory-labs"]["code"]["coding"][0]["code"] == "4537-7"


def test_supporting_information_names_the_evidence() -> None:
    chart = failed()
    chart.measure("PHQ-9", "2026-01-10", 14)
    support = [
        r["reference"]
        for r in orders(chart, facts=("Observation/more",))["referral-behavioral-health"]["supportingInfo"]
    ]
    assert support[:2] == ["Observation/phq-9-2026-01-10", "Observation/more"]
    assert "Procedure/injection-2025-12-15" in support


def test_what_has_no_id_is_not_referred_to() -> None:
    chart = failed()
    order = orders(chart, facts=("Observation", "Observation/bad id", "#contained", "Observation/good"))[
        "physical-therapy"
    ]
    support = [r["reference"] for r in order["supportingInfo"]]
    assert support[0] == "Observation/good"
    assert all(re.fullmatch(r"[A-Z]\w+/[\w.-]+", r) for r in support)


USERS = {
    "practitioner": ("Practitioner/dr-1", True),
    "role": ("PractitionerRole/r-1", True),
    "patient": ("Patient/p1", False),
    "relative": ("RelatedPerson/x", False),
    "nobody": (None, False),
}


@pytest.mark.parametrize(("user", "named"), USERS.values(), ids=USERS.keys())
def test_only_a_practitioner_requests(user: str | None, named: bool) -> None:  # noqa: FBT001  # a column of the table
    order = orders(failed(), user)["physical-therapy"]
    assert order.get("requester") == ({"reference": user} if named else None)


def test_a_finding_that_presses_gives_the_priority_and_nothing_else_does() -> None:
    assert {o.get("priority") for o in orders(septic()).values()} == {"asap"}
    assert {o.get("priority") for o in orders(failed()).values()} == {None}


def test_damage_after_the_injection_makes_the_opinion_urgent_and_not_the_rest() -> None:
    chart = failed("hip", "right", reason="hip OA")
    chart.condition("hip osteonecrosis", side="right", recorded="2026-02-20")
    found = orders(chart)
    assert found["referral-orthopedic-surgery"]["priority"] == "urgent"
    assert "priority" not in found["bracing-orthosis"]


@pytest.mark.parametrize("build", SITES, ids=lambda b: b.__name__)
def test_the_note_is_plain_and_holds_no_finding(build: Callable[[], Chart]) -> None:
    for order in orders(build()).values():
        note = order["note"][0]["text"]
        assert note.endswith("to be reviewed before it is signed.")
        assert not re.search(r"\d{4}-\d\d-\d\d|/10\b|[<>`\[\]]|http", note)


def test_a_recorded_pregnancy_stands_in_the_note_of_a_radiograph() -> None:
    chart = failed(patient="F30")
    chart.condition("pregnancy", recorded="2026-01-10")
    assert "Pregnancy recorded" in orders(chart)["imaging-radiograph"]["note"][0]["text"]


def test_no_draft_orders_a_medicine() -> None:
    for build in SITES:
        chart = rich(build)
        exercise(chart)
        for order in orders(chart).values():
            assert order["resourceType"] == "ServiceRequest"
            systems = {c["system"] for c in order["code"]["coding"]}
            assert not systems & {"http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"}
