"""The safety facts by name: what `when` on the page safety.toml may compare, each measured at most once a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..case import Case, once
from . import acute, body, infection, medicine, nerve, site, workup
from .reading import NONE, SEARCHED, Signs

Measurement = Callable[[Case], Signs]

FACTS: Mapping[str, Measurement] = {
    measurement.__name__: measurement
    for measurement in (
        infection.spinal, infection.infection_conditions, infection.suspected_infections,
        infection.spinal_infection_conditions, infection.synovial_infection_signs, infection.systemic_signs,
        infection.unplaced_systemic_signs, infection.local_signs, infection.spinal_signs,
        acute.acute_signs, acute.unread_markers,
        nerve.lumbar_matter, nerve.cauda_equina_signs, nerve.deficit_signs, nerve.recent_deficit_signs,
        nerve.epidural, nerve.epidural_events,
        body.adrenal_crisis, body.adrenal_insufficiency, body.low_pressure, body.anaphylaxis, body.past_anaphylaxis,
        body.limb_ischaemia, body.allergy,
        site.days_since_injection, site.structure, site.joint, site.days_since_previous_injection,
        site.injections_in_365, site.epidural_sessions_in_365, site.days_between_epidural_sessions,
        site.tendon_tear, site.tendon_to_spare, site.joint_destruction, site.artificial_joint,
        site.days_to_replacement, site.replacement_in_question,
        medicine.agent, medicine.particulate_agent, medicine.transforaminal_above_lumbar, medicine.diabetes,
        medicine.hba1c_percent, medicine.glucose_mg_dl, medicine.glycaemia_weighed, medicine.cyp3a4_inhibitor,
        workup.cancer_history, workup.weight_loss, workup.new_spine_pain, workup.fracture_risk,
        workup.sudden_severe_pain, workup.pregnancy, workup.day_replacement_interval_ends,
        workup.replacement_planned, workup.consecutive_non_responses, workup.injections_without_response,
        workup.best_relief_percent,
    )
}  # fmt: skip


class Measured(dict[str, Signs]):
    """The safety facts of one case, measured when first asked for; ask for them with `measured_of`."""

    __slots__ = ("case",)

    def __init__(self, case: Case) -> None:
        """Ask about one case."""
        super().__init__()
        self.case = case
        if not case.chart.gaps:
            self.update((name, NONE) for name, tags in SEARCHED if case.tags.isdisjoint(tags))  # most signs

    def __missing__(self, name: str) -> Signs:
        """Measure the fact of that name; the page was checked at the start, so the name exists."""
        found = self[name] = FACTS[name](self.case)
        return found


@once
def measured_of(case: Case) -> Measured:
    """Return the safety facts of a case, the same ones each time."""
    return Measured(case)
