"""What the options of a card say of steps that the record holds: what was done apart from what is only asked for."""

from __future__ import annotations

from hooks.steroid_injection_followup.cards.offers import options
from tests.charts import Chart
from tests.medicine.asking import joint
from tests.medicine.planning import plan


def held(chart: Chart) -> list[str]:
    """Return the lines of the options that name what the record holds."""
    return [line for line in options(tuple(plan(chart).values()), "left knee") if line.startswith("Already")]


def failed() -> Chart:
    """Return a chart with a left knee that an injection did not help."""
    chart = Chart("F60")
    joint(chart, "2026-01-12")
    chart.pain("2026-02-16", 6, region="knee", side="left")
    return chart


def test_what_is_ordered_is_told_apart_from_what_was_done() -> None:
    chart = failed()
    chart.therapy("physical therapy", "2025-10-06", "2025-12-29", region="knee", side="left")
    chart.order("referral orthopaedics", "2026-02-10", region="knee", side="left")
    done, ordered = held(chart)
    assert done.startswith("Already in the record: Physical therapy [Procedure/")
    assert ordered.startswith("Already in the record, ordered or booked: Orthopaedic opinion [ServiceRequest/")


def test_an_operation_is_named_in_the_place_of_the_opinion_and_a_medicine_in_that_of_its_review() -> None:
    chart = failed()
    chart.order("knee replacement", "2026-02-10", region="knee", side="left")
    chart.medicine("naproxen", "2026-01-20")
    done, ordered = held(chart)
    assert "Review of pain medication" not in done
    assert "naproxen (2026-01-20) [MedicationRequest/" in done
    assert "Orthopaedic opinion" not in ordered
    assert "knee replacement, left (2026-02-10) [ServiceRequest/" in ordered
