"""How the facts of the plan are put: a list that was not read whole makes "none is recorded" unknown, never false."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown

from ..facts.words import yes
from ..library import DAYS_A_MONTH
from ..model import Evidence
from ..records import Record
from .picture import Picture


def either(picture: Picture, found: Iterable[Record], what: str) -> Fact:
    """A condition that is recorded, is not, or may be among those that were not read."""
    records = list(found)
    if records:
        return yes(records)
    return unknown(what) if picture.case.gap(fhir.Condition) else known(False)


def shown(evidence: Evidence | None, missing: str = "") -> Fact:
    """What a row of evidence already says."""
    if evidence is not None:
        return known(True, evidence.references, evidence.says.rstrip("."))
    return unknown(missing) if missing else known(False)


def standing_of(picture: Picture, cause: str) -> Fact:
    """Where a cause stands, in words."""
    state = picture.state(cause)
    return known(state, said=state)


def months_since(picture: Picture, first: date) -> float:
    """Months from a day to the as-of day."""
    return (picture.case.as_of - first) / timedelta(days=1) / DAYS_A_MONTH
