"""Every shipped code is one: valid FHIR, right check digits, right shapes, real ICD-10-CM titles, a source on each."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from typing import Any

import pytest
from fhir.resources.R4B.codesystem import CodeSystem
from fhir.resources.R4B.valueset import ValueSet

from .shelf import (
    CPT,
    HCPCS,
    ICD10CM,
    ICD10PCS,
    KNOWLEDGE,
    LOINC,
    OWN,
    RXNORM,
    SNOMED,
    codes_in,
    codes_of,
    official_title,
    shipped,
)

FILES = sorted((KNOWLEDGE / "valuesets").glob("*.json"))
SOURCE = "https://steroid-injection-followup.org/fhir/StructureDefinition/source"
# Families whose titles name a side of something else than a limb: an artery, the dominant hand, an eye, a breast.
SIDE_OF_SOMETHING_ELSE = re.compile(r"^(C|D0|E0|E1|G4|G8|H|I6|K|Z85)")
NOTICES = {
    SNOMED: "SNOMED",
    LOINC: "Regenstrief",
    CPT: "American Medical Association",
    "http://www.whocc.no/atc": "WHO",
}


@cache
def raw(tag: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((KNOWLEDGE / "valuesets" / f"{tag}.json").read_text(encoding="utf-8"))
    return loaded


def test_every_value_set_is_valid_fhir_r4() -> None:
    for file in FILES:
        ValueSet.model_validate_json(file.read_bytes())


def test_the_own_code_systems_are_valid_fhir_and_list_every_own_code() -> None:
    for system in OWN:
        name = system.removeprefix("urn:").replace(":", "-")
        text = (KNOWLEDGE / "codesystems" / f"{name}.json").read_bytes()
        CodeSystem.model_validate_json(text)
        listed = {concept["code"]: concept["display"] for concept in json.loads(text)["concept"]}
        assert json.loads(text)["url"] == system
        assert listed == codes_of(system)
        assert list(listed) == sorted(listed)


def test_every_set_names_itself_alike_and_explains_itself() -> None:
    for file in FILES:
        one = raw(file.stem)
        assert one["url"].endswith(f"/ValueSet/{file.stem}")
        assert one["status"] == "active"
        assert all(one[field] for field in ("title", "description", "version", "date"))


def test_every_include_names_its_source() -> None:
    for file in FILES:
        for include in raw(file.stem)["compose"]["include"]:
            sources = [e["valueString"] for e in include.get("extension", ()) if e["url"] == SOURCE]
            assert len(sources) == 1, file.name
            assert len(sources[0]) > 8, file.name


def test_a_licensed_code_system_is_never_without_its_notice() -> None:
    for file in FILES:
        systems = {include["system"] for include in raw(file.stem)["compose"]["include"]}
        for system, owner in NOTICES.items():
            assert system not in systems or owner in raw(file.stem)["copyright"], file.name


def test_every_system_in_use_is_listed_with_its_spellings() -> None:
    page = tomllib.loads((KNOWLEDGE / "code-systems.toml").read_text(encoding="utf-8"))
    known = {system["uri"] for system in page["system"]}
    assert {c.system for tag in shipped().ids for c in shipped().members(tag)} == known
    spellings = [s for system in page["system"] for s in (system["uri"], *system.get("aliases", ()))]
    assert len(spellings) == len({s.lower() for s in spellings})


def test_a_code_has_one_display_in_all_sets() -> None:
    seen: dict[tuple[str, str], str] = {}
    for tag in sorted(shipped().ids):
        for code in shipped().members(tag):
            assert code.display, (tag, code)
            assert seen.setdefault((code.system, code.code), code.display) == code.display


def verhoeff_holds(number: str) -> bool:
    """Check a SNOMED identifier with Verhoeff's dihedral scheme."""
    permuted, check = "1576283094", 0
    row = list(range(10))
    rows = [row]
    for _ in range(7):
        row = [int(permuted[digit]) for digit in row]
        rows.append(row)
    for place, digit in enumerate(reversed(number)):
        check = _dihedral(check, rows[place % 8][int(digit)])
    return check == 0


def _dihedral(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
    return (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5


def mod_10_holds(code: str) -> bool:
    """Check a LOINC code: double every second digit from the right, add the digits up to the next ten.

    The letters of an answer code (LA…) count too: as 5 before an even number of digits, as 8 before an odd one.
    """
    body, check = code.removeprefix("LA").split("-")
    doubled = "".join(str(int(d) * (2 if place % 2 == 0 else 1)) for place, d in enumerate(reversed(body)))
    letters = (8 if len(body) % 2 else 5) if code.startswith("LA") else 0
    return (10 - (sum(map(int, doubled)) + letters) % 10) % 10 == int(check)


def test_verhoeff_tells_a_typo() -> None:
    assert all(verhoeff_holds(number) for number in ("239873007", "444831000124102", "57676002"))
    assert not any(verhoeff_holds(number) for number in ("239873017", "57676020"))


def test_mod_10_tells_a_typo() -> None:
    assert all(mod_10_holds(code) for code in ("72514-3", "11572-5", "LA33-6"))
    assert not any(mod_10_holds(code) for code in ("6928-5", "11527-5"))


def test_every_snomed_code_has_a_right_check_digit() -> None:
    wrong = [
        code for code in codes_of(SNOMED) if not (code.isdigit() and 6 <= len(code) <= 18 and verhoeff_holds(code))
    ]
    assert wrong == []


def test_every_loinc_code_has_a_right_check_digit() -> None:
    wrong = [code for code in codes_of(LOINC) if not (re.fullmatch(r"(LA)?\d{1,6}-\d", code) and mod_10_holds(code))]
    assert wrong == []


@pytest.mark.parametrize(
    ("system", "shape"),
    [
        (CPT, r"\d{4}[0-9T]|50"),
        (HCPCS, r"[A-V]\d{4}|LT|RT|[FT][0-9A]"),
        (ICD10PCS, r"[0-9A-HJ-NP-Z]{7}"),
        (RXNORM, r"[1-9]\d{1,6}"),
        (ICD10CM, r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"),
        ("http://www.whocc.no/atc", r"[A-Z]\d\d[A-Z]{2}\d\d"),
        ("http://nucc.org/provider-taxonomy", r"[0-9A-Z]{9}X"),
    ],
)
def test_codes_have_the_shape_of_their_system(system: str, shape: str) -> None:
    assert [code for code in codes_of(system) if not re.fullmatch(shape, code)] == []


def test_every_icd_10_cm_code_exists_under_its_official_title() -> None:
    wrong = [code for code, display in codes_of(ICD10CM).items() if official_title(code) != display]
    assert wrong == []


def test_a_sided_icd_10_cm_code_is_in_the_set_of_its_side_and_no_other() -> None:
    for code, title in codes_of(ICD10CM).items():
        tags = shipped().coding_tags(ICD10CM, code)
        named = {side for side in ("left", "right", "bilateral") if re.search(rf"\b{side}\b", title, re.IGNORECASE)}
        has = {tag.removeprefix("side-") for tag in tags if tag.startswith("side-")}
        assert has == named or (not has and SIDE_OF_SOMETHING_ELSE.match(code)), (code, title, has)


JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def test_an_icd_10_cm_code_with_a_joint_in_its_title_is_at_that_joint() -> None:
    """The site sets of another joint may not hold it; a more exact place of the same joint may."""
    exact = {
        "shoulder": {"glenohumeral", "subacromial", "acromioclavicular", "sternoclavicular", "biceps-sheath"},
        "elbow": {"elbow-lateral", "elbow-medial", "olecranon"},
        "hip": {"trochanteric", "pelvis", "lower-limb"},
        "knee": {"prepatellar", "patellar-tendon"},
        "wrist": {"hand", "finger", "forearm"},
        "ankle": {"foot", "toe"},
    }
    for code, title in codes_of(ICD10CM).items():
        sites = {tag.removeprefix("site-") for tag in shipped().coding_tags(ICD10CM, code) if tag.startswith("site-")}
        named = {joint for joint in JOINTS if re.search(rf"\b{joint}s?\b", title, re.IGNORECASE)}
        for joint in sites & set(JOINTS) if named else ():
            assert joint in named, (code, title, sites)
        if len(named) == 1 and sites:
            (joint,) = named
            assert joint in sites or sites & exact[joint] or "level" in title or code.startswith("I70"), (code, title)


def test_injuries_are_those_of_the_initial_encounter() -> None:
    """A later encounter for an old injury is no new injury that would censor the follow-up."""
    for system, code in codes_in("condition-trauma"):
        assert system != ICD10CM or len(code) < 8 or code[-1] in "ABC", code


def test_what_is_unproven_or_wrong_is_in_no_set_it_would_be_in() -> None:
    page = tomllib.loads((KNOWLEDGE / "unverified-codes.toml").read_text(encoding="utf-8"))
    used = {code: tag for tag in shipped().ids for _, code in codes_in(tag)}
    for row in (*page["unproven"], *page["rejected"]):
        tags = {tag for tag in row["sets"] if row["code"] in {code for _, code in codes_in(tag)}}
        assert not tags, row
        assert row["sets"] or row["code"] not in used, row
        assert row["reason"], row


def test_the_sets_named_on_the_page_of_unproven_codes_exist() -> None:
    page = tomllib.loads((KNOWLEDGE / "unverified-codes.toml").read_text(encoding="utf-8"))
    named = {tag for rows in page.values() for row in rows for tag in row["sets"] if "*" not in tag}
    assert named <= shipped().ids
