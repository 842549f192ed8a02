"""A list that was not read whole is never taken for an empty one (issue: missing is not negative)."""

from __future__ import annotations

import pytest

from hooks.steroid_injection_followup import plan, safety
from hooks.steroid_injection_followup.causes import causes
from hooks.steroid_injection_followup.model import Cause
from tests.charts import Chart
from tests.codes import Json
from tests.medicine.asking import cases, known

NOT_SENT = "not sent"


def failed_knee() -> tuple[Chart, Json]:
    """A guided knee injection that did not help, with its reason."""
    chart = Chart("F62")
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    chart.pain("2026-01-12", 7, region="knee", side="right")
    chart.pain("2026-02-09", 7, region="knee", side="right")
    return chart, arthritis


def weighed(chart: Chart, *missing: str) -> dict[str, Cause]:
    """All causes of the only case, with some lists not read."""
    (case,) = cases(chart, gaps=dict.fromkeys(missing, NOT_SENT))
    return {c.id: c for c in causes(case)}


def reading_pages() -> list[tuple[str, str]]:
    """Each cause with each list that its negative conclusion rests on."""
    return [(rules.page.id, kind) for rules in known().causes for kind in rules.page.reads]


@pytest.mark.parametrize(("cause", "kind"), reading_pages())
def test_a_negative_conclusion_needs_the_whole_list(cause: str, kind: str) -> None:
    chart, _ = failed_knee()
    found = weighed(chart, kind)[cause]
    assert found.state == "not-assessable"
    if weighed(chart)[cause].state == "not-supported":
        assert any(kind in words and NOT_SENT in words for words in found.missing)


def test_with_every_list_read_the_same_chart_gives_negative_conclusions() -> None:
    chart, _ = failed_knee()
    states = {name: cause.state for name, cause in weighed(chart).items()}
    assert (
        states["incorrect-diagnosis"] == states["improper-technique"] == states["incorrect-location"] == "not-supported"
    )


def test_what_was_found_stands_although_the_list_is_not_whole() -> None:
    chart, _ = failed_knee()
    chart.condition("rheumatoid arthritis")
    found = weighed(chart, "Condition", "Observation")["alternative-pathology.systemic-inflammatory"]
    assert found.state == "supported"


@pytest.mark.parametrize("kind", ["ServiceRequest", "DiagnosticReport", "ImagingStudy", "Appointment", "Encounter"])
def test_a_suggestion_says_that_the_record_may_hold_it_already(kind: str) -> None:
    chart, _ = failed_knee()
    (case,) = cases(chart, gaps={kind: NOT_SENT})
    suggested = [s for s in plan.steps(case, causes(case), safety.findings(case)) if s.status == "suggested"]
    assert suggested
    assert all("may be in the record already" in s.caveat for s in suggested)


def test_a_whole_record_needs_no_such_words() -> None:
    chart, _ = failed_knee()
    (case,) = cases(chart)
    assert not [s for s in plan.steps(case, causes(case), safety.findings(case)) if "already." in s.caveat]
