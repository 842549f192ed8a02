"""Every region of the contract is reached by a coding that a real system sends: its code, its site, its reason."""

from __future__ import annotations

import pytest

from tests.charts import Chart
from tests.codes import Json
from tests.medicine.asking import cases, known

SYSTEMS = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "pcs": "http://www.cms.gov/Medicare/Coding/ICD10",
    "sct": "http://snomed.info/sct",
    "icd": "http://hl7.org/fhir/sid/icd-10-cm",
}

# region, side | procedure codes and modifiers | body site | reason
ROWS = [
    ("knee right", "cpt 20610, hcpcs RT", "sct 72696002", ""),
    ("knee left", "cpt 20610", "", "icd M17.12"),
    ("knee unknown", "cpt 20610", "", "icd M17.0"),  # arthritis of both knees; which was injected is not said
    ("knee right", "cpt 20610, hcpcs RT", "", "icd M17.0"),
    ("knee right", "sct 231274008", "sct 49076000, sct 24028007", ""),
    ("knee left", "pcs 3E0U33Z", "sct 72696002, sct 7771000", ""),
    ("hip right", "cpt 20611, hcpcs RT", "", "icd M16.11"),
    ("hip left", "cpt 20611, hcpcs LT", "sct 24136001", ""),
    ("glenohumeral right", "cpt 20610", "", "icd M19.011"),
    ("glenohumeral left", "cpt 20611", "", "icd M75.02"),
    ("subacromial right", "cpt 20610, hcpcs RT", "sct 16982005", "icd M75.41"),
    ("subacromial left", "cpt 20610", "", "icd M75.52"),
    ("acromioclavicular right", "cpt 20605, hcpcs RT", "sct 85856004", ""),
    ("biceps-sheath right", "cpt 20550, hcpcs RT", "sct 16982005", ""),
    ("elbow right", "cpt 20605", "", "icd M19.021"),
    ("elbow-lateral right", "cpt 20551", "", "icd M77.11"),
    ("elbow-medial left", "cpt 20551", "", "icd M77.02"),
    ("wrist right", "cpt 20605, hcpcs RT", "sct 74670003", ""),
    ("carpal-tunnel right", "cpt 20526", "", "icd G56.01"),
    ("carpal-tunnel left", "cpt 20526, hcpcs LT", "", ""),
    ("cubital-tunnel left", "cpt 64450", "", "icd G56.22"),
    ("de-quervain right", "cpt 20550, hcpcs RT", "sct 8205005", "icd M65.4"),
    ("thumb-cmc right", "cpt 20600", "", "icd M18.11"),
    ("trigger-finger right", "cpt 20550, hcpcs F8", "", "icd M65.341"),
    ("finger left", "cpt 20600, hcpcs F1", "", ""),
    ("trochanteric right", "cpt 20610", "", "icd M70.61"),
    ("ankle left", "cpt 20605, hcpcs LT", "sct 70258002", ""),
    ("achilles right", "cpt 20551", "", "icd M76.61"),
    ("plantar-fascia left", "cpt 20550, hcpcs LT", "", "icd M72.2"),
    ("foot right", "cpt 20600, hcpcs RT", "sct 56459004", ""),
    ("toe right", "cpt 20600, hcpcs T5", "", ""),
    ("lumbar-epidural midline", "cpt 62323", "", "icd M54.16"),
    ("lumbar-epidural midline", "pcs 3E0S33Z", "sct 122496007", ""),
    ("lumbar-tfesi left", "cpt 64483, hcpcs LT", "", "icd M54.16"),
    ("thoracic-epidural midline", "cpt 62321", "sct 122495006", ""),
    ("cervical-epidural midline", "cpt 62321", "", "icd M54.12"),
    ("cervical-tfesi right", "cpt 64479, hcpcs RT", "", "icd M54.12"),
    ("caudal midline", "cpt 62323", "sct 297174005", ""),
    ("lumbar-facet right", "cpt 64493, hcpcs RT", "", "icd M47.816"),
    ("cervical-facet left", "cpt 64490, hcpcs LT", "", "icd M47.812"),
    ("sacroiliac right", "cpt 27096, hcpcs RT", "", ""),
    ("sacroiliac left", "hcpcs G0260, hcpcs LT", "", ""),
    ("trigger-point unknown", "cpt 20552", "", ""),
    ("unspecified right", "cpt 20610, hcpcs RT", "", ""),
]


def concept(codes: str) -> Json:
    """Return "cpt 20610, hcpcs RT" as one concept of several codings."""
    pairs = [code.split() for code in codes.split(", ")]
    return {"coding": [{"system": SYSTEMS[system], "code": code} for system, code in pairs]}


@pytest.mark.parametrize(("place", "code", "site", "reason"), ROWS)
def test_region_and_side_are_told_from_the_codes(place: str, code: str, site: str, reason: str) -> None:
    chart = Chart("F66")
    more: Json = {"usedCode": [concept("hcpcs J3301")]}
    more |= {"bodySite": [concept(site)]} if site else {}
    more |= {"reasonCode": [concept(reason)]} if reason else {}
    chart.procedure("2026-01-12", concept(code), **more)
    (case,) = cases(chart)
    assert f"{case.episode.region} {case.episode.side}" == place
    assert case.episode.index.agent == "triamcinolone"
    assert not case.episode.index.text_only


def test_every_region_has_a_row() -> None:
    assert {row[0].split()[0] for row in ROWS} == set(known().regions)
