"""A site's pages laid over ours: the answer changes where they say so, says so, and stays as it was elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cds_service.cli import main
from cds_service.errors import KnowledgeError
from hooks.steroid_injection_followup import SteroidInjectionFollowup
from hooks.steroid_injection_followup.library import load

from .sites import answer, cause, episode, kinds, overlay, step

HIP = "hip-unguided-obese"


def test_without_an_overlay_the_answer_says_nothing_of_one() -> None:
    plain = answer(HIP, None)
    assert "knowledgeOverlay" not in plain.explanation
    assert not any("site pages" in (card.card.detail or "") for card in plain.cards)


def test_a_threshold_of_the_site_decides_and_the_answer_says_so(tmp_path: Path) -> None:
    site = overlay(tmp_path, thresholds="[meaningful_points]\nvalue = 3\n\n[too_early_days]\nvalue = 60\n")
    changed = answer(HIP, site)
    assert episode(answer(HIP, None))["response"]["class"] == "non-response"
    assert episode(changed)["response"]["class"] == "too-early"
    assert changed.explanation["knowledgeOverlay"] == (
        "site pages laid over: thresholds (meaningful_points, too_early_days)"
    )
    assert [cards.kind for cards in changed.cards] == ["too-early"]
    detail = changed.cards[0].card.detail or ""
    assert "with site pages laid over: thresholds (meaningful" in detail
    assert "not before day 60 (set by this site)" in detail
    assert "SEED" not in detail


def test_a_sentence_follows_the_number_that_the_site_changed(tmp_path: Path) -> None:
    site = overlay(tmp_path, thresholds="[radiograph_days]\nvalue = 180\n")
    plain, changed = (step(answer("steps-too-long-ago", where), "imaging-radiograph") for where in (None, site))
    assert plain
    assert "within 12 months is in the record" in plain["says"]
    assert changed
    assert "within 6 months is in the record" in changed["says"]


def test_a_site_names_its_own_source(tmp_path: Path) -> None:
    site = overlay(
        tmp_path,
        citations='[board-2026]\ntitle = "Pain board of this hospital"\nyear = 2026\ncertainty = "local consensus"\n',
        thresholds='[too_early_days]\nvalue = 21\nprovenance = "SITE"\ncites = ["board-2026"]\n',
    )
    library = load(site)
    assert library.citations["board-2026"].year == 2026
    assert library.thresholds["too_early_days"].cites == ("board-2026",)
    assert SteroidInjectionFollowup(site).check() == []


@pytest.mark.parametrize("kind", ["failure-review", "too-early", "redflag-septic-joint", "safety-frequency"])
def test_a_card_kind_is_switched_off(kind: str, tmp_path: Path) -> None:
    case = {
        "failure-review": HIP,
        "too-early": "shoulder-too-early",
        "redflag-septic-joint": "knee-septic-red-flags",
        "safety-frequency": "two-injections-six-weeks-apart",
    }[kind]
    changed = answer(case, overlay(tmp_path, cards=f'off = ["{kind}"]\n'))
    assert kind in kinds(answer(case, None))
    assert kind not in kinds(changed)
    assert changed.explanation["knowledgeOverlay"] == "site pages laid over: cards (off)"


def test_a_red_flag_that_shows_no_card_still_keeps_the_failure_review_back(tmp_path: Path) -> None:
    changed = answer("knee-septic-red-flags", overlay(tmp_path, cards='off = ["redflag-septic-joint"]\n'))
    assert kinds(changed) == []
    assert episode(changed)["suppressed"] is True


def test_one_row_is_retired_and_the_others_stay(tmp_path: Path) -> None:
    site = overlay(tmp_path, **{"causes__40-incorrect-location": '[[evidence]]\nid = "E4.2"\nstatus = "retired"\n'})
    before, after = (cause(answer(HIP, s), "incorrect-location") for s in (None, site))
    assert {e["id"] for e in before["evidence"]} - {e["id"] for e in after["evidence"]} == {"E4.2"}
    assert (before["state"], after["state"]) == ("supported", "possible")


def test_one_weight_changes(tmp_path: Path) -> None:
    site = overlay(tmp_path, **{"causes__40-incorrect-location": '[[evidence]]\nid = "E4.2"\nweight = 1\n'})
    after = cause(answer(HIP, site), "incorrect-location")
    assert next(e["weight"] for e in after["evidence"] if e["id"] == "E4.2") == 1


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_page_that_is_not_active_is_listed_and_not_weighed(status: str, tmp_path: Path) -> None:
    site = overlay(tmp_path, **{"causes__40-incorrect-location": f'status = "{status}"\n'})
    found = cause(answer(HIP, site), "incorrect-location")
    assert (found["state"], found["evidence"]) == ("not-assessable", [])
    assert found["missing"] == ["not asked: this page is not in use here"]
    assert len(episode(answer(HIP, site))["causes"]) == 12


def test_a_retired_step_is_not_named_at_all(tmp_path: Path) -> None:
    site = overlay(tmp_path, steps='[physical-therapy]\nstatus = "retired"\n')
    assert step(answer(HIP, None), "physical-therapy") is not None
    assert step(answer(HIP, site), "physical-therapy") is None


def test_a_retired_rung_leaves_the_step_to_other_ladders(tmp_path: Path) -> None:
    site = overlay(tmp_path, ladders__joint='[[rungs]]\nid = "J5-prp"\nstatus = "retired"\n')
    assert step(answer(HIP, None), "prp") is not None
    assert step(answer(HIP, site), "prp") is None
    assert step(answer("tennis-elbow-second-injection", site), "prp") is not None


def test_a_ladder_that_is_a_draft_is_not_climbed(tmp_path: Path) -> None:
    site = overlay(tmp_path, ladders__joint='status = "draft"\n')
    assert step(answer(HIP, site), "bracing-orthosis") is None


def test_a_safety_rule_is_retired(tmp_path: Path) -> None:
    site = overlay(tmp_path, safety='[rules.W3-interval]\nstatus = "retired"\n')
    assert "safety-frequency" not in kinds(answer("two-injections-six-weeks-apart", site))


def test_pain_from_elsewhere_is_retired(tmp_path: Path) -> None:
    site = overlay(tmp_path, anatomy='[[referred]]\nid = "cervical-spine"\nstatus = "retired"\n')
    before, after = (cause(answer("shoulder-pain-from-the-neck", s), "incorrect-diagnosis") for s in (None, site))
    assert "E1.1" in {e["id"] for e in before["evidence"]}
    assert "E1.1" not in {e["id"] for e in after["evidence"]}


def test_a_sign_of_limited_relief_is_retired(tmp_path: Path) -> None:
    case = "surgical-referral-and-no-scores"
    site = overlay(tmp_path, response='[[surrogates]]\nid = "surgical-opinion"\nstatus = "retired"\n')
    assert "surrogates" in episode(answer(case, None))["response"]
    assert "surrogates" not in episode(answer(case, site))["response"]


def test_a_code_of_the_site_is_known(tmp_path: Path) -> None:
    sets = tmp_path / "valuesets"
    sets.mkdir()
    concept = {"system": "urn:site", "concept": [{"code": "HIPSHOT", "display": "Hip shot"}]}
    own = {"resourceType": "ValueSet", "id": "injection-joint-major", "compose": {"include": [concept]}}
    (sets / "injection-joint-major.json").write_text(json.dumps(own))
    library = load(tmp_path)
    assert "injection-joint-major" in library.terms.coding_tags("urn:site", "HIPSHOT")
    assert library.overlay == "site pages laid over: value sets (injection-joint-major)"


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "a page that we do not have": ({"treshold": "x = 1"}, "no page of ours is named treshold.toml"),
    "a number that we do not have": (
        {"thresholds": "[too_early_day]\nvalue = 1\n"},
        "overlay, thresholds: ours has no 'too_early_day'; did you mean 'too_early_days'?",
    ),
    "a number that is a text": ({"thresholds": '[too_early_days]\nvalue = "ten"\n'}, "Expected `float`, got `str`"),
    "a row that we do not have": (
        {"causes__40-incorrect-location": '[[evidence]]\nid = "E4.9"\nstatus = "retired"\n'},
        "overlay, causes/40-incorrect-location.evidence: ours has no 'E4.9'",
    ),
    "a brace that is never closed": (
        {"causes__40-incorrect-location": '[[evidence]]\nid = "E4.2"\nsays = "no guidance {said"\n'},
        "40-incorrect-location.toml, row E4.2: its words cannot be filled in",
    ),
    "a field that rows do not have": (
        {"causes__40-incorrect-location": '[[evidence]]\nid = "E4.2"\nretired = true\n'},
        "40-incorrect-location.toml: Object contains unknown field `retired`",
    ),
    "a word on a card that is not there": ({"cards": "of = []\n"}, "cards.toml: Object contains unknown field `of`"),
    "a card kind that is not there": (
        {"safety": '[kinds.safety-tendons]\nstatus = "retired"\n'},
        "overlay, safety.kinds: ours has no 'safety-tendons'; did you mean 'safety-tendon'?",
    ),
    "a step that is not there": ({"steps": '[prayer]\nstatus = "retired"\n'}, "overlay, steps: ours has no 'prayer'"),
    "a status that is none": ({"steps": '[prp]\nstatus = "off"\n'}, "steps.toml: Invalid enum value 'off'"),
    "no TOML": ({"cards": "off = [\n"}, "cards.toml: not valid TOML"),
}


@pytest.mark.parametrize(("pages", "says"), REFUSED.values(), ids=REFUSED)
def test_a_bad_overlay_stops_the_start_with_one_clear_line(
    pages: dict[str, str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = overlay(tmp_path, **pages)
    with pytest.raises(KnowledgeError) as refused:
        SteroidInjectionFollowup(site)
    assert says in str(refused.value)
    monkeypatch.setenv("CDS_KNOWLEDGE_OVERLAY", str(site))
    monkeypatch.setenv("CDS_DATABASE_URL", f"sqlite:///{tmp_path / 'cds.db'}")
    assert main(["check"]) == 1
    assert says in capsys.readouterr().out
    assert main(["serve"]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said


def test_a_card_kind_that_is_none_is_found(tmp_path: Path) -> None:
    found = SteroidInjectionFollowup(overlay(tmp_path, cards='off = ["data-gaps"]\n')).check()
    assert any("no card kind 'data-gaps'" in line for line in found)


def test_a_value_set_in_the_wrong_folder_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "valueset").mkdir()
    (tmp_path / "valueset" / "site-knee.json").write_text("{}")
    with pytest.raises(KnowledgeError, match=r"site-knee\.json is read by nothing; put value sets into .*/valuesets/"):
        load(tmp_path)


def test_an_empty_folder_changes_nothing_and_says_so(tmp_path: Path) -> None:
    assert load(tmp_path).overlay == "site pages laid over: nothing changed"
