"""The words of the plan: those of a page are filled from the chart, those of a chart are never filled."""

from __future__ import annotations

from hooks.steroid_injection_followup import safety
from hooks.steroid_injection_followup.causes import causes
from hooks.steroid_injection_followup.plan.picture import Picture, picture_of, spine_place
from hooks.steroid_injection_followup.plan.words import Text, text
from tests.medicine.planning import case_of, hip


def picture() -> Picture:
    case = case_of(hip())
    return picture_of(case, causes(case), safety.findings(case))


def test_a_page_names_the_site_the_place_a_threshold_and_a_fact() -> None:
    said = text("{place} and {site}, {spine_care_weeks} weeks, {recent_mri}").told(picture(), spine_place("lumbar"))
    assert said == "lumbar spine and right hip, 6 weeks, not stated"


def test_words_with_nothing_to_fill_in_stay_as_they_are() -> None:
    assert text("Rest.") == Text("Rest.", open=False)


def test_braces_in_the_words_of_a_chart_name_nothing() -> None:
    seen = picture()
    assert Text("swelling {site} {").told(seen, seen.place) == "swelling {site} {"
