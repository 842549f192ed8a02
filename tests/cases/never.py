"""What the service must never do (clinical model 5.2, numbered as there), as questions to any answer to any chart.

Each `broken_…` yields what breaks the rule, in words; nothing means that it is kept. Rule 13, errors, is tested in
tests/wire, and rule 5, what is missing is not negative, in tests/medicine/test_metamorphic.py as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from tests.cases.sided import is_central, is_systemic, side, tags_of
from tests.codes import Json

SUMMARY_LIMIT = 140
MENTIONED_AT_MOST = """viscosupplementation prp prolotherapy trigger-point-injection selective-nerve-root-block
    genicular-block radiofrequency-ablation spinal-cord-stimulation drg-stimulation surgery.""".split()
# 5.2: 4, 6, 8 and 5.3: no diagnosis, no blame, no reassurance, no drug stopped, no directive.
NEVER_SAID = (
    r"misdiagnos", r"poor technique", r"failed due to", r"\b(is|was|are|were) caused by", r"\bmust\b", r"\brequires?\b",
    r"contraindicated", r"no (sign of )?infection", r"\bsafe\b", r"reassur", r"increase the dose", r"higher dose",
    r"larger dose", r"\bstop (the |taking |using )", r"\bdiscontinue", r"\bwithhold", r"not real pain", r"ruled out",
    r"the cause is", r"did not work", r"\bwrong(ly)? (place|technique|diagnos|done)", r"\berror of\b", r"\bfault\b",
    r"malpractice", r"\bnegligen", r"\bthis is (a|an|the) ", r"nothing to worry", r"\ball clear\b", r"\bbenign\b",
)  # fmt: skip
DOSE = r"\d\s*(mg|mL|ml|mcg|µg|g|IU|units?)\b(?!/(d?L|h))"
PRODUCTS = r"kenalog|depo-?medrol|celestone|zilretta|triamcinolone|methylprednisolone|betamethasone|dexamethasone|" \
    r"hydrocortisone|naproxen|ibuprofen|gabapentin\b|pregabalin|duloxetine|amitriptyline|prednisone"  # fmt: skip
AGAIN = r"\b(repeat(ed)?|another|further|second|new)\s+(\w+\s+)?(cortico)?(steroid|injection|epidural)"
UNGUIDED_ROWS = {"E2.2", "E2.2x", "E2.3", "E4.1", "E4.2", "E4.2x", "E4.3", "E4.4"}
# What is of the whole patient names no side of its own; E1.6 rests on it.
OF_THE_WHOLE_PATIENT = {"patient-variability", "alternative-pathology.systemic-inflammatory"}
TYPES = """Condition|Observation|Procedure|DiagnosticReport|ImagingStudy|ServiceRequest|DeviceRequest|Encounter|
    Appointment|AllergyIntolerance|Medication|MedicationAdministration|MedicationRequest|MedicationStatement|
    Patient|Practitioner|Bundle""".replace("\n    ", "")


@dataclass(frozen=True)
class Answer:
    """An answer with the chart that it is about."""

    cards: list[Any]
    episodes: list[Any]
    resources: dict[str, Json]
    patient: str = "Patient/p1"

    def drafts(self) -> Iterator[tuple[Json, Json]]:
        """Yield each suggestion with its action."""
        for card in self.cards:
            for suggestion in card.get("suggestions", []):
                for action in suggestion["actions"]:
                    yield suggestion, action

    def steps(self) -> Iterator[Json]:
        """Yield each next step."""
        for episode in self.episodes:
            yield from episode["nextSteps"]


def sections(card: Json) -> dict[str, str]:
    """Return the parts of a card's text by title."""
    found = re.split(r"(?:^|\n\n)\*\*([^*\n]+)\*\*\n\n", card.get("detail", ""))
    return dict(zip(found[1::2], found[2::2], strict=True))


def proposed(answer: Answer) -> Iterator[str]:
    """Yield the words that propose something: options, what a card asks for, labels, and the orders' own words."""
    for card in answer.cards:
        parts = sections(card)
        for title in ("Options to consider", "Consider"):
            yield parts.get(title, "").split("Already in the record")[0]
    for suggestion, action in answer.drafts():
        yield suggestion["label"]
        yield action["description"]
        yield " ".join(note["text"] for note in action["resource"].get("note", []))
    for step in answer.steps():
        if step["status"] in ("suggested", "mentioned"):
            yield f"{step['says']} {step.get('caveat', '')}"


def spoken(answer: Answer) -> Iterator[str]:
    """Yield every word that a clinician reads."""
    for card in answer.cards:
        yield card["summary"]
        yield card.get("detail", "")
    yield from proposed(answer)


def matches(texts: Iterator[str], *patterns: str) -> Iterator[str]:
    """Yield the lines in which a pattern is found."""
    for text in texts:
        for line in text.split("\n"):
            if any(re.search(p, line, re.IGNORECASE) for p in patterns):
                yield line


def broken_1_only_drafts(answer: Answer) -> Iterator[str]:
    """1. Suggestions are drafts of a ServiceRequest, valid, proposed, of this patient."""
    for suggestion, action in answer.drafts():
        draft = action["resource"]
        kept = (action["type"], draft["resourceType"], draft["status"], draft["intent"], draft["subject"]["reference"])
        if kept != ("create", "ServiceRequest", "draft", "proposal", answer.patient) or "id" in draft:
            yield f"{suggestion['label']}: {kept}"
        get_fhir_model_class("ServiceRequest").model_validate(draft)


def broken_2_no_dose(answer: Answer) -> Iterator[str]:
    """2. No dose, volume or product is proposed, and no medicine."""
    recorded = r"the record holds .*? together"
    yield from matches((re.sub(recorded, "", text) for text in proposed(answer)), DOSE, PRODUCTS)
    for suggestion, action in answer.drafts():
        text = json.dumps(action["resource"])
        if "Medication" in re.sub(r"Medication\w+/", "", text) or re.search(r"dosage|quantity", text, re.IGNORECASE):
            yield suggestion["label"]


def broken_3_no_steroid_again(answer: Answer) -> Iterator[str]:
    """3. No steroid, no other injection, no ablation and no stimulation is ordered, and none is called for again."""
    for suggestion, action in answer.drafts():
        tags = tags_of(action["resource"]["code"])
        if any(t.startswith(("injection-", "drug-", "agent-")) for t in tags):
            yield f"{suggestion['label']}: {sorted(tags)}"
    for line in matches(proposed(answer), AGAIN):
        if not re.search(r"advises against|not as a further|before any further|not a repeat|beyond", line):
            yield line


def broken_4_6_8_words(answer: Answer) -> Iterator[str]:
    """4, 6, 8. No diagnosis, no blame, no reassurance, no drug stopped, no directive."""
    yield from matches(spoken(answer), *NEVER_SAID)


def broken_5_unknown_is_not_unguided(answer: Answer) -> Iterator[str]:
    """5. An injection of unknown guidance is not called unguided."""
    for episode in answer.episodes:
        if episode["injections"][0]["guidance"] != "explicit-unguided":
            for row in _rows(episode):
                if row["id"] in UNGUIDED_ROWS and re.search(r"states no image guidance", row["says"]):
                    yield f"{row['id']}: {row['says']}"


def broken_7_no_other_side(answer: Answer) -> Iterator[str]:
    """7. Scores and evidence of the other side are never used."""
    for episode in answer.episodes:
        other = {"left": "right", "right": "left"}.get(episode["side"])
        if other is None:
            continue
        for score in ("baseline", "best", "latest"):
            found = episode["response"][score]
            if found and side(answer.resources[found["reference"]]) == other:
                yield f"{score} {found['reference']} at {episode['region']} {episode['side']}"
        local = [c for c in episode["causes"] if c["id"] not in OF_THE_WHOLE_PATIENT]
        for row in (row for cause in local for row in cause["evidence"] if row["id"] != "E1.6"):
            for reference in row["references"]:
                resource = answer.resources[reference]
                elsewhere = is_systemic(resource) or (row["id"].startswith("E1.1") and is_central(resource))
                if side(resource) == other and not elsewhere:
                    yield f"{row['id']} {reference} at {episode['region']} {episode['side']}"


def broken_9_no_operation(answer: Answer) -> Iterator[str]:
    """9. Operations, and what is for the specialist, are mentioned at most."""
    for step in answer.steps():
        if step["status"] == "suggested" and step["id"].startswith(tuple(MENTIONED_AT_MOST)):
            yield step["id"]
    for suggestion, action in answer.drafts():
        tags = tags_of(action["resource"]["code"])
        if any(t.startswith("surgery-") for t in tags):
            yield f"{suggestion['label']}: {sorted(tags)}"


def broken_11_pregnancy(answer: Answer) -> Iterator[str]:
    """11. With a recorded pregnancy no order of imaging with radiation is without the words."""
    if not any(step["id"] == "imaging-radiograph" and "Pregnancy" in step.get("caveat", "") for step in answer.steps()):
        return
    for suggestion, action in answer.drafts():
        draft = action["resource"]
        radiates = re.search(r"radiograph|x-ray|\bCT\b", draft["code"]["text"], re.IGNORECASE)
        if radiates and "Pregnancy recorded" not in draft["note"][0]["text"]:
            yield suggestion["label"]


def broken_12_no_private_words(answer: Answer) -> Iterator[str]:
    """12. No name or birth date is repeated; links and sources name no patient and no resource."""
    patient = answer.resources[answer.patient]
    private = [patient.get("birthDate") or "\0"]
    private += [name.get("family", "\0") for name in patient.get("name", [])]
    text = json.dumps(answer.cards)
    yield from (word for word in private if word in text)
    for card in answer.cards:
        links = [card["source"].get("url") or "", *(link["url"] for link in card.get("links", []))]
        yield from (url for url in links if re.search(r"Patient|p1\b|\d{4}-\d\d-\d\d|[A-Z]\w+/[\w-]+-", url))


def broken_14_few_cards(answer: Answer) -> Iterator[str]:
    """14. At most three cards that are not critical, one failure review a site; a critical card stands alone."""
    if sum(1 for card in answer.cards if card["indicator"] != "critical") > 3:
        yield "more than three cards"
    for episode in answer.episodes:
        shown = episode["cards"]
        where = f"{episode['region']} {episode['side']}"
        if sum(1 for card in shown if card["kind"] == "failure-review") > 1:
            yield f"two reviews of {where}"
        if episode["suppressed"] and any(not card["kind"].startswith("redflag-") for card in shown):
            yield f"another card beside a red flag at {where}"


def broken_summary(answer: Answer) -> Iterator[str]:
    """A summary is short."""
    yield from (card["summary"] for card in answer.cards if not 0 < len(card["summary"]) < SUMMARY_LIMIT)


def broken_references(answer: Answer) -> Iterator[str]:
    """Every record that an answer names is in the chart, and is this patient's."""
    named = set(re.findall(r'"([A-Z][A-Za-z]+/[A-Za-z0-9.-]+)"', json.dumps([answer.episodes, answer.cards])))
    text = " ".join(card.get("detail", "") for card in answer.cards)
    named |= set(re.findall(rf"\b((?:{TYPES})/[A-Za-z0-9-]+)\b", text))
    for reference in sorted(named):
        resource = answer.resources.get(reference)
        if resource is None and reference.split("/")[0] not in ("Practitioner", "PractitionerRole"):
            yield f"{reference} is not in the chart"
        elif resource is not None and resource["resourceType"] != "Patient":
            subject = (resource.get("subject") or resource.get("patient") or {}).get("reference", answer.patient)
            if not re.search(rf"{answer.patient}(/_history/\d+)?$", subject):
                yield f"{reference} is of {subject}"


RULES = {name.removeprefix("broken_"): rule for name, rule in list(globals().items()) if name.startswith("broken_")}


def _rows(episode: Json) -> Iterator[Json]:
    for cause in episode["causes"]:
        yield from cause["evidence"]
