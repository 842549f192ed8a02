"""The never-do list (clinical model 5.2) over generated charts: whatever is recorded, it is never done."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from cds_service.service import Assessment
from tests.cases.never import RULES, Answer
from tests.charts import Chart
from tests.codes import Json
from tests.medicine.crowded import crowded_charts
from tests.medicine.generated import assess, charts_of_injections, resources
from tests.medicine.planning import failed

# Derandomised: the same charts in every run, so that a red run is red again.
SETTINGS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def answered(chart: Chart) -> Answer:
    sent = resources(chart)
    return read(assess(sent), sent)


def read(found: Assessment, sent: list[Json]) -> Answer:
    cards = [msgspec.json.decode(msgspec.json.encode(issued.card)) for issued in found.cards]
    return Answer(cards, found.explanation["episodes"], {f"{r['resourceType']}/{r['id']}": r for r in sent})


def broken(answer: Answer) -> dict[str, list[str]]:
    return {name: found for name, rule in RULES.items() if (found := list(rule(answer)))}


@SETTINGS
@given(crowded_charts())
def test_crowded_charts(chart: Chart) -> None:
    assert broken(answered(chart)) == {}


@SETTINGS
@given(charts_of_injections())
def test_charts_of_injections(chart: Chart) -> None:
    assert broken(answered(chart)) == {}


@SETTINGS
@given(crowded_charts(patients=("F17", "M9", "M0")))
def test_nobody_under_eighteen_gets_a_card(chart: Chart) -> None:
    assert answered(chart).cards == []


@SETTINGS
@given(crowded_charts(patients=("F30",)))
def test_radiation_is_never_ordered_without_the_pregnancy_that_is_recorded(chart: Chart) -> None:
    chart.condition("pregnancy", recorded="2026-02-01")
    for suggestion, action in answered(chart).drafts():
        if suggestion["label"].startswith(("Radiograph", "CT")):
            assert "Pregnancy recorded" in action["resource"]["note"][0]["text"]


@SETTINGS
@given(crowded_charts(), crowded_charts())
def test_no_record_of_another_patient_is_named(chart: Chart, other: Chart) -> None:
    strange = [r | {"id": f"other-{n}"} for n, r in enumerate(resources(other)) if r["resourceType"] != "Patient"]
    for resource in strange:
        resource["patient" if resource["resourceType"] == "AllergyIntolerance" else "subject"] = {
            "reference": "Patient/p2"
        }
    sent = resources(chart) + strange
    assert broken(read(assess(sent), sent)) == {}


def tampered(change: Any) -> Answer:
    """A plain answer, with one thing changed for the worse."""
    chart = failed(guidance="unknown")
    chart.pain("2026-02-01", 7, region="knee", side="right")
    answer = copy.deepcopy(answered(chart))
    change(answer)
    return answer


def in_options(words: str) -> Any:
    def change(answer: Answer) -> None:
        card = answer.cards[0]
        card["detail"] = card["detail"].replace("**How this was", f"- {words}\n\n**How this was", 1)

    return change


def in_draft(**fields: Any) -> Any:
    return lambda a: a.cards[0]["suggestions"][0]["actions"][0]["resource"].update(fields)


CODED = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "20611"}], "text": "x"}
OPERATION = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "27447"}], "text": "x"}
RIGHT = "Observation/pain-numeric-2026-02-01"
BREACHES = {
    "1_only_drafts": in_draft(status="active"),
    "2_no_dose": in_options("Consider triamcinolone."),
    "3_no_steroid_again": in_draft(code=CODED),
    "4_6_8_words": in_options("This is bursitis; the knee is safe."),
    "5_unknown_is_not_unguided": lambda a: a.episodes[0]["causes"][0]["evidence"].append(
        {"id": "E2.3", "says": "The record states no image guidance", "references": []}
    ),
    "7_no_other_side": lambda a: a.episodes[0]["response"]["latest"].update(reference=RIGHT),
    "9_no_operation": in_draft(code=OPERATION),
    "11_pregnancy": lambda a: next(s for s in a.steps() if s["id"] == "imaging-radiograph").update(
        caveat="Pregnancy recorded: weigh the radiation."
    ),
    "12_no_private_words": in_options("Alex Example"),
    "14_few_cards": lambda a: a.cards.extend([a.cards[0]] * 3),
    "summary": lambda a: a.cards[0].update(summary="x" * 140),
    "references": in_options("Observation/of-nobody"),
}
MORE_BREACHES = {
    "a dose": ("2_no_dose", in_options("Consider 80 mg.")),
    "a volume": ("2_no_dose", in_options("Consider 5 mL of it.")),
    "a repeat": ("3_no_steroid_again", in_options("Consider a repeat injection.")),
    "a medicine": ("1_only_drafts", in_draft(resourceType="MedicationRequest")),
    "another patient's order": ("1_only_drafts", in_draft(subject={"reference": "Patient/p2"})),
    "a drug to stop": ("4_6_8_words", in_options("Stop taking the anticoagulant.")),
    "blame": ("4_6_8_words", in_options("It failed due to poor technique.")),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_sees_a_breach(rule: str) -> None:
    try:
        assert list(RULES[rule](tampered(BREACHES[rule])))
    except ValueError:
        assert rule == "1_only_drafts"  # the FHIR model refuses it by itself


@pytest.mark.parametrize(("rule", "change"), MORE_BREACHES.values(), ids=MORE_BREACHES)
def test_other_breaches_are_seen_as_well(rule: str, change: Any) -> None:
    try:
        assert list(RULES[rule](tampered(change)))
    except ValueError:
        assert rule == "1_only_drafts"


def test_a_plain_answer_breaks_nothing() -> None:
    assert broken(tampered(Answer.steps)) == {}
