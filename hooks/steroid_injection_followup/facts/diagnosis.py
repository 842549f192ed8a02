"""Facts of the diagnosis: the documented reason, other diseases at the site, pain from elsewhere (cause 1)."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service import fhir_types as fhir
from cds_service.evidence import Fact, known, unknown

from ..anatomy import Referred, anatomy, same_family
from ..case import DAY, Case, once
from ..records import Record
from .registry import Facts, fact, fact_from
from .words import dated, yes

_PRESENT = ("present",)
_NOT_A_DISEASE = frozenset(
    {
        "condition-pain-symptom",
        "condition-back-or-neck-pain",
        "condition-effusion",
        "condition-prosthetic-joint",
        "condition-infection-at-site",
        "condition-trauma",
    }
)


@once
def reason_tags(case: Case) -> frozenset[str]:
    """Return the tags of the documented reasons; without any, those of the present conditions at the site."""
    terms = case.library.terms
    index = case.episode.index
    concepts = (*index.reasons, *(s for c in index.reason_conditions for s in c.body_site))
    coded = frozenset().union(*map(terms.tags, concepts))
    if any(t.startswith("condition-") for t in coded):
        return coded
    return frozenset().union(*(r.tags for r in _at_site(case) if r.day is None or r.day <= case.injected))


@once
def _at_site(case: Case) -> list[Record]:
    return [r for r in case.records.all if r.kind == "Condition" and r.state == "present" and case.at_site(r)]


def is_disease(tags: frozenset[str]) -> bool:
    """Whether tags name a disease rather than a symptom, an implant or an injury."""
    return any(tag.startswith("condition-") for tag in tags - _NOT_A_DISEASE)


@fact
def conditions_readable(facts: Facts) -> Fact:
    """Whether any condition of the patient could be read."""
    case = facts.case
    if case.chart.every(fhir.Condition):
        return known(True)
    return unknown(case.gap(fhir.Condition) or "any recorded condition")


@fact
def reason_recorded(facts: Facts) -> Fact:
    """Whether the injection has a documented reason."""
    index = facts.case.episode.index
    return known(True, index.references[:1]) if index.reasons else unknown("the documented reason for the injection")


@fact
def reason_is_symptom_only(facts: Facts) -> Fact:
    """Whether the documented reason is only a symptom, and no disease is coded at the site."""
    case = facts.case
    tags = reason_tags(case)
    if not any(t.startswith("condition-") for t in tags):
        return unknown("the documented reason for the injection")
    symptom = [r for r in _at_site(case) if r.has("condition-pain-symptom", "condition-back-or-neck-pain")]
    disease = is_disease(tags) or any(is_disease(r.tags) for r in _at_site(case))
    references = [r.reference for r in symptom] or case.episode.index.references[:1]
    return known(not disease, references, "; ".join(dated(r) for r in symptom[:2]) or "a symptom")


@fact
def referred_pain(facts: Facts) -> Fact:
    """A recorded condition whose pain can be felt at the injected site: "specific" or "non-specific" (model 2.3)."""
    case = facts.case
    if case.region.spine:
        return known("none")
    felt = anatomy(case.library).felt.get(case.episode.region, ())
    for strength in ("specific", "non-specific"):
        if found := [(row, r) for row in felt for r in _sources(case, row, strength)]:
            row, newest = found[-1]
            references = dict.fromkeys(r.reference for _, r in found)
            return known(strength, references, f"{dated(newest)}; {row.says}")
    return unknown(f"other conditions ({gap})") if (gap := case.gap(fhir.Condition)) else known("none")


def _sources(case: Case, row: Referred, strength: str) -> Iterator[Record]:
    """Yield the conditions that a row names; a specific source must be certain."""
    specific = strength == "specific"
    for record in case.find(
        *(row.specific if specific else row.nonspecific), kind="Condition", states=_PRESENT, certain=specific
    ):
        elsewhere = bool(row.at) and not record.has(*row.at)
        if elsewhere or case.names_site(record.tags) or not _side_fits(case, record, central=row.central):
            continue
        if not (specific and _vague(record, row)):
            yield record


def _vague(record: Record, row: Referred) -> bool:
    """Spondylosis coded with its facets says no more than spondylosis; with a root, a disc or stenosis it does."""
    return record.has(*row.nonspecific) and not record.has(*(t for t in row.specific if t not in row.vague))


def _side_fits(case: Case, record: Record, *, central: bool) -> bool:
    """Sides must match, be unstated, or the source be central (spine); a sided radiculopathy must match too."""
    if record.side in ("unknown", "bilateral", case.episode.side) or case.episode.side in ("unknown", "midline"):
        return True
    return central and not record.has("condition-radiculopathy", "condition-sciatica")


@fact
def different_disease_after(facts: Facts) -> Fact:
    """Whether, after the injection, a different disease than its reason was recorded at the same site."""
    case = facts.case
    reason = reason_tags(case)
    if not is_disease(reason):
        return unknown("the disease for which the injection was given")
    found = [
        r
        for r in case.dated_from(case.injected + DAY)
        if r.kind in ("Condition", "DiagnosticReport")
        and r.day is not None
        and r.day <= case.as_of
        and r.state in ("present", "done")
        and r.certain
        and is_disease(r.tags)
        and case.at_site(r)
        and not same_family(r.tags, reason, case.library)
    ]
    if found:
        return yes(found)
    return unknown(f"later conditions ({gap})") if (gap := case.gap(fhir.Condition)) else known(False)


@fact_from("obs-synovial-crystals", missing="proof from joint fluid")
def tissue_proof(facts: Facts) -> Fact | None:
    """Whether fluid or tissue proved the treated disease (crystals in the joint fluid)."""
    case = facts.case
    found = [
        r
        for r in case.find("obs-synovial-crystals", kind="Observation", states=("done",))
        if case.same_side(r)
        and not (r.tags | r.interpretation).isdisjoint(
            ("answer-present", "answer-positive", "condition-gout", "condition-cppd")
        )
    ]
    if found and not reason_tags(case).isdisjoint(("condition-gout", "condition-cppd")):
        return yes(found)
    return None


@fact
def other_pathology_supported(facts: Facts) -> Fact:
    """Whether another pathology (cause 7) is supported, by a condition that is not the one injected for."""
    case = facts.case
    reason = reason_tags(case)
    different = [
        c
        for c in facts.supported
        if c.id.startswith("alternative-pathology")
        and not (c.id.endswith("neuropathic") and index_is_nerve(case, reason))
        and not _same_lesion(case, c.id, reason)
    ]
    references = dict.fromkeys(ref for c in different for e in c.evidence if e.weight > 0 for ref in e.references)
    return known(bool(different), references, ", ".join(c.title[:1].lower() + c.title[1:] for c in different))


def index_is_nerve(case: Case, reason: frozenset[str]) -> bool:
    """Whether the condition injected for is itself a nerve condition (carpal tunnel, radiculopathy)."""
    return "condition-nerve" in reason or case.region.family == "nerve"


def _same_lesion(case: Case, cause: str, reason: frozenset[str]) -> bool:
    """A structural lesion of the treated family explains the reason; it does not contradict it."""
    if not cause.endswith("mechanical"):
        return cause.endswith("systemic-inflammatory") and "condition-inflammatory-arthritis" in reason
    lesions = case.find("condition-structural-lesion", at_site=True)
    if case.region.spine:
        return True
    return bool(lesions) and all(same_family(r.tags, reason, case.library) for r in lesions)
