"""Value sets are read from folders, laid over one another, and found under any known spelling of a code system."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path

import pytest

from cds_service.errors import KnowledgeError
from cds_service.terminology import Terminology, TerminologyError

from .shelf import HCPCS, ICD10CM, KNOWLEDGE, SNOMED, concept, folder, shipped, value_set

SYSTEMS = """
[[system]]
name = "Colours"
uri = "http://example.org/colours"
aliases = ["urn:oid:1.2.3", "http://example.org/paint/index.html"]

[[system]]
name = "Dotted"
uri = "http://example.org/dotted"
dotless = true

[[system]]
name = "Billed"
uri = "http://example.org/billed"
modified = true
"""
BILLED = "http://example.org/billed"
COLOURS = "http://example.org/colours"
DOTTED = "http://example.org/dotted"


def test_a_code_answers_with_every_set_that_holds_it(tmp_path: Path) -> None:
    home = folder(
        tmp_path / "k", value_set("warm", {COLOURS: ["red", "orange"]}), value_set("loud", {COLOURS: ["red"]})
    )
    terms = Terminology.load(home)
    assert terms.tags(concept((COLOURS, "red"))) == {"warm", "loud"}
    assert terms.tags(concept((COLOURS, "orange"))) == {"warm"}
    assert terms.ids == {"warm", "loud"}


def test_a_concept_has_the_tags_of_all_its_codings(tmp_path: Path) -> None:
    home = folder(tmp_path / "k", value_set("warm", {COLOURS: ["red"]}), value_set("cold", {DOTTED: ["B.1"]}))
    assert Terminology.load(home).tags(concept((COLOURS, "red"), (DOTTED, "B.1"))) == {"warm", "cold"}


@pytest.mark.parametrize(
    "codes",
    [(), ((COLOURS, "green"),), ((None, "red"),), ((COLOURS, None),), (("http://example.org/other", "red"),)],
    ids=["no coding", "unknown code", "no system", "no code", "unknown system"],
)
def test_what_no_set_holds_has_no_tags(tmp_path: Path, codes: tuple[tuple[str | None, str | None], ...]) -> None:
    terms = Terminology.load(folder(tmp_path / "k", value_set("warm", {COLOURS: ["red"]})))
    assert terms.tags(concept(*codes)) == frozenset()


def test_no_concept_has_no_tags() -> None:
    assert shipped().tags(None) == frozenset()


@pytest.mark.parametrize(
    "spelling",
    [
        "http://example.org/colours",
        "https://example.org/colours",
        "http://example.org/colours/",
        "HTTP://Example.org/Colours",
        " http://example.org/colours ",
        "urn:oid:1.2.3",
        "https://example.org/paint/index.html",
    ],
)
def test_a_system_is_known_under_each_of_its_spellings(tmp_path: Path, spelling: str) -> None:
    terms = Terminology.load(folder(tmp_path / "k", value_set("warm", {COLOURS: ["red"]}), systems=SYSTEMS))
    assert terms.coding_tags(spelling, "red") == terms.tags(concept((spelling, "red"))) == {"warm"}
    assert terms.canonical(spelling) == COLOURS
    assert terms.system_name(spelling) == "Colours"
    assert terms.display(spelling, "red") == "name of red"


def test_a_set_may_use_an_alias_and_is_still_one_table(tmp_path: Path) -> None:
    home = folder(tmp_path / "k", value_set("warm", {"urn:oid:1.2.3": ["red"]}), systems=SYSTEMS)
    assert Terminology.load(home).first("warm").system == COLOURS


def test_a_dot_may_be_left_out_only_where_the_system_says_so(tmp_path: Path) -> None:
    home = folder(tmp_path / "k", value_set("s", {DOTTED: ["M17.11"], COLOURS: ["r.1"]}), systems=SYSTEMS)
    terms = Terminology.load(home)
    assert terms.coding_tags(DOTTED, "M1711") == terms.coding_tags(DOTTED, "M17.11") == {"s"}
    assert terms.coding_tags(COLOURS, "r1") == frozenset()


@pytest.mark.parametrize(
    ("system", "code", "tags"),
    [
        (BILLED, "12345-RT", {"joint", "right"}),
        (BILLED, "12345-59-RT", {"joint", "right"}),
        (BILLED, "12345-59", {"joint"}),
        (BILLED, "12345-", set()),
        (BILLED, "99999-RT", set()),
        (COLOURS, "12345-RT", set()),
        (None, "12345-RT", set()),
    ],
)
def test_modifiers_stand_behind_a_code_only_where_the_system_says_so(
    tmp_path: Path, system: str | None, code: str, tags: set[str]
) -> None:
    sets = value_set("joint", {BILLED: ["12345"], COLOURS: ["12345"]}), value_set("right", {BILLED: ["RT"]})
    terms = Terminology.load(folder(tmp_path / "k", *sets, systems=SYSTEMS))
    assert terms.tags(concept((system, code))) == tags
    if tags:
        assert terms.display(system, code) == terms.display(system, "12345")


def test_a_drug_that_is_billed_with_a_modifier_has_its_milligrams() -> None:
    plain, modified = (concept((HCPCS, code)) for code in ("J3301", "J3301-JZ"))
    assert shipped().number(modified, "urn:injection-followup:milligrams-per-unit") == 10
    assert shipped().tags(modified) == shipped().tags(plain)


def test_codes_match_exactly(tmp_path: Path) -> None:
    terms = Terminology.load(folder(tmp_path / "k", value_set("s", {COLOURS: ["Red"]})))
    assert terms.coding_tags(COLOURS, "red") == terms.coding_tags(COLOURS, "Re") == frozenset()


def test_a_code_of_two_systems_has_the_tags_of_its_own_system_alone(tmp_path: Path) -> None:
    home = folder(tmp_path / "k", value_set("warm", {COLOURS: ["1"]}), value_set("loud", {DOTTED: ["1"]}))
    terms = Terminology.load(home)
    assert terms.tags(concept((COLOURS, "1"))) == terms.coding_tags(COLOURS, "1") == {"warm"}
    assert terms.tags(concept((DOTTED, "1"))) == terms.coding_tags(DOTTED, "1") == {"loud"}


def test_spellings_that_requests_bring_are_not_remembered(tmp_path: Path) -> None:
    terms = Terminology.load(folder(tmp_path / "k", value_set("warm", {COLOURS: ["red"]})))
    before = copy.deepcopy(vars(terms))
    for n in range(50):
        terms.coding_tags(f"http://example.org/colours{'/' * n}", "red")
        terms.tags(concept((f"http://example.org/{n}", "red")))
    assert vars(terms) == before


def test_a_site_adds_codes_and_its_own_come_first(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", value_set("warm", {COLOURS: ["red"]}))
    site = folder(tmp_path / "site", value_set("warm", {"urn:site": ["x1"]}), value_set("new", {"urn:site": ["x2"]}))
    terms = Terminology.load(ours, site)
    assert [c.code for c in terms.members("warm")] == ["x1", "red"]
    assert terms.ids == {"warm", "new"}


def test_a_site_takes_codes_out(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", value_set("warm", {COLOURS: ["red", "orange"], DOTTED: ["A.1"]}))
    overlay = value_set("warm", {"urn:site": ["x1"]})
    overlay["compose"]["exclude"] = [{"system": COLOURS, "concept": [{"code": "red"}]}, {"system": DOTTED}]
    terms = Terminology.load(ours, folder(tmp_path / "site", overlay))
    assert [c.code for c in terms.members("warm")] == ["x1", "orange"]


def test_a_site_renames_and_renumbers_a_code(tmp_path: Path) -> None:
    ours = value_set("dose", {COLOURS: ["red"]})
    ours["compose"]["include"][0]["concept"][0]["extension"] = [{"url": "urn:mg", "valueDecimal": 10}]
    theirs = value_set("dose", {COLOURS: ["red"]})
    theirs["compose"]["include"][0]["concept"] = [
        {"code": "red", "display": "rouge", "extension": [{"url": "urn:mg", "valueDecimal": 2.5}]}
    ]
    terms = Terminology.load(folder(tmp_path / "ours", ours), folder(tmp_path / "site", theirs))
    assert terms.number(concept((COLOURS, "red")), "urn:mg") == Decimal("2.5")
    assert terms.display(COLOURS, "red") == "rouge"


def test_a_site_may_have_no_value_sets_of_its_own(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", value_set("warm", {COLOURS: ["red"]}))
    (tmp_path / "site").mkdir()
    assert Terminology.load(ours, tmp_path / "site").ids == {"warm"}


def test_an_expansion_from_a_terminology_server_is_used_as_it_stands(tmp_path: Path) -> None:
    expanded = value_set("warm", {})
    expanded["compose"] = {"include": [{"system": COLOURS, "filter": [{"property": "concept", "op": "is-a"}]}]}
    expanded["expansion"] = {
        "timestamp": "2026-03-02",
        "contains": [
            {"system": COLOURS, "code": "all", "abstract": True, "contains": [{"system": COLOURS, "code": "red"}]},
            {"system": COLOURS, "code": "orange", "display": "Orange"},
        ],
    }
    terms = Terminology.load(folder(tmp_path / "k", expanded))
    assert [c.code for c in terms.members("warm")] == ["red", "orange"]


def test_the_preferred_code_is_the_first_and_can_be_narrowed(tmp_path: Path) -> None:
    home = folder(tmp_path / "k", value_set("warm", {COLOURS: ["red", "gold"]}), value_set("dear", {COLOURS: ["gold"]}))
    terms = Terminology.load(home)
    assert terms.first("warm").code == "red"
    assert terms.first("warm", "dear").code == "gold"


def test_asking_for_what_no_code_satisfies_says_which_file_to_mend(tmp_path: Path) -> None:
    terms = Terminology.load(folder(tmp_path / "k", value_set("warm", {COLOURS: ["red"]})))
    with pytest.raises(TerminologyError, match=r"'warm' that is also in 'cold'.*valuesets/warm\.json"):
        terms.first("warm", "cold")
    with pytest.raises(TerminologyError, match=r"no value set 'wram'.*valuesets/wram\.json"):
        terms.members("wram")


BAD = {
    "not JSON": ("{", "x.json"),
    "a code that is no text": (
        '{"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"urn:s","concept":[{"code":5}]}]}}',
        r"\$\.compose\.include\[0\]\.concept\[0\]\.code",
    ),
    "another resource": ('{"resourceType":"CodeSystem","id":"x"}', r"\$\.resourceType is 'CodeSystem'"),
    "no id": ('{"resourceType":"ValueSet"}', "id"),
    "an id that is not the file's name": ('{"resourceType":"ValueSet","id":"y"}', r"\$\.id is 'y'.*y\.json"),
    "an include without system": (
        '{"resourceType":"ValueSet","id":"x","compose":{"include":[{"concept":[{"code":"a"}]}]}}',
        r"\$\.compose\.include\[0\] needs 'system'",
    ),
    "a filter": (
        '{"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"urn:s","filter":[{}]}]}}',
        r"\$\.compose\.include\[0\].*'filter'.*expansion",
    ),
    "a whole system": (
        '{"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"urn:s"}]}}',
        r"\$\.compose\.include\[0\] lists no concept",
    ),
    "a code twice": (
        '{"resourceType":"ValueSet","id":"x","compose":{"include":[{"system":"urn:s","concept":[{"code":"a"},{"code":"a"}]}]}}',
        r"\$\.compose\.include\[0\]\.concept\[1\].*'a'.*second time",
    ),
    "an expansion code without system": (
        '{"resourceType":"ValueSet","id":"x","expansion":{"contains":[{"code":"a"}]}}',
        r"\$\.expansion\.contains\[0\].*'system'",
    ),
}


@pytest.mark.parametrize(("text", "says"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_with_its_name_the_place_and_the_remedy(tmp_path: Path, text: str, says: str) -> None:
    home = folder(tmp_path / "k", value_set("fine", {COLOURS: ["red"]}))
    (home / "valuesets" / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(TerminologyError, match=says) as caught:
        Terminology.load(home)
    assert "x.json" in str(caught.value)
    assert isinstance(caught.value, KnowledgeError)


def test_two_sets_may_not_contradict_each_other_on_a_number(tmp_path: Path) -> None:
    one, other = value_set("one", {COLOURS: ["red"]}), value_set("other", {COLOURS: ["red"]})
    one["compose"]["include"][0]["concept"][0]["extension"] = [{"url": "urn:mg", "valueDecimal": 10}]
    other["compose"]["include"][0]["concept"][0]["extension"] = [{"url": "urn:mg", "valueDecimal": 40}]
    with pytest.raises(TerminologyError, match=r"other\.json.*carries 40 for 'urn:mg'.*10"):
        Terminology.load(folder(tmp_path / "k", one, other))


@pytest.mark.parametrize(
    ("text", "says"),
    [("[[system]]\nuri = 5\nname = 'x'", "uri"), ("[[system]]\nuri = 'x'", "name"), ("[[system", "code-systems")],
    ids=["wrong type", "missing name", "not TOML"],
)
def test_a_bad_list_of_code_systems_is_refused(tmp_path: Path, text: str, says: str) -> None:
    home = folder(tmp_path / "k", value_set("fine", {COLOURS: ["red"]}), systems=text)
    with pytest.raises(TerminologyError, match=says):
        Terminology.load(home)


def test_a_folder_without_value_sets_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(TerminologyError, match=r"No value set found in .*valuesets"):
        Terminology.load(tmp_path)


def test_numbers_and_flags_are_found_on_the_codes_of_drugs() -> None:
    terms, per_unit = shipped(), "urn:injection-followup:milligrams-per-unit"
    assert terms.number(concept((HCPCS, "J3301")), per_unit) == 10
    assert terms.number(concept((SNOMED, "116593003"), (HCPCS.upper(), "J1030")), per_unit) == 40
    assert terms.number(concept((HCPCS, "27096")), per_unit) is None
    assert terms.number(None, per_unit) is None
    assert terms.flag(concept((HCPCS, "J1720")), "urn:injection-followup:ceiling-only")
    assert not terms.flag(concept((HCPCS, "J3301")), "urn:injection-followup:ceiling-only")


def test_icd_10_cm_is_known_by_its_oid_and_without_dots() -> None:
    by_uri = shipped().coding_tags(ICD10CM, "M17.11")
    assert by_uri == {"condition-osteoarthritis", "site-knee", "side-right"}
    assert shipped().coding_tags("urn:oid:2.16.840.1.113883.6.90", "M1711") == by_uri


def test_the_files_list_one_concept_a_line() -> None:
    """A change of one code is a diff of one line."""
    for file in sorted((KNOWLEDGE / "valuesets").glob("*.json")):
        text = file.read_text(encoding="utf-8")
        concepts = sum(len(include["concept"]) for include in json.loads(text)["compose"]["include"])
        assert text.count('\n          {"code": ') == concepts, file.name
