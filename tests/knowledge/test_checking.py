"""`cds-service check` on the knowledge: ours is whole, and each kind of mistake is found with its page and its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.errors import KnowledgeError
from hooks.steroid_injection_followup import SteroidInjectionFollowup
from hooks.steroid_injection_followup.checking import findings
from hooks.steroid_injection_followup.library import load

from .broken import Change, changed, more, swap

ROW = '[[evidence]]\nid = "{}"\nweight = {}\nsays = "x"\nwhen.guidance.is = "guided"\ncites = {}\nprovenance = "{}"\n'


def test_ours_has_no_findings() -> None:
    assert findings(load()) == []
    assert SteroidInjectionFollowup().check() == []


LOCATION = "causes/40-incorrect-location"
FOUND: dict[str, tuple[str, Change, str]] = {
    "an id that stands twice": (
        LOCATION,
        more(ROW.format("E4.1", 1, '["S64"]', "ENG")),
        "row E4.1: the id stands in incorrect-location too",
    ),
    "a source that is not there": (LOCATION, swap('"S64", "S65"', '"S64", "L999"'), "cites 'L999', which is neither"),
    "a statement that is not there": (
        LOCATION,
        swap('"S64", "S65"', '"S64", "S214"'),
        "cites 'S214', which is neither",
    ),
    "a weight out of bounds": (LOCATION, swap("weight = 3", "weight = 5"), "row E4.1: weight must be 1, 2 or 3"),
    "a provenance that is none": (LOCATION, swap("ENG weight", "GUESS"), "row E4.1: provenance must start with one of"),
    "a fact that is not there": (
        LOCATION,
        swap("when.target_conflict", "when.target_conflct"),
        "the fact 'target_conflct'",
    ),
    "a required fact that is not there": (
        LOCATION,
        swap('requires = ["guidance"]', 'requires = ["gidance"]'),
        "requires the fact 'gidance'",
    ),
    "a page without a review": (LOCATION, swap("not yet reviewed by a clinician", "soon"), "reviewed must be a day"),
    "a page without a version": (LOCATION, swap('version = "1.0.0"', 'version = ""'), "it has no version"),
    "a number without its source": (
        "thresholds",
        swap('cites = ["S10", "S182"]', "cites = []"),
        "too_early_days: provenance SEED needs a source",
    ),
    "a number that nothing uses": (
        "thresholds",
        more('[idle]\nvalue = 1\nunit = "days"\nprovenance = "ENG"\ncites = []\nsays = "Idle."'),
        "thresholds.toml, idle: nothing uses it",
    ),
    "a source that nothing cites": (
        "citations",
        more('[L999]\ntitle = "x"\ncertainty = "low"'),
        "citations.toml, L999: nothing cites it",
    ),
    "background that is cited": (
        "citations",
        swap("[L02]\n", '[L02]\nbackground = "x"\n'),
        "L02: it is cited, so it is no background",
    ),
    "a source without certainty": ("citations", swap('certainty = "low"', 'certainty = ""'), "certainty in words"),
    "a page that nothing reads": ("spare", more("x = 1"), "spare.toml: nothing reads this page"),
    "a value set that is not there": ("regions", swap('"site-knee"', '"site-kne"'), "no value set 'site-kne'"),
    "a dose class that is not there": (
        "regions",
        swap('dose_class = "large-joint"', 'dose_class = "large"'),
        "no dose class 'large'",
    ),
    "a region without a ladder": (
        "regions",
        swap('family = "joint"', 'family = "gristle"'),
        "climbed by the family 'gristle'",
    ),
    "bounds that fall": ("doses", swap("lower = 20", "lower = 90"), "doses.toml, large-joint: bounds must rise"),
    "pain felt at no region": (
        "anatomy",
        swap('felt = ["knee", "trochanteric"]', 'felt = ["kne"]'),
        "referred hip: no region 'kne'",
    ),
    "pain felt elsewhere twice": (
        "anatomy",
        swap('id = "lumbar-spine"', 'id = "cervical-spine"'),
        "referred cervical-spine: the id stands twice",
    ),
    "a measure without its number": ("response", swap('"mcid_koos_pain"', '"mcid_koos"'), "no threshold 'mcid_koos'"),
    "a rung given twice": (
        "ladders/joint",
        swap('id = "J2-hand-therapy"', 'id = "J2-physical-therapy"'),
        "the id stands 2 times",
    ),
    "a guideline that is none": (
        "ladders/joint",
        swap('guideline = ["G1"]', 'guideline = ["G13"]'),
        "guideline G13 is one of G1 to G12",
    ),
    "a step that nothing leads to": (
        "steps",
        more(
            '[idle]\ntitle = "Idle"\nkind = "advice"\nlimit = "mention-only"\n'
            'redundant = "x"\nprovenance = "ENG"\nstatus = "active"'
        ),
        "steps.toml, idle: nothing leads to it",
    ),
    "a step that may be suggested without a code": (
        "steps",
        swap('order = "order-diagnosis-review"\n', ""),
        "has no `order`",
    ),
    "a step with a number that is not there": (
        "steps",
        swap('within = "radiograph_days"', 'within = "radiograph"'),
        "no threshold 'radiograph'",
    ),
    "a lead on a row that is not there": (
        "workup",
        swap('evidence = ["E1.1"]', 'evidence = ["E9.9"]'),
        "the cause has no row 'E9.9'",
    ),
    "a lead on a cause that is not there": (
        "workup",
        swap('cause = "incorrect-diagnosis"', 'cause = "bad-luck"'),
        "no cause 'bad-luck'",
    ),
    "a card kind without a rule": (
        "safety",
        swap(
            "[kinds.safety-tendon]",
            '[kinds.idle]\nindicator = "info"\norder = 99\ntitle = "x"\n'
            'summary = "x"\nasks = "x"\nsteps = []\n\n[kinds.safety-tendon]',
        ),
        "kind idle: no rule leads to it",
    ),
    "a card that asks for no step of ours": (
        "safety",
        swap('steps = ["referral-emergency"', 'steps = ["referral-heaven"'),
        "no step 'referral-heaven'",
    ),
    "words for a step that the card does not ask for": (
        "safety",
        swap("says.imaging-ultrasound =", "says.imaging-mri ="),
        "words for 'imaging-mri', which it does not ask for",
    ),
    "a card kind off that is none": ("cards", swap("off = []", 'off = ["data-gaps"]'), "no card kind 'data-gaps'"),
    "a statement that is missing": ("seed-trace", swap("[statements.S95]", "[statements.S214]"), "S95 is missing"),
    "a statement too many": (
        "seed-trace",
        swap("[statements.S95]", "[statements.S214]"),
        "S214: there is no such statement",
    ),
    "a statement that nothing carries": (
        "seed-trace",
        swap('why_not = "There is nothing to read', 'says_not = "There'),
        "unknown field",
    ),
    "a carrier that is not there": ("seed-trace", swap('"row E8.2"', '"row E8.9"'), "nothing is called 'row E8.9'"),
    "a carrier that does not cite": ("seed-trace", swap('"row E8.2"', '"row E1.1"'), "row E1.1 does not cite it"),
    "a sentence that nobody says": (
        "seed-trace",
        swap('"a flare of pain can happen"', '"pain cannot flare"'),
        "nothing says 'pain cannot flare'",
    ),
    "a review before the release": (
        "knowledge",
        swap('next_review = "2027', 'next_review = "2025'),
        "must lie after the release",
    ),
    "a day that is none": ("knowledge", swap('next_review = "2027-11-24"', 'next_review = "soon"'), "are days"),
    "a status that is none": (
        "knowledge",
        swap('status = "draft"', 'status = "signed"'),
        "status must be one of draft",
    ),
}


@pytest.mark.parametrize(("page", "change", "says"), FOUND.values(), ids=FOUND)
def test_a_mistake_is_found(page: str, change: Change, says: str, tmp_path: Path) -> None:
    try:
        wrong = findings(changed(tmp_path, page, change))
    except KnowledgeError as refused:
        wrong = [str(refused)]
    assert any(says in line for line in wrong), wrong


STOPS_THE_START: dict[str, tuple[str, Change, str]] = {
    "no TOML": (LOCATION, swap("[[evidence]]", "[[evidence]"), "40-incorrect-location.toml: not valid TOML"),
    "an unknown field": (LOCATION, swap("weight = 3", "wieght = 3\nweight = 3"), "unknown field `wieght`"),
    "a missing field": (LOCATION, swap("weight = 3\n", ""), "missing required field `weight`"),
    "a status that is none": (LOCATION, swap('status = "active"', 'status = "live"'), "Invalid enum value 'live'"),
    "an unknown operator": (LOCATION, swap("conflict.is = true", "conflict.equals = true"), "no operator 'equals'"),
    "an unknown number": (
        LOCATION,
        swap('.below = "block_negative_percent"', '.below = "blok"'),
        "no threshold 'blok'",
    ),
    "a text where a number stands": ("thresholds", swap("value = 14", 'value = "14"'), "Expected `float`, got `str`"),
    "a key given twice": (
        "thresholds",
        swap("value = 14", "value = 14\nvalue = 15"),
        "thresholds.toml: not valid TOML",
    ),
}


@pytest.mark.parametrize(("page", "change", "says"), STOPS_THE_START.values(), ids=STOPS_THE_START)
def test_a_page_that_cannot_be_read_stops_the_start(page: str, change: Change, says: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as refused:
        changed(tmp_path, page, change)
    assert says in str(refused.value)
    assert f"{page.rpartition('/')[2]}.toml" in str(refused.value)
