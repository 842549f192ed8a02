"""A suggested step as a draft order: a FHIR R4 ServiceRequest, proposed and unsigned, for the clinician to decide on.

It names the patient, the reason and the evidence by reference only; its note holds no measurement and no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cds_service.fhir_types import CodeableConcept
from cds_service.service import Call
from cds_service.terminology import Terminology

from .case import Case, once
from .model import Step
from .plan.ladders import Coded, ladders_of
from .plan.planned import FOUND

Json = dict[str, Any]

_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_REQUESTERS = ("Practitioner/", "PractitionerRole/")
_MOST_EVIDENCE = 10
_NO_REASON = "Pain that has not settled as hoped"
_NOTE = "Draft proposed by decision support from the facts that it names; to be reviewed before it is signed."


def draft(step: Step, case: Case, call: Call, facts: tuple[str, ...] = ()) -> Json:
    """Return the order of a suggested step; `facts` are further references that the evidence rests on."""
    title, (value_set, *places) = step.title, step.order
    sites = [tag for tag in places if tag.startswith("site-")]
    part = next((tag for tag in places if tag not in sites), "")
    order: Json = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [_coding(step.id, value_set, part, sites, case)], "text": title},
        "subject": {"reference": f"Patient/{case.chart.patient_id}"},
        "authoredOn": case.as_of.isoformat(),
        "note": [{"text": " ".join(filter(None, (f"{title}.", step.caveat, _NOTE)))}],
        **_reason(step, case, facts, alone=bool(sites) and not _here(sites[0], case)),
    }
    if step.priority:
        order["priority"] = step.priority
    if call.user_id is not None and call.user_id.startswith(_REQUESTERS):
        order["requester"] = {"reference": call.user_id}
    if sites:
        order["bodySite"] = [_body_site(sites[0], step.place, case)]
    if evidence := _references((*step.references, *facts, *case.episode.index.references)):
        order["supportingInfo"] = evidence
    return order


def _coding(step: str, value_set: str, part: str, sites: list[str], case: Case) -> Json:
    """The preferred code of the step's value set, for its place or for the part of a panel that is missing."""
    ladders = ladders_of(case.library)
    codes = ladders.codes[value_set]
    if ladders.steps[step].coded_by_site:
        found = _placed(codes, sites)
    else:
        found = next((coded.coding for coded in codes if part in coded.tags), None)
    return found or _unplaced(codes)


def _placed(codes: tuple[Coded, ...], sites: list[str]) -> Json | None:
    """The first code that names the place. Joint codes name the limb; those of the spine its exact part."""
    by_limb = any(site.endswith("-limb") for site in sites)
    for wanted in (sites,) if by_limb else [[site] for site in sites]:
        for coded in codes:
            if not coded.tags.isdisjoint(wanted):
                return coded.coding
    return None


def _unplaced(codes: tuple[Coded, ...]) -> Json:
    """The first code that names no place, since a code of another place would be a wrong order; else the first."""
    free = (c.coding for c in codes if not c.placed)
    return next(free, codes[0].coding)


def _body_site(site: str, place: str, case: Case) -> Json:
    """The place with its side as a second coding of one concept; a part of the spine elsewhere has no side."""
    codes, side = ladders_of(case.library).codes, case.episode.side
    codings = [codes[site][0].coding]
    if side in ("left", "right") and _here(site, case):
        codings.append(codes[f"side-{side}"][0].coding)
    return {"coding": codings, "text": place}


def _here(site: str, case: Case) -> bool:
    """Whether a place is the injected site or its limb, and not a part of the spine that the pain may come from."""
    return site in case.region.sites or site in case.region.near or site.endswith("-limb")


def _reason(step: Step, case: Case, facts: tuple[str, ...], *, alone: bool) -> Json:
    """What was found, then what the injection was given for; of a red flag, or of another place, the first alone."""
    found = _references([r for r in facts if r.startswith(FOUND)] or step.because)
    given = _given_for(case)
    if not found:
        return given
    if not alone and not any(e.startswith("redflag-") for e in step.evidence):
        found += [reference for reference in given.get("reasonReference", ()) if reference not in found]
    return {"reasonReference": found}


@once
def _given_for(case: Case) -> Json:
    """The conditions that the injection was given for, by reference; else their codes; else the plain reason."""
    index, chart = case.episode.index, case.chart
    named = [f"Condition/{c.id}" for c in index.reason_conditions if c.id]
    references = [{"reference": key} for key in dict.fromkeys(named) if key in chart.by_reference]
    if references:
        return {"reasonReference": references}
    coded = [concept for reason in index.reasons if (concept := _known_codings(reason, case.library.terms))]
    return {"reasonCode": coded or [{"text": _NO_REASON}]}


def _known_codings(reason: CodeableConcept, terms: Terminology) -> Json | None:
    """The codes of a reason that our value sets know, in our own words: free text of the record is not repeated."""
    codings = [
        {"system": terms.canonical(c.system), "code": c.code, "display": terms.display(c.system, c.code) or c.code}
        for c in reason.coding
        if terms.coding_tags(c.system, c.code)
    ]
    return {"coding": codings} if codings else None


def _references(references: Iterable[str]) -> list[Json]:
    """The first resources that something rests on, each once, as literal references."""
    literal = [r for r in dict.fromkeys(references) if _REFERENCE.fullmatch(r)]
    return [{"reference": reference} for reference in literal[:_MOST_EVIDENCE]]
