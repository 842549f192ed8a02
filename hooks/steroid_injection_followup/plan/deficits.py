"""Neurological deficits that concern a part of the spine: what makes an opinion due, and older imaging out of date."""

from __future__ import annotations

from datetime import date

from ..case import Case
from ..records import Record
from .picture import Place
from .places import limbs_of

_SIGNS = (
    "condition-myelopathy", "condition-paralysis", "condition-cauda-equina", "condition-foot-drop", "finding-numbness",
    "finding-saddle-anaesthesia", "finding-bilateral-leg-weakness",
)  # fmt: skip
_OF_THE_LEGS = ("condition-foot-drop", "condition-cauda-equina", "finding-saddle-anaesthesia")
_FOUND = frozenset({"present", "done"})
_LIMB = {"cervical": "upper", "lumbar": "lower"}


def deficits(case: Case, place: Place, since: date | None = None) -> list[Record]:
    """Return the deficits of the limb that the place serves, oldest first; one of no stated limb counts."""
    full = case.number("full_power")
    found = [r for r in case.find(*_SIGNS, since=since, states=_FOUND) if r.certain]
    found += [
        r for r in case.find("obs-motor-power", since=since, states=_FOUND) if r.value is not None and r.value < full
    ]
    return sorted((r for r in found if r.day is not None and _served(case, place, r)), key=lambda r: r.day or date.min)


def _served(case: Case, place: Place, record: Record) -> bool:
    if place.spine == "cervical" and record.has(*_OF_THE_LEGS):
        return False
    limbs = limbs_of(case, record)
    return not limbs or not place.spine or place.spine == "thoracic" or _LIMB[place.spine] in limbs
