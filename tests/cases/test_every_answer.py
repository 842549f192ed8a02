"""What holds of every accepted answer: the contract's words, what is never said, and that each word has its record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.cases.book import folders, read_json
from tests.cases.expect import ASSESSMENT

CASES = folders()
CLASSES = {
    "not-applicable", "too-early", "responder", "waned-after-benefit", "transient", "non-response", "indeterminate",
}  # fmt: skip
STATES = {"supported", "possible", "not-supported", "not-assessable"}
STATUSES = {"suggested", "mentioned", "already-done", "already-ordered", "not-eligible"}
CAUSES = """incorrect-diagnosis improper-technique inadequate-dosage incorrect-location disease-progression
    patient-variability alternative-pathology.neuropathic alternative-pathology.mechanical
    alternative-pathology.myofascial alternative-pathology.vascular alternative-pathology.systemic-inflammatory
    delayed-effect""".split()
STEPS = set(
    """reassess-diagnosis follow-up-visit imaging-radiograph imaging-mri imaging-ultrasound imaging-ct
    nerve-conduction-study inflammatory-labs hba1c ankle-brachial-index arterial-duplex diagnostic-block
    physical-therapy hand-therapy bracing-orthosis activity-modification weight-management ergonomics dry-needling
    traction medication-review neuropathic-medication-review image-guided-review viscosupplementation prp
    prolotherapy trigger-point-injection selective-nerve-root-block genicular-block radiofrequency-ablation
    spinal-cord-stimulation drg-stimulation referral-orthopedic-surgery referral-hand-surgery referral-foot-ankle
    referral-spine-surgery referral-sports-medicine referral-pmr referral-pain-medicine referral-rheumatology
    referral-neurology referral-vascular referral-endocrinology referral-primary-care referral-behavioral-health
    referral-pharmacist referral-podiatry referral-emergency surgery.arthroscopy surgery.joint-replacement
    surgery.tendon-repair surgery.decompression surgery.fusion surgery.disc-replacement""".split()
)
# Contract, Seeds and guidelines: what is at most mentioned, as a matter for the specialist.
MENTIONED_AT_MOST = """viscosupplementation prp prolotherapy trigger-point-injection selective-nerve-root-block
    genicular-block radiofrequency-ablation spinal-cord-stimulation drg-stimulation surgery.""".split()
# Clinical model 5.2 and 5.3: no diagnosis, no blame, no dose, no reassurance, no drug stopped, no directive.
NEVER = (
    r"misdiagnos", r"poor technique", r"failed due to", r"(is|was|are) caused by", r"\bmust\b", r"\brequires\b",
    r"contraindicated", r"no (sign of )?infection", r"\bsafe\b", r"reassur", r"increase the dose", r"higher dose",
    r"larger dose", r"stop (the |taking )", r"not real pain", r"ruled out", r"the cause is", r"did not work",
)  # fmt: skip


def cards(folder: str) -> list[Any]:
    """Return the cards of a case."""
    return list(read_json(folder, "expected.json")["cards"])


def episodes(folder: str) -> list[Any]:
    """Return the episodes of a case."""
    return list(read_json(folder, "expected.json")["extension"][ASSESSMENT]["episodes"])


def drafts(folder: str) -> Iterator[tuple[Any, Any]]:
    """Yield each suggestion with the resource that it would create."""
    for card in cards(folder):
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                yield suggestion, action


@pytest.mark.parametrize("folder", CASES)
def test_the_words_are_those_of_the_contract(folder: str) -> None:
    for episode in episodes(folder):
        assert episode["response"]["class"] in CLASSES
        assert [c["id"] for c in episode["causes"]] == CAUSES
        assert {c["state"] for c in episode["causes"]} <= STATES
        assert {s["id"] for s in episode["nextSteps"]} <= STEPS
        assert {s["status"] for s in episode["nextSteps"]} <= STATUSES


@pytest.mark.parametrize("folder", CASES)
def test_nothing_is_said_that_never_may_be(folder: str) -> None:
    for card in cards(folder):
        words = "\n".join((card["summary"], card.get("detail", ""), *(s["label"] for s in card.get("suggestions", []))))
        assert [hit[0] for pattern in NEVER if (hit := re.search(f".*{pattern}.*", words, re.IGNORECASE))] == []


@pytest.mark.parametrize("folder", CASES)
def test_each_suggestion_is_one_valid_draft(folder: str) -> None:
    for suggestion, action in drafts(folder):
        draft = action["resource"]
        get_fhir_model_class("ServiceRequest").model_validate(draft)
        assert (action["type"], draft["status"], draft["intent"]) == ("create", "draft", "proposal"), suggestion[
            "label"
        ]
        assert draft["code"]["coding"][0]["code"]
        assert draft["supportingInfo"], suggestion["label"]
        assert "id" not in draft
    for card in cards(folder):
        assert sum(1 for s in card.get("suggestions", []) if s.get("isRecommended")) <= 1
        assert card.get("selectionBehavior", "any") == "any"


@pytest.mark.parametrize("folder", CASES)
def test_suggestions_and_suggested_steps_are_the_same_number(folder: str) -> None:
    suggested = [s["id"] for e in episodes(folder) for s in e["nextSteps"] if s["status"] == "suggested" and e["cards"]]
    assert len(list(drafts(folder))) == len(suggested), suggested


@pytest.mark.parametrize("folder", CASES)
def test_what_is_mentioned_at_most_is_never_suggested(folder: str) -> None:
    suggested = [s["id"] for e in episodes(folder) for s in e["nextSteps"] if s["status"] == "suggested"]
    assert [s for s in suggested if s.startswith(tuple(MENTIONED_AT_MOST))] == []


@pytest.mark.parametrize("folder", CASES)
def test_all_evidence_is_in_the_chart(folder: str) -> None:
    chart = read_json(folder, "chart.json")
    there = {f"{e['resource']['resourceType']}/{e['resource'].get('id')}" for e in chart["entry"]}
    named = re.findall(r'"references": \[(.*?)\]', json.dumps(read_json(folder, "expected.json")))
    assert {r for group in named for r in re.findall(r'"([A-Z]\w+/[^"]+)"', group)} <= there


@pytest.mark.parametrize("folder", CASES)
def test_there_are_few_cards_and_one_review_a_site(folder: str) -> None:
    shown = cards(folder)
    assert sum(1 for c in shown if c["indicator"] != "critical") <= 3
    for episode in episodes(folder):
        kinds = [c["kind"] for c in episode["cards"]]
        assert kinds.count("failure-review") <= 1
        if episode["suppressed"]:
            assert all(c["indicator"] == "critical" for c in episode["cards"])


@pytest.mark.parametrize("folder", CASES)
def test_cards_of_the_answer_are_those_of_the_reasoning(folder: str) -> None:
    said = {c["uuid"] for e in episodes(folder) for c in e["cards"]}
    assert {c["uuid"] for c in cards(folder)} == said
    uuids = [c["uuid"] for c in cards(folder)] + [s["uuid"] for s, _ in drafts(folder)]
    assert len(uuids) == len(set(uuids))
