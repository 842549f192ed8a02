"""What must not change an answer does not, over generated charts; what is taken away never makes a cause supported."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.charts import Chart
from tests.codes import Json
from tests.medicine.generated import answer, assess, charts_of_injections, resources

# Derandomised: the same charts in every run, so that a red run is red again; `make fuzz` draws others.
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CPT = ("http://www.ama-assn.org/go/cpt", "urn:oid:2.16.840.1.113883.6.12")
SNOMED = "http://snomed.info/sct"
LEFT, RIGHT = "7771000", "24028007"
# What the procedure itself tells, whatever else was not sent.
OF_THE_PROCEDURE = ("inadequate-dosage", "delayed-effect", "improper-technique", "incorrect-location")


@SETTINGS
@given(charts_of_injections(), st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(chart: Chart, random: Any) -> None:
    sent = resources(chart)
    shuffled = copy.deepcopy(sent)
    random.shuffle(shuffled)
    assert answer(assess(shuffled)) == answer(assess(sent))


@SETTINGS
@given(charts_of_injections())
def test_sending_everything_twice_changes_nothing(chart: Chart) -> None:
    sent = resources(chart)
    assert answer(assess(sent + copy.deepcopy(sent))) == answer(assess(sent))


@SETTINGS
@given(charts_of_injections())
def test_unrelated_resources_change_nothing(chart: Chart) -> None:
    sent = resources(chart)
    subject = {"reference": "Patient/p1"}
    haemoglobin = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    unrelated: list[Json] = [
        {"resourceType": "Immunization", "id": "u1", "patient": subject, "status": "completed"},
        {"resourceType": "Claim", "id": "u3", "patient": subject, "status": "active"},
        {
            "resourceType": "Observation",
            "id": "u2",
            "subject": subject,
            "status": "final",
            "effectiveDateTime": "2026-02-20",
            "code": haemoglobin,
            "valueQuantity": {"value": 13, "unit": "g/dL"},
        },
    ]
    assert answer(assess(sent + unrelated)) == answer(assess(sent))


@SETTINGS
@given(charts_of_injections(), charts_of_injections())
def test_another_patients_resources_change_nothing(chart: Chart, other: Chart) -> None:
    sent = resources(chart)
    strange = json.loads(json.dumps(resources(other)).replace("Patient/p1", "Patient/p2"))
    strange = [r | {"id": f"other-{n}"} for n, r in enumerate(strange) if r["resourceType"] != "Patient"]
    assert answer(assess(strange + sent)) == answer(assess(sent))


@SETTINGS
@given(charts_of_injections(), st.sampled_from(["+14:00", "-11:00", "Z", "+05:30"]))
def test_the_time_zone_of_the_source_changes_nothing(chart: Chart, zone: str) -> None:
    """Days are those of the source: noon there is that day, whatever the hour elsewhere."""
    sent = resources(chart)

    def zoned(data: Any, key: str = "") -> Any:
        if isinstance(data, dict):
            return {k: zoned(v, k) for k, v in data.items()}
        if isinstance(data, list):
            return [zoned(v) for v in data]
        timed = (
            key in ("effectiveDateTime", "performedDateTime", "authoredOn")
            and isinstance(data, str)
            and len(data) == 10
        )
        return f"{data}T12:00:00{zone}" if timed else data

    assert _judged(assess([zoned(r) for r in sent])) == _judged(assess(sent))


@SETTINGS
@given(charts_of_injections())
def test_left_and_right_mirror_each_other(chart: Chart) -> None:
    sent = resources(chart)
    turned = _mirrored(sent)
    assert _sorted(_judged(assess(turned))) == _sorted(_mirrored(_judged(assess(sent))))


@SETTINGS
@given(charts_of_injections())
def test_another_spelling_of_a_code_system_changes_nothing(chart: Chart) -> None:
    sent = resources(chart)
    respelt = json.loads(json.dumps(sent).replace(CPT[0], CPT[1]))
    assert answer(assess(respelt)) == answer(assess(sent))


@SETTINGS
@given(charts_of_injections(), st.data())
def test_removing_data_never_makes_a_cause_supported(chart: Chart, data: st.DataObject) -> None:
    """Anything but what argues against: what is taken away can only make us less sure."""
    sent = resources(chart)
    kept = data.draw(st.lists(st.sampled_from(range(len(sent))), unique=True))
    left = [
        r
        for n, r in enumerate(sent)
        if n in kept or r["resourceType"] in ("Patient", "Procedure", "MedicationAdministration")
    ]
    before, after = assess(sent), assess(left)
    for site, causes in _supported(after).items():
        for cause, evidence in causes.items():
            was = _supported(before).get(site, {}).get(cause)
            argued = _evidence(before, site, cause)
            against = any(weight < 0 for weight in argued.values())
            assert was is not None or against or not _asked(before, site), (site, cause, evidence, argued)


@SETTINGS
@given(charts_of_injections())
def test_an_injection_entered_in_error_takes_its_card_away(chart: Chart) -> None:
    sent = resources(chart)
    gone = [
        r | {"status": "entered-in-error"} if r["resourceType"] in ("Procedure", "MedicationAdministration") else r
        for r in sent
    ]
    found = assess(gone)
    assert not found.cards
    assert not [e for e in found.explanation["episodes"] if e["response"]["class"] != "not-applicable"]


@SETTINGS
@given(charts_of_injections())
def test_an_incomplete_list_is_never_read_as_a_negative(chart: Chart) -> None:
    """With every optional list incomplete, no cause is `not-supported` for want of a finding in it."""
    sent = [
        r
        for r in resources(chart)
        if r["resourceType"] in ("Patient", "Procedure", "MedicationAdministration", "Encounter")
    ]
    gaps = dict.fromkeys(
        ("Observation", "Condition", "DiagnosticReport", "MedicationRequest", "MedicationStatement"), "not sent"
    )
    for episode in assess(sent, gaps=gaps).explanation["episodes"]:
        for cause in episode["causes"]:
            if cause["state"] == "not-supported":
                assert cause["evidence"] or cause["id"] in (
                    "inadequate-dosage",
                    "delayed-effect",
                    "improper-technique",
                    "incorrect-location",
                )


def _mirrored(data: Any) -> Any:
    text = json.dumps(data)
    for one, other in ((LEFT, RIGHT), ("left", "right"), ("Left", "Right")):
        text = text.replace(one, "\x00").replace(other, one).replace("\x00", other)
    return json.loads(_icd(text))


def _icd(text: str) -> str:
    """Sided ICD-10-CM codes of the conditions drawn: right ends in 1, left in 2 (M17, M16, G56, S83)."""
    pairs = (("M17.11", "M17.12"), ("M16.11", "M16.12"), ("G56.01", "G56.02"), ("S83.206A", "S83.207A"))
    for one, other in pairs:
        text = text.replace(one, "\x00").replace(other, one).replace("\x00", other)
    return text


def _judged(found: Any) -> list[Json]:
    """What is judged of each site: class, causes with evidence, options; without words, references and dates."""
    return [
        {
            "region": e["region"],
            "side": e["side"],
            "class": e["response"]["class"],
            "causes": [[c["id"], c["state"], [row["id"] for row in c["evidence"]]] for c in e["causes"]],
            "steps": sorted([s["id"], s["status"]] for s in e["nextSteps"]),
            "cards": [[c["kind"], c["indicator"]] for c in e["cards"]],
        }
        for e in found.explanation["episodes"]
    ]


def _sorted(judged: list[Json]) -> list[Json]:
    return sorted(judged, key=lambda e: (e["region"], e["side"]))


def _supported(found: Any) -> dict[tuple[str, str], dict[str, list[str]]]:
    def of(episode: Json) -> dict[str, list[str]]:
        return {c["id"]: [r["id"] for r in c["evidence"]] for c in episode["causes"] if c["state"] == "supported"}

    return {(e["region"], e["side"]): of(e) for e in found.explanation["episodes"]}


def _evidence(found: Any, site: tuple[str, str], cause: str) -> dict[str, int]:
    return {
        row["id"]: row["weight"]
        for e in found.explanation["episodes"]
        if (e["region"], e["side"]) == site
        for c in e["causes"]
        if c["id"] == cause
        for row in c["evidence"]
    }


def _asked(found: Any, site: tuple[str, str]) -> bool:
    """Whether the causes of that site were asked at all: a red flag or a response that worked silences them."""
    return any(
        (e["region"], e["side"]) == site and not e["suppressed"] and any(c["evidence"] for c in e["causes"])
        for e in found.explanation["episodes"]
    )
