"""A suggested step as a draft order: a FHIR R4 ServiceRequest, proposed and unsigned, for the clinician to decide on.

It names the patient, the reason and the evidence by reference only; its note holds no measurement and no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cds_service.fhir_types import CodeableConcept
from cds_service.service import Call
from cds_service.terminology import Code, Terminology

from .case import Case
from .model import Side, Step
from .plan.ladders import ladders_of
from .plan.picture import place_of

Json = dict[str, Any]

_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_REQUESTERS = ("Practitioner/", "PractitionerRole/")
_MOST_EVIDENCE = 10
_NO_REASON = "Pain that has not settled as hoped"
_NOTE = "Draft proposed by decision support from the facts that it names; to be reviewed before it is signed."


def draft(step: Step, case: Case, call: Call, facts: tuple[str, ...] = ()) -> Json:
    """Return the order of a suggested step; `facts` are further references that the evidence rests on."""
    order: Json = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [_coding(order_code(step, case))], "text": step.title},
        "subject": {"reference": f"Patient/{case.chart.patient_id}"},
        "authoredOn": case.as_of.isoformat(),
        "note": [{"text": " ".join(filter(None, (f"{step.title}.", step.caveat, _NOTE)))}],
    }
    order |= _reason(case)
    if any(e.startswith("redflag-") for e in step.evidence):
        order["priority"] = "urgent"
    if call.user_id is not None and call.user_id.startswith(_REQUESTERS):
        order["requester"] = {"reference": call.user_id}
    if sites := _sites(step):
        order["bodySite"] = [_body_site(sites[0], case)]
    if evidence := _supporting((*step.references, *facts, *case.episode.index.references)):
        order["supportingInfo"] = evidence
    return order


def order_code(step: Step, case: Case) -> Code:
    """Return the preferred code of the step's value set, for its place and for the part of a panel that is missing."""
    value_set, *rest = step.order.split()
    also = [tag for tag in rest if not tag.startswith("site-")]
    terms = case.library.terms
    if also:
        return terms.first(value_set, *also)
    by_site = ladders_of(case.library).steps[step.id].coded_by_site
    placed = _placed(terms, value_set, _sites(step)) if by_site else None
    return placed or _unplaced(terms, value_set) or terms.first(value_set)


def _placed(terms: Terminology, value_set: str, sites: tuple[str, ...]) -> Code | None:
    """Return the first code that names the place. Joint codes name the limb; those of the spine its exact part."""
    by_limb = any(site.endswith("-limb") for site in sites)
    for wanted in (frozenset(sites),) if by_limb else map(frozenset[str], zip(sites)):
        for code in terms.members(value_set):
            if not wanted.isdisjoint(terms.coding_tags(code.system, code.code)):
                return code
    return None


def _unplaced(terms: Terminology, value_set: str) -> Code | None:
    """Return the first code that names no place: a code of another place would be a wrong order."""
    for code in terms.members(value_set):
        if not any(tag.startswith("site-") for tag in terms.coding_tags(code.system, code.code)):
            return code
    return None


def _sites(step: Step) -> tuple[str, ...]:
    return tuple(tag for tag in step.order.split() if tag.startswith("site-"))


def _coding(code: Code) -> Json:
    return {"system": code.system, "code": code.code, "display": code.display}


def _body_site(site: str, case: Case) -> Json:
    """The place with its side as a second coding of one concept; a part of the spine elsewhere has no side."""
    terms, here = case.library.terms, site in case.region.sites
    codings = [_coding(terms.first(site))]
    side: Side = case.episode.side
    if here and side in ("left", "right"):
        codings.append(_coding(terms.first(f"side-{side}")))
    return {"coding": codings, "text": place_of(case).label if here else codings[0]["display"]}


def _reason(case: Case) -> Json:
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


def _supporting(references: Iterable[str]) -> list[Json]:
    """The resources that the evidence rests on, as literal references."""
    literal = [r for r in dict.fromkeys(references) if _REFERENCE.fullmatch(r)]
    return [{"reference": reference} for reference in literal[:_MOST_EVIDENCE]]
