"""What a measured number means in the unit of the rules; an unknown or contradictory unit makes it unusable.

Each function takes a record and gives its number in one unit, or `None`: no number, no unit, a unit that is not in
the table below, code and unit text that disagree, a number no living body has, or a comparator ("<5").
A comparator still tells on which side of a bound a number lies: ask `reaches`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from cds_service import fhir_types as fhir

from .records import Record

Measure = Callable[[Record], float | None]
_Scale = Mapping[str, tuple[float, float]]  # spelling of the unit -> factor and offset to the unit of the rules

_CELSIUS: _Scale = {
    **dict.fromkeys(("cel", "degc", "c", "celsius", "degreescelsius"), (1.0, 0.0)),
    **dict.fromkeys(("[degf]", "degf", "f", "fahrenheit", "degreesfahrenheit"), (5 / 9, -160 / 9)),
}
_MG_PER_LITRE: _Scale = {"mg/l": (1.0, 0.0), "ug/ml": (1.0, 0.0), "mcg/ml": (1.0, 0.0), "mg/dl": (10.0, 0.0)}
_MM_PER_HOUR: _Scale = dict.fromkeys(("mm/h", "mm/hr", "mm/1h", "mm/hour", "mm/[h]"), (1.0, 0.0))
_PER_MICROLITRE: _Scale = {
    **dict.fromkeys(("/ul", "cells/ul", "/mm3", "cells/mm3", "/cumm", "10*6/l"), (1.0, 0.0)),
    **dict.fromkeys(("10*3/ul", "10*3/mm3", "k/ul", "k/mm3", "thousand/ul", "10*9/l"), (1000.0, 0.0)),
}
_MILLILITRES: _Scale = {"ml": (1.0, 0.0), "cc": (1.0, 0.0), "cm3": (1.0, 0.0), "l": (1000.0, 0.0)}
_NGSP_PERCENT: _Scale = {
    "%": (1.0, 0.0), "percent": (1.0, 0.0), "%ngsp": (1.0, 0.0),
    "mmol/mol": (0.09148, 2.152),  # IFCC to NGSP, the master equation of the two reference systems
}  # fmt: skip
_GLUCOSE: _Scale = {"mg/dl": (1.0, 0.0), "mmol/l": (18.016, 0.0), "g/l": (100.0, 0.0)}
_PRESSURE: _Scale = {"mm[hg]": (1.0, 0.0), "mmhg": (1.0, 0.0), "kpa": (7.50062, 0.0)}
_BODY_MASS: _Scale = dict.fromkeys(("kg/m2", "kg/m*2", "kg.m-2"), (1.0, 0.0))
_KILOGRAMS: _Scale = {
    "kg": (1.0, 0.0), "g": (0.001, 0.0),
    **dict.fromkeys(("[lb_av]", "lb", "lbs", "lb_av"), (0.45359237, 0.0)),
}  # fmt: skip
_CENTIMETRES: _Scale = {
    "cm": (1.0, 0.0), "m": (100.0, 0.0), "mm": (0.1, 0.0), **dict.fromkeys(("[in_i]", "in", "in_i"), (2.54, 0.0)),
}  # fmt: skip
_PLAIN: _Scale = dict.fromkeys(("", "1", "score", "points", "point", "grade", "/5", "/10", "ratio"), (1.0, 0.0))
_PERCENT: _Scale = {"%": (1.0, 0.0), "percent": (1.0, 0.0)}

# A body temperature outside these is a slip of the unit or of the decimal point, not a temperature.
_BODY_CELSIUS = (20.0, 50.0)
# A number is written with this many digits behind the point, so that 100.4 degrees Fahrenheit are 38.0 Celsius.
_DIGITS = 6

_ANNOTATION = re.compile(r"\{[^}]*\}")
_RESPELT = str.maketrans({**dict.fromkeys("°º× "), **dict.fromkeys("µμ", "u"), "³": "3", "²": "2", "^": "*"})


def celsius(record: Record) -> float | None:
    """Return a body temperature in degrees Celsius."""
    found = _in(record, _CELSIUS)
    return found if found is not None and _BODY_CELSIUS[0] <= found <= _BODY_CELSIUS[1] else None


def mg_per_litre(record: Record) -> float | None:
    """Return a mass concentration (C-reactive protein) in mg/L."""
    return _in(record, _MG_PER_LITRE)


def mm_per_hour(record: Record) -> float | None:
    """Return a sedimentation rate in mm/h."""
    return _in(record, _MM_PER_HOUR)


def cells_per_microlitre(record: Record) -> float | None:
    """Return a cell count per microlitre."""
    return _in(record, _PER_MICROLITRE)


def millilitres(record: Record) -> float | None:
    """Return a volume in mL."""
    return _in(record, _MILLILITRES)


def hba1c_percent(record: Record) -> float | None:
    """Return HbA1c in percent (NGSP), from percent or from mmol/mol (IFCC)."""
    return _in(record, _NGSP_PERCENT)


def glucose_mg_per_decilitre(record: Record) -> float | None:
    """Return a glucose concentration in mg/dL."""
    return _in(record, _GLUCOSE)


def millimetres_of_mercury(record: Record) -> float | None:
    """Return a blood pressure in mm Hg."""
    return _in(record, _PRESSURE)


def kilograms_per_square_metre(record: Record) -> float | None:
    """Return a body mass index in kg/m2."""
    return _in(record, _BODY_MASS)


def kilograms(record: Record) -> float | None:
    """Return a body weight in kg."""
    return _in(record, _KILOGRAMS)


def centimetres(record: Record) -> float | None:
    """Return a body height in cm."""
    return _in(record, _CENTIMETRES)


def percent(record: Record) -> float | None:
    """Return a share in percent."""
    return _in(record, _PERCENT)


def plain(record: Record) -> float | None:
    """Return a score, grade or ratio, which has no unit or says only that it is one."""
    return _in(record, _PLAIN)


def reaches(record: Record, measure: Measure, bound: float) -> bool | None:
    """Say whether the true value is surely at least `bound`, surely below it, or `None`: the record does not tell.

    ">300 mg/L" surely reaches 100 and "<5 mg/L" surely does not; "<200 mg/L" may or may not.
    """
    value = measure(without_comparator(record))
    if value is None:
        return None
    if record.comparator in (">", ">="):
        return True if value >= bound else None
    if record.comparator == "<":
        return False if value <= bound else None
    if record.comparator == "<=":
        return False if value < bound else None
    return None if record.comparator else value >= bound


def without_comparator(record: Record) -> Record:
    """Return the record with its number alone, for those who read the comparator themselves."""
    return replace(record, comparator="") if record.comparator else record


def of_component(record: Record, quantity: fhir.Quantity) -> Record:
    """Return one part of a panel (the systolic of a blood pressure) as a record of its own."""
    part = fhir.Observation(id=record.resource.id, value_quantity=quantity)
    return replace(
        record,
        resource=part,
        value=quantity.value,
        unit=quantity.code or quantity.unit or "",
        comparator=quantity.comparator or "",
    )


def spelt(unit: str | None) -> str:
    """Return a unit as the tables spell it: no case, no spaces, no annotations, powers as UCUM writes them."""
    text = _ANNOTATION.sub("", unit or "").translate(_RESPELT).lower().removeprefix("x")
    return text.replace("10e", "10*").replace("**", "*")


def _in(record: Record, scale: _Scale) -> float | None:
    """Convert by the one factor that all of the record's units that are known agree on."""
    if record.value is None or not math.isfinite(record.value) or record.comparator:
        return None
    conversions = [found for unit in _units(record) if (found := scale.get(unit) or scale.get(spelt(unit)))]
    if len(set(conversions)) != 1:
        return None
    factor, offset = conversions[0]
    return round(record.value * factor + offset, _DIGITS)


def _units(record: Record) -> set[str]:
    """The unit's code and its text; they are two witnesses, and one may be in words that no table has."""
    quantity: Any = getattr(record.resource, "value_quantity", None)
    if quantity is None or quantity.value != record.value:
        return {record.unit}
    return {quantity.code, quantity.unit} - {None, ""} or {record.unit}
