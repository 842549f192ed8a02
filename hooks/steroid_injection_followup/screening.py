"""Whether a chart can have an answer at all, told by the few types that show an injection: most of a population cannot.

Every episode begins with an injection, and an injection is found in a Procedure or in a corticosteroid given
(injections.py); so where neither is, there is no card and no code near an injection, on whatever day.
"""

from __future__ import annotations

from cds_service import fhir_types as fhir
from cds_service.chart import Chart

from . import sites
from .library import Library
from .readers import read
from .records import label_of

TYPES = ("Procedure", "MedicationAdministration", "Medication")


def may_concern(chart: Chart, library: Library) -> bool:
    """Return whether an injection may be found in a chart of which only `TYPES` were read."""
    records = read(chart, library.terms)
    if any(records.having(*library.injection_tags, kind="Procedure")):
        return True
    if any(records.having("agent-corticosteroid", kind="MedicationAdministration")):
        return True
    labels = {label_of(procedure.code) for procedure in chart.every(fhir.Procedure)}
    return any(sites.place_in_words(label, library) for label in labels if label)
