"""How real systems write the same event, and what looks like a steroid injection and is none."""

from __future__ import annotations

from tests.cases.book import case
from tests.charts import Chart
from tests.codes import Json, coding, concept, quantity, table, used_codes
from tests.records import SERVER, to


def scores(chart: Chart, *, side: str | None = "right", region: str | None = "knee", after: float = 6) -> None:
    """Pain 7 on the day of the injection, `after` four weeks later."""
    chart.pain("2026-01-12", 7, region=region, side=side)
    chart.pain("2026-02-09", after, region=region, side=side)


def billed(section: str, name: str, modifier: str) -> Json:
    """Return a procedure code with a claim modifier as a further coding."""
    code = concept(section, name)
    code["coding"] += [coding(entry) for entry in table()["side"][modifier]]
    return code


@case("claim-right-and-left")
def claim_right_and_left(chart: Chart) -> None:
    chart.condition("knee OA", side="bilateral")
    for modifier in ("RT", "LT"):
        code = billed("therapy", "knee injection or aspiration", modifier)
        given = chart.procedure("2026-01-12", code, reasonCode=[concept("condition", "knee OA bilateral")])
        given["usedCode"] = used_codes({}, "unknown", "triamcinolone")
    scores(chart, side="right")
    scores(chart, side="left", after=2)


@case("claim-bilateral-modifier")
def claim_bilateral_modifier(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="bilateral")
    given = chart.injection("2026-01-12", region="knee", guidance="unguided", mg=80, reason=arthritis)
    given["code"] = billed("therapy", "knee injection or aspiration", "50")
    scores(chart, side="right")
    scores(chart, side="left", after=2)


@case("bilateral-in-one-procedure")
def bilateral_in_one_procedure(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="bilateral")
    chart.injection("2026-01-12", region="knee", side="bilateral", guidance="guided", mg=80, reason=arthritis)
    scores(chart, side="right")
    scores(chart, side="left", after=2)


@case("hospital-procedure-code")
def hospital_procedure_code(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="left")
    entry = "pcs|3E0U33Z|Introduction of Anti-inflammatory into Joints, Percutaneous Approach"
    given = chart.injection("2026-01-12", region="knee", side="left", drug=None, reason=arthritis)
    given["code"] = {"coding": [coding(entry)]}
    scores(chart, side="left")


@case("named-in-words-only")
def named_in_words_only(chart: Chart) -> None:
    chart.condition("knee OA", side="right")
    chart.procedure("2026-01-12", {"text": "Cortisone injection, right knee"})
    scores(chart)


@case("synthetic-patient-style")
def synthetic_patient_style(chart: Chart) -> None:
    arthritis = chart.condition("knee OA")
    visit = chart.encounter("2026-01-12")
    joint = concept("injection", "none") | {"coding": [coding(table()["injection"]["knee"]["unknown"][0])]}
    chart.procedure("2026-01-12T09:14:00-05:00", joint, encounter=visit, reasonCode=[{"text": "Onset"}])
    given = chart.administration("2026-01-12T09:14:00-05:00", "triamcinolone", mg=None, encounter=visit)
    given["reasonReference"] = [to(arthritis)]
    scores(chart, region=None, side=None)


@case("drug-joined-by-visit")
def drug_joined_by_visit(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    given = chart.injection(
        "2026-01-12", region="knee", side="right", guidance="guided", linked=False, reason=arthritis
    )
    del given["usedCode"]
    scores(chart)


@case("drug-known-from-the-order")
def drug_known_from_the_order(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    given = chart.injection("2026-01-12", region="knee", side="right", guidance="guided", drug=None, reason=arthritis)
    order = chart.medicine("triamcinolone", "2026-01-12", status="completed", encounter=given["encounter"])
    order["medicationCodeableConcept"] = {"coding": [coding(table()["drug"]["triamcinolone"]["product"][0])]}
    order["dosageInstruction"] = [{"doseAndRate": [{"doseQuantity": quantity(40, "mg")}]}]
    scores(chart)


@case("drug-in-a-contained-medication")
def drug_in_a_contained_medication(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    given = chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    del given["usedCode"]
    drug = chart.resources[-1]
    product = {"resourceType": "Medication", "id": "vial", "code": drug.pop("medicationCodeableConcept")}
    drug |= {"contained": [product], "medicationReference": {"reference": "#vial"}}
    scores(chart)


@case("dose-in-millilitres")
def dose_in_millilitres(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    chart.resources[-1]["dosage"]["dose"] = quantity(1, "mL")
    scores(chart)


@case("dose-in-an-unknown-unit")
def dose_in_an_unknown_unit(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    chart.resources[-1]["dosage"]["dose"] = quantity(1, "vial", "{vial}")
    scores(chart)


@case("recorded-three-times")
def recorded_three_times(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-12", region="knee", side="right", guidance="unguided", reason=arthritis)
    copy = chart.injection("2026-01-13", region="knee", side="right", drug=None, reason=arthritis)
    copy |= {"id": "imported-from-elsewhere", "usedCode": used_codes({}, "unknown", "triamcinolone")}
    scores(chart)


@case("same-resource-twice")
def same_resource_twice(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.add(chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis))
    scores(chart)


@case("every-form-of-reference")
def every_form_of_reference(chart: Chart) -> Json:
    arthritis = chart.condition("knee OA", side="right")
    given = chart.injection("2026-01-12", region="knee", side="right", guidance="guided", reason=arthritis)
    drug = chart.resources[-1]
    given["subject"] = {"reference": f"{SERVER}/Patient/p1"}
    drug["subject"] = {"reference": "Patient/p1/_history/3"}
    urn = "urn:uuid:5a0e3c7e-97a5-4a3c-8a53-2f6f1f3ad001"
    given["reasonReference"] = [{"reference": urn}]
    drug["partOf"] = [{"reference": f"{SERVER}/Procedure/{given['id']}/_history/1"}]
    scores(chart)
    logical = {"type": "Patient", "identifier": {"system": "urn:oid:1.2.36.146.595.217.0.1", "value": "12345"}}
    chart.pain("2026-02-20", 1, region="knee", side="right")["subject"] = logical
    bundle = chart.bundle()
    entry = next(e for e in bundle["entry"] if e["resource"] is arthritis)
    entry["fullUrl"] = urn
    return bundle


@case("knee-aspiration-only")
def knee_aspiration_only(chart: Chart) -> None:
    chart.condition("knee OA", side="right")
    chart.therapy("knee injection or aspiration", "2026-01-12", region="knee", side="right")
    scores(chart)


@case("knee-platelet-rich-plasma")
def knee_platelet_rich_plasma(chart: Chart) -> None:
    chart.condition("knee OA", side="right")
    chart.therapy("platelet-rich plasma", "2026-01-12", region="knee", side="right")
    scores(chart)


@case("anaesthetic-block-only")
def anaesthetic_block_only(chart: Chart) -> None:
    chart.condition("lumbar facet arthropathy")
    block = chart.therapy("medial branch block", "2026-01-12", region="lumbar")
    chart.record(
        "MedicationAdministration", "lidocaine 2026-01-12", status="completed",
        medicationCodeableConcept=concept("medicine", "lidocaine"), subject=chart.subject,
        effectiveDateTime="2026-01-12", partOf=[to(block)], dosage={"dose": quantity(1, "mL")},
    )  # fmt: skip
    scores(chart, region="lumbar", side=None)


@case("steroid-into-a-muscle")
def steroid_into_a_muscle(chart: Chart) -> None:
    chart.condition("knee OA", side="right")
    visit = chart.encounter("2026-01-12")
    shot = chart.therapy("injection of muscle", "2026-01-12", encounter=visit)
    shot["usedCode"] = used_codes({}, "unknown", "triamcinolone")
    chart.administration("2026-01-12", "triamcinolone", route="intramuscular", encounter=visit, part_of=shot)
    scores(chart)


@case("oral-prednisone")
def oral_prednisone(chart: Chart) -> None:
    chart.condition("knee OA", side="right")
    course = chart.medicine("prednisone", "2026-01-12", status="completed")
    course["dosageInstruction"] = [{"route": concept("route", "oral")}]
    scores(chart)


@case("injection-stopped-halfway")
def injection_stopped_halfway(chart: Chart) -> None:
    arthritis = chart.condition("knee OA", side="right")
    chart.injection("2026-01-12", region="knee", side="right", status="stopped", reason=arthritis)
    scores(chart)
