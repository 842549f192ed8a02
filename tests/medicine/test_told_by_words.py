"""Injections that only the words of a code tell of: the word, the site, the side, and all that must not count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts import Chart
from tests.codes import Json, concept
from tests.medicine.asking import cases

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"


def told(code: Json, **more: Any) -> list[str]:
    """Return each episode as "side region agent (words)" of a chart with one procedure of this code."""
    chart = Chart("F66")
    chart.procedure("2026-01-12", code, **more)
    found = [case.episode for case in cases(chart)]
    return [f"{e.side} {e.region} {e.index.agent}{' (words)' if e.index.text_only else ''}" for e in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Cortisone injection R knee", ["right knee"], id="one letter before the limb is its side"),
        pytest.param("CSI L knee", ["left knee"], id="the short form of corticosteroid injection"),
        pytest.param("Kenalog 40 mg inj (R) shoulder", ["right glenohumeral"], id="a letter in brackets"),
        pytest.param("Depo Medrol bilateral knees", ["left knee", "right knee"], id="the plural, both sides"),
        pytest.param("Hydrocortisone injection left elbow", ["left elbow"], id="hydrocortisone injected"),
        pytest.param("Right L4-5 facet steroid injection", ["right lumbar-facet"], id="L of a vertebra is no side"),
        pytest.param("Right L 4-5 facet steroid injection", ["right lumbar-facet"], id="L apart is no side either"),
        pytest.param("Lumbar ESI L4-L5", ["midline lumbar-epidural"], id="ESI says the steroid itself"),
        pytest.param("Interlaminar ESI C7-T1", ["midline cervical-epidural"], id="a cervical level after the word"),
        pytest.param("Cervical interlaminar epidural steroid", ["midline cervical-epidural"], id="words between"),
        pytest.param("Left cervical TFESI", ["left cervical-tfesi"], id="cervical transforaminal is not lumbar"),
        pytest.param("Right L5 transforaminal epidural steroid", ["right lumbar-tfesi"], id="lumbar transforaminal"),
        pytest.param("Steroid injection left hip bursa", ["left trochanteric"], id="bursa of the hip"),
        pytest.param("Thoracic facet steroid injection", ["unknown unspecified"], id="thoracic facets have no region"),
    ],
)
def test_words_name_steroid_site_and_side(text: str, expected: list[str]) -> None:
    assert sorted(told({"text": text})) == [f"{place} corticosteroid (words)" for place in expected]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Kenalog IM injection right hip", id="into a muscle"),
        pytest.param("Intralesional Kenalog, keloid, right knee", id="into a scar"),
        pytest.param("Dexamethasone iontophoresis left elbow", id="through the skin"),
        pytest.param("Discussed cortisone injection R knee", id="only spoken of"),
        pytest.param("Follow-up after steroid injection right knee", id="a visit after it"),
        pytest.param("Hyaluronic acid injection right knee, no steroid", id="hyaluronate"),
        pytest.param("Non-steroidal gel, knee", id="a non-steroidal drug"),
        pytest.param("Prednisone PO, knee pain", id="by mouth"),
        pytest.param(
            "Injection(s), anesthetic agent(s) and/or steroid, transforaminal epidural, lumbar",
            id="a title that lists what may be injected",
        ),
        pytest.param(
            "Injection(s), of diagnostic or therapeutic substance(s) (eg, opioid, steroid), lumbar epidural",
            id="a title that gives examples",
        ),
    ],
)
def test_words_that_prove_no_injection_of_a_steroid(text: str) -> None:
    assert told({"text": text}) == []


def joint(text: str = "", *modifier: str) -> Json:
    """Return the code of a major joint injection, with words and modifiers."""
    codings = [{"system": CPT, "code": "20610"}, *({"system": HCPCS, "code": m} for m in modifier)]
    return {"coding": codings} | ({"text": text} if text else {})


def test_words_fill_the_drug_and_the_site_of_a_general_code() -> None:
    assert told(joint("Right knee cortisone injection")) == ["right knee corticosteroid (words)"]
    assert told(joint("Knee cortisone injection", "RT")) == ["right knee corticosteroid (words)"]
    assert told(joint("Major joint injection", "RT")) == ["right unspecified None"]


def test_a_modifier_of_the_other_side_than_the_words_leaves_the_site_open() -> None:
    assert told(joint("Right knee cortisone injection", "LT")) == ["left unspecified corticosteroid (words)"]


def test_a_body_site_in_words_names_the_site_of_a_proven_steroid_and_no_drug() -> None:
    steroid = [{"coding": [{"system": HCPCS, "code": "J3301"}]}]
    assert told(joint(), usedCode=steroid, bodySite=[{"text": "Right knee"}]) == ["right knee triamcinolone (words)"]
    assert told(joint(), bodySite=[{"text": "Right knee"}]) == ["unknown unspecified None"]


def test_hyaluronate_among_the_drugs_does_not_hide_the_steroid_and_words_do_not_outweigh_it() -> None:
    used = [{"coding": [{"system": HCPCS, "code": code}]} for code in ("J7325", "J3301")]
    knee = [concept("site", "knee"), concept("side", "right")]
    assert told(joint(), usedCode=used, bodySite=knee) == ["right knee triamcinolone"]
    assert told(joint("Steroid injection"), usedCode=used[:1], bodySite=knee) == ["right knee None"]


def test_the_drug_recorded_on_an_added_level_belongs_to_the_first() -> None:
    chart = Chart("F66")
    left = {"system": HCPCS, "code": "LT"}
    chart.procedure("2026-01-12", {"coding": [{"system": CPT, "code": "64483"}, left]})
    used = [{"coding": [{"system": HCPCS, "code": "J1100"}]}]
    chart.procedure("2026-01-12", {"coding": [{"system": CPT, "code": "64484"}, left]}, usedCode=used)
    assert [(c.episode.region, c.episode.index.agent) for c in cases(chart)] == [("lumbar-tfesi", "dexamethasone")]
