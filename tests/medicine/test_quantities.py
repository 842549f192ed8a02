"""Units: what a number means in the unit of the rules, and when it means nothing."""

from __future__ import annotations

from datetime import date

import pytest

from cds_service.fhir_types import Observation, Quantity
from hooks.steroid_injection_followup import quantities
from hooks.steroid_injection_followup.quantities import Measure
from hooks.steroid_injection_followup.records import Record


def measured(value: float | None, unit: str = "", *, code: str | None = None, comparator: str = "") -> Record:
    """A record of one number, as `records.read` makes it."""
    quantity = Quantity(value=value, unit=unit or None, code=code, comparator=comparator or None)
    return Record(
        "Observation", "Observation/o1", frozenset(), date(2026, 3, 2), "unknown", "done", "a measurement",
        Observation(id="o1", value_quantity=quantity), value=value, unit=code or unit, comparator=comparator,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "value", "unit", "expected"),
    [
        pytest.param(quantities.celsius, 38.6, "Cel", 38.6, id="temperature in Celsius (UCUM)"),
        pytest.param(quantities.celsius, 38.6, "°C", 38.6, id="temperature in Celsius as people write it"),
        pytest.param(quantities.celsius, 100.4, "[degF]", 38.0, id="100.4 Fahrenheit is exactly 38 Celsius"),
        pytest.param(quantities.celsius, 38.6, "°F", None, id="38.6 degrees Fahrenheit is no body temperature"),
        pytest.param(quantities.celsius, 101.5, "Cel", None, id="Fahrenheit written as Celsius"),
        pytest.param(quantities.celsius, 38.6, "", None, id="temperature without a unit"),
        pytest.param(quantities.celsius, 311.7, "K", None, id="temperature in kelvin is not in the table"),
        pytest.param(quantities.mg_per_litre, 142, "mg/L", 142, id="CRP in mg/L"),
        pytest.param(quantities.mg_per_litre, 14.2, "mg/dL", 142, id="CRP in mg/dL"),
        pytest.param(quantities.mg_per_litre, 142, "MG/L", 142, id="CRP in capitals"),
        pytest.param(quantities.mg_per_litre, 1352, "nmol/L", None, id="CRP in a molar unit"),
        pytest.param(quantities.mm_per_hour, 60, "mm/h", 60, id="ESR"),
        pytest.param(quantities.mm_per_hour, 60, "mm/hr", 60, id="ESR, hour written out"),
        pytest.param(quantities.cells_per_microlitre, 62, "10*3/uL", 62000, id="cells in thousands per microlitre"),
        pytest.param(quantities.cells_per_microlitre, 62, "x10^9/L", 62000, id="cells per litre, as printed"),
        pytest.param(quantities.cells_per_microlitre, 62000, "{cells}/µL", 62000, id="cells per microlitre, annotated"),
        pytest.param(quantities.cells_per_microlitre, 62, "/[HPF]", None, id="cells per high-power field"),
        pytest.param(quantities.hba1c_percent, 9.1, "%", 9.1, id="HbA1c in percent"),
        pytest.param(quantities.hba1c_percent, 64, "mmol/mol", 8.00672, id="HbA1c after IFCC"),
        pytest.param(quantities.hba1c_percent, 0.091, "1", None, id="HbA1c as a fraction"),
        pytest.param(quantities.glucose_mg_per_decilitre, 20, "mmol/L", 360.32, id="glucose in mmol/L"),
        pytest.param(quantities.glucose_mg_per_decilitre, 320, "mg/dL", 320, id="glucose in mg/dL"),
        pytest.param(quantities.millilitres, 0.42, "L", 420, id="urine in litres"),
        pytest.param(quantities.millimetres_of_mercury, 85, "mm[Hg]", 85, id="pressure"),
        pytest.param(quantities.kilograms_per_square_metre, 36, "kg/m²", 36, id="body mass index"),
        pytest.param(quantities.kilograms, 200, "[lb_av]", 90.718474, id="weight in pounds"),
        pytest.param(quantities.centimetres, 70, "[in_i]", 177.8, id="height in inches"),
        pytest.param(quantities.plain, 4, "{score}", 4, id="a score with an annotation for a unit"),
        pytest.param(quantities.plain, 4, "mm", None, id="millimetres are not a plain score"),
    ],
)
def test_a_number_is_given_in_the_unit_of_the_rules(
    measure: Measure, value: float, unit: str, expected: float | None
) -> None:
    assert measure(measured(value, unit)) == expected


def test_code_and_unit_text_that_disagree_make_the_number_unusable() -> None:
    assert quantities.mg_per_litre(measured(142, "mg/dL", code="mg/L")) is None


def test_a_unit_text_in_free_words_does_not_spoil_a_known_code() -> None:
    assert quantities.mg_per_litre(measured(142, "milligrams per litre of serum", code="mg/L")) == 142


def test_no_number_and_a_number_that_is_not_finite_are_unusable() -> None:
    assert quantities.mg_per_litre(measured(None, "mg/L")) is None
    assert quantities.mg_per_litre(measured(float("inf"), "mg/L")) is None


@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [
        pytest.param("", 100, True, id="the bound itself reaches it"),
        pytest.param("", 99.9, False, id="just below does not"),
        pytest.param(">", 300, True, id="more than 300 surely reaches 100"),
        pytest.param(">", 50, None, id="more than 50 may or may not"),
        pytest.param("<", 5, False, id="less than 5 surely does not"),
        pytest.param("<", 100, False, id="less than the bound does not"),
        pytest.param("<=", 100, None, id="at most the bound may be the bound"),
        pytest.param("<", 200, None, id="less than 200 may or may not"),
        pytest.param("ad", 200, None, id="a comparator of a later FHIR version is not guessed"),
    ],
)
def test_a_comparator_tells_only_what_it_tells(comparator: str, value: float, *, expected: bool | None) -> None:
    assert quantities.reaches(measured(value, "mg/L", comparator=comparator), quantities.mg_per_litre, 100) is expected


def test_a_number_with_a_comparator_is_not_taken_for_the_number() -> None:
    assert quantities.mg_per_litre(measured(5, "mg/L", comparator="<")) is None


def test_units_of_the_tables_are_written_as_they_are_spelt() -> None:
    tables = [table for name, table in vars(quantities).items() if name.isupper() and isinstance(table, dict)]
    units = [unit for table in tables for unit in table if isinstance(unit, str)]
    assert len(units) > 50
    assert [unit for unit in units if quantities.spelt(unit) != unit] == []
