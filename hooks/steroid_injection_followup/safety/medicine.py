"""Facts of medicines and metabolism around the injection: glycaemia, CYP3A4 inhibitors, what the agent is."""

from __future__ import annotations

from cds_service import fhir_types as fhir
from cds_service.plain_text import clean

from .. import quantities
from ..case import Case
from ..model import Episode
from ..records import Record
from .reading import PRESENT, Shown, Signs, condition_shown, count_of, counted, owner
from .words import measured

_WEIGHED = frozenset({"non-response", "transient", "indeterminate"})


def agent(case: Case) -> Signs:
    """The corticosteroid that was given; unknown when only the class is recorded."""
    given = case.episode.index
    if given.agent is None or given.agent == "corticosteroid":
        return Signs(None, missing="which corticosteroid was given")
    label = case.library.doses.agents[given.agent].label if given.agent in case.library.doses.agents else given.agent
    return Signs(given.agent, (Shown(f"{label} ({case.injected.isoformat()})", "", given.references),))


def particulate_agent(case: Case) -> Signs:
    """Whether the corticosteroid that was given is a suspension of particles."""
    known = agent(case)
    page = case.library.doses.agents.get(str(known.value))
    return Signs(page.particulate, known.shown) if page else Signs(None, missing=known.missing)


def transforaminal_above_lumbar(case: Case) -> Signs:
    """Whether the steroid was given through a cervical or thoracic neuroforamen."""
    by_code = "injection-epidural-transforaminal" in case.episode.index.code_tags
    above = case.region.spine in ("cervical", "thoracic")
    return Signs(above and (by_code or case.episode.region.endswith("-tfesi")))


def diabetes(case: Case) -> Signs:
    """Active diabetes, shown with one site: of those where glycaemia is of interest the last injected (count)."""
    if not owner(case, lambda episode: episode.key == case.episode.key or _weighed_elsewhere(case, episode)):
        return Signs(0)
    found = case.find("condition-diabetes", kind="Condition", states=PRESENT, certain=True)
    return counted(case, [condition_shown(r, "") for r in found][-1:], fhir.Condition)


def hba1c_percent(case: Case) -> Signs:
    """The latest HbA1c of the days that are read, in percent; ">14" counts as 14."""
    latest = case.latest("obs-hba1c", kind="Observation", since=case.since("hba1c_days"), states=PRESENT)
    return _highest(case, [latest] if latest else [], quantities.hba1c_percent, "HbA1c", "%")


def glucose_mg_dl(case: Case) -> Signs:
    """The highest glucose from the injection to the end of the days that it is watched, in mg/dL."""
    end = case.injected + case.span("glucose_days")
    found = case.find("obs-glucose", kind="Observation", since=case.injected, until=end, states=PRESENT)
    return _highest(case, list(found), quantities.glucose_mg_per_decilitre, "glucose", "mg/dL")


def glycaemia_weighed(case: Case) -> Signs:
    """Whether glycaemia is of interest now: no or lost or unclear response, or the first days after the injection."""
    early = case.days <= case.number("glucose_days")
    return Signs(early or case.response.kind in _WEIGHED)


@count_of("medicine-cyp3a4-strong-inhibitor", among=(fhir.MedicationRequest, fhir.MedicationStatement))
def cyp3a4_inhibitor(case: Case) -> list[Shown]:
    """A strong CYP3A4 inhibitor taken in the weeks around the injection (count)."""
    return [
        Shown(f"{clean(r.label, limit=80)} ({_taken(r)})", "strong CYP3A4 inhibitor", (r.reference,))
        for r in case.find("medicine-cyp3a4-strong-inhibitor")
        if _overlaps(case, r)
    ]


def _weighed_elsewhere(case: Case, episode: Episode) -> bool:
    response = case.responses.get(episode.index)
    return response is not None and response.kind in _WEIGHED


def _overlaps(case: Case, record: Record) -> bool:
    """An active medicine has no end; one that ended counts only with an end, or a day, that lies in the weeks."""
    first = case.injected - case.span("cyp_before_days")
    last = case.injected + case.span("cyp_after_days")
    if record.state not in ("taking", "ended", "done"):
        return False
    start = record.day or record.onset
    if start is not None and start > last:
        return False
    if record.until is not None:
        return record.until >= first
    if record.state == "taking":
        return start is not None or case.as_of <= last
    return start is not None and start >= first


def _taken(record: Record) -> str:
    start = record.day.isoformat() if record.day else "no start date"
    ended = record.until.isoformat() if record.until else "active" if record.state == "taking" else "ended"
    return f"{start}, {ended}"


def _highest(case: Case, records: list[Record], measure: quantities.Measure, name: str, unit: str) -> Signs:
    numbers = [
        (value, record)
        for record in records
        if record.comparator not in ("<", "<=")
        and (value := measure(quantities.without_comparator(record))) is not None
    ]
    if not numbers:
        return Signs(None, missing=case.gap(fhir.Observation) or f"a readable {name} of that time")
    value, record = max(numbers, key=lambda pair: pair[0])
    return Signs(value, (measured(record, measure, name=name, short=name, unit=unit),))
