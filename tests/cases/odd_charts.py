"""Charts with something wrong in them: the answer is given, and says what was not read."""

from __future__ import annotations

from tests.cases.book import case
from tests.cases.shape_charts import scores
from tests.charts import Chart
from tests.codes import quantity


def injected(chart: Chart) -> None:
    """A guided knee injection that did not help."""
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    scores(chart)


@case("unreadable-resources")
def unreadable_resources(chart: Chart) -> None:
    injected(chart)
    chart.pain("2026-02-20", 1, region="knee", side="right")["valueQuantity"] = "one"
    chart.condition("type 2 diabetes")["code"] = "diabetes"


@case("partial-and-odd-dates")
def partial_and_odd_dates(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right", onsetDateTime="2019")
    chart.injection("2025-11", region="knee", side="right", guidance="guided", reason=arthritis)
    given = chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    del given["performedDateTime"]
    given["performedPeriod"] = {"start": "2026-01-11T23:50:00-05:00", "end": "2026-01-12T00:20:00-05:00"}
    chart.pain("2025", 2, region="knee", side="right")
    chart.pain("2026-01", 2, region="knee", side="right")
    chart.pain("2026-01-12T00:05:00-05:00", 7, region="knee", side="right")
    late = chart.pain("2026-02-09T23:30:00-08:00", 6, region="knee", side="right")
    late["effectivePeriod"] = {"start": late.pop("effectiveDateTime")}


@case("impossible-date")
def impossible_date(chart: Chart) -> None:
    injected(chart)
    chart.pain("2026-02-31", 1, region="knee", side="right")


@case("wrong-statuses")
def wrong_statuses(chart: Chart) -> None:
    injected(chart)
    arthritis = chart.resources[1]
    for day, status in [
        ("2026-02-10", "preparation"), ("2026-02-11", "in-progress"), ("2026-02-12", "not-done"),
        ("2026-02-13", "on-hold"), ("2026-02-14", "unknown"), ("2026-02-15", "entered-in-error"),
    ]:  # fmt: skip
        chart.injection(day, region="knee", side="right", drug=None, status=status, reason=arthritis)
    for day, status in [
        ("2026-02-16", "registered"), ("2026-02-17", "preliminary"), ("2026-02-18", "cancelled"),
        ("2026-02-19", "entered-in-error"), ("2026-02-20", "unknown"),
    ]:  # fmt: skip
        chart.pain(day, 1, region="knee", side="right", status=status)
    chart.condition("cervical radiculopathy", verified="refuted")
    chart.condition("rheumatoid arthritis", verified="entered-in-error")


@case("resources-without-a-patient")
def resources_without_a_patient(chart: Chart) -> None:
    injected(chart)
    del chart.pain("2026-02-20", 1, region="knee", side="right")["subject"]
    del chart.condition("rheumatoid arthritis")["subject"]


@case("another-patients-resources")
def another_patients_resources(chart: Chart) -> None:
    injected(chart)
    chart.pain("2026-02-20", 1, region="knee", side="right")["subject"] = {"reference": "Patient/p2"}
    chart.condition("rheumatoid arthritis")["subject"] = {"reference": "https://other.example.org/fhir/Patient/p2"}


@case("laboratory-in-other-units", patient="M68")
def laboratory_in_other_units(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.injection("2026-02-16", region="knee", side="left", guidance="unguided", reason=arthritis)
    for day, score in [("2026-02-16", 6), ("2026-03-02", 9)]:
        chart.pain(day, score, region="knee", side="left")
    chart.measure("temperature", "2026-03-02", 101.5, unit="[degF]", category="vital-signs")
    chart.lab("CRP", "2026-03-02", 14.2, unit="mg/dL")
    chart.finding("local-swelling", "2026-03-02", region="knee", side="left")


@case("laboratory-in-an-unknown-unit", patient="M68")
def laboratory_in_an_unknown_unit(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    chart.injection("2026-02-12", region="knee", side="left", guidance="guided", reason=arthritis)
    for day in ("2026-02-12", "2026-03-02"):
        chart.pain(day, 6, region="knee", side="left")
    crp = chart.lab("CRP", "2026-03-02")
    crp["valueQuantity"] = quantity(142, "arbitrary units", "[arb'U]")
    chart.finding("local-swelling", "2026-03-02", region="knee", side="left")
