"""Every redundancy rule of steps.toml, made into pairs from the page itself: in the record, and only almost in it.

A step that is added to the page is tried here without a line more; a step that looks for nothing must say so.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hooks.steroid_injection_followup.plan.picture import place_of
from hooks.steroid_injection_followup.plan.therapies import Standing, standing
from tests.cases.pairs import LADDERS
from tests.charts import Chart
from tests.codes import Json, body_site, place, quantity
from tests.medicine.asking import cases, known
from tests.medicine.planning import back, exercise, failed
from tests.medicine.planning import plan as planned

TERMS, NUMBERS = known().terms, known().numbers
STEPS = {name: page for name, page in LADDERS.steps.items() if page.status == "active"}
NOT_LOOKED_FOR = {"selective-nerve-root-block"}
RESULTS = ("obs-", "finding-")
MEDICINES = ("medicine-",)


def ago(days: float) -> str:
    """Return the day that lies so many days before the chart is opened."""
    return (date(2026, 3, 2) - timedelta(days=days)).isoformat()


def code(tag: str) -> Json:
    """Return a concept of a value set that itself names no side."""
    for found in TERMS.members(tag):
        if not any(t.startswith("side-") for t in TERMS.coding_tags(found.system, found.code)):
            return {"coding": [{"system": found.system, "code": found.code}]}
    raise AssertionError(f"{tag} has no code without a side")


def stands(chart: Chart, step: str, *, acute: bool = False) -> Standing:
    """Return where a step stands for the one injected site."""
    case = next(c for c in cases(chart) if c.episode.index.steroid)
    return standing(case, place_of(case), STEPS[step], acute=acute)


def ordered(tag: str, day: str, side: str = "left", **more: object) -> Chart:
    """Return a knee that did not answer, with an order for something coded."""
    chart = failed()
    chart.record(
        "ServiceRequest", "order", **{"status": "active", "intent": "order"} | more, code=code(tag),
        subject=chart.subject, authoredOn=day, bodySite=[place("knee", side)],
    )  # fmt: skip
    return chart


def had(chart: Chart, tag: str, day: str, site: Json | None) -> Chart:
    """Add what was done, found or taken, by what kind of value set the code is from."""
    if tag.startswith(MEDICINES):
        chart.record(
            "MedicationRequest", "medicine", status="completed", intent="order", medicationCodeableConcept=code(tag),
            subject=chart.subject, authoredOn=day,
        )  # fmt: skip
    elif tag.startswith(RESULTS):
        chart.observation(code(tag), day, "exam", bodySite=site, valueQuantity=quantity(1, "1"))
    else:
        chart.procedure(day, code(tag), bodySite=[site] if site else None)
    return chart


KNEE = place("knee", "left")
BACK = body_site("lumbar", None)


ORDERED = [
    pytest.param(name, tag, id=f"{name}, {tag}")
    for name, page in STEPS.items()
    for tag in page.counts
    if not tag.startswith((*RESULTS, *MEDICINES))
]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_looks_for_something_in_the_record_or_says_that_it_does_not(name: str) -> None:
    page = STEPS[name]
    assert page.redundant
    assert bool(page.counts or page.visits) != (name in NOT_LOOKED_FOR)
    assert ("Not looked for" in page.redundant) == (name in NOT_LOOKED_FOR)


@pytest.mark.parametrize(("name", "tag"), ORDERED)
def test_a_live_order(name: str, tag: str) -> None:
    last = NUMBERS["order_days"]
    assert stands(ordered(tag, ago(last)), name).state == "ordered"
    for miss in (
        ordered(tag, ago(last + 1)),
        ordered(tag, ago(20), status="revoked"),
        ordered(tag, ago(20), intent="proposal"),
        ordered(tag, ago(20), doNotPerform=True),
    ):
        assert stands(miss, name).state != "ordered"


@pytest.mark.parametrize(("name", "tag"), ORDERED)
def test_an_order_for_the_other_side(name: str, tag: str) -> None:
    anywhere = STEPS[name].match == "any"
    assert (stands(ordered(tag, ago(20), side="right"), name).state == "ordered") is anywhere


@pytest.mark.parametrize("name", [n for n, page in STEPS.items() if page.visits])
def test_a_visit_and_an_appointment(name: str) -> None:
    last = NUMBERS["visit_days"]
    for days, wanted in ((last, "done"), (last + 1, "open")):
        chart = failed()
        chart.encounter(ago(days), service=code(STEPS[name].visits[0]))
        assert stands(chart, name).state == wanted
    for status, wanted in (("booked", "ordered"), ("cancelled", "open")):
        chart = failed()
        chart.record(
            "Appointment", "visit", status=status, specialty=[code(STEPS[name].visits[0])],
            start=f"{ago(-9)}T09:00:00Z", participant=[{"actor": chart.subject, "status": "accepted"}],
        )  # fmt: skip
        assert stands(chart, name).state == wanted


@pytest.mark.parametrize(("name", "tag"), [(n, tag) for n, page in STEPS.items() if page.within for tag in page.counts])
def test_a_result_as_long_as_it_lasts(name: str, tag: str) -> None:
    last = NUMBERS[STEPS[name].within]
    assert stands(had(failed(), tag, ago(last), KNEE), name).state == "done"
    assert stands(had(failed(), tag, ago(last + 1), KNEE), name).state == "open"


@pytest.mark.parametrize("name", [n for n, page in STEPS.items() if page.within_spine])
def test_a_result_of_the_spine_as_long_as_it_lasts(name: str) -> None:
    tag, last = STEPS[name].counts[0], NUMBERS[STEPS[name].within_spine]
    assert stands(had(back(), tag, ago(last), BACK), name).state == "done"
    assert stands(had(back(), tag, ago(last + 1), BACK), name).state == "open"


@pytest.mark.parametrize("name", [n for n, page in STEPS.items() if page.unless_deficit])
def test_a_new_deficit_sets_an_older_image_of_the_spine_aside(name: str) -> None:
    for power, wanted in ((4, "open"), (5, "done")):
        chart = had(back(), STEPS[name].counts[0], ago(200), BACK)
        chart.measure("motor power", ago(30), power, region="lumbar", side="left")
        assert stands(chart, name).state == wanted


@pytest.mark.parametrize("name", [n for n, page in STEPS.items() if page.course])
def test_a_course_of_therapy(name: str) -> None:
    for days, wanted in ((42, "done"), (41, "open")):
        chart = failed()
        exercise(chart, ago(100), ago(100 - days))
        chart.resources[-1]["code"] = code(STEPS[name].counts[0])
        assert stands(chart, name).state == wanted


@pytest.mark.parametrize("acute", [False, True], ids=["usual", "while an infection is not put aside"])
@pytest.mark.parametrize("late", [None, 0, 1], ids=["all recent", "the first too old", "the second too old"])
@pytest.mark.parametrize("name", [n for n, page in STEPS.items() if page.panel])
def test_a_panel_has_all_its_parts(name: str, late: int | None, *, acute: bool) -> None:
    page, chart = STEPS[name], failed()
    panel = page.acute_panel if acute else page.panel
    for n, (threshold, *sets) in enumerate(panel):
        had(chart, sets[0], ago(NUMBERS[threshold] + (n == late)), None)
    found = stands(chart, name, acute=acute)
    assert found.state == ("done" if late is None else "open")
    assert found.missing == (() if late is None else (panel[late][1],))


@pytest.mark.parametrize("name", [n for n, page in STEPS.items() if page.surgical])
def test_an_operation_that_is_booked_or_done(name: str) -> None:
    assert stands(ordered("surgery-arthroscopy", ago(20)), name).state == "ordered"
    assert stands(ordered("surgery-arthroscopy", ago(20), side="right"), name).state == "open"
    assert stands(had(failed(), "surgery-arthroscopy", ago(20), KNEE), name).state == "done"
    assert stands(had(failed(), "surgery-arthroscopy", ago(200), KNEE), name).state == "open"


def test_an_emergency_is_assessed_whatever_is_on_order() -> None:
    chart = ordered("referral-emergency", ago(1))
    chart.condition("septic knee", side="left", recorded=ago(1))
    step = planned(chart)["referral-emergency"]
    assert (step.status, LADDERS.steps["referral-emergency"].redundant[:6]) == ("suggested", "Never:")


def test_the_days_are_those_of_the_page() -> None:
    assert {t for page in STEPS.values() for t in (page.within, page.within_spine) if t} <= set(NUMBERS)
