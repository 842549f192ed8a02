"""Pairs of the safety page: each red flag, warning, note and bar where it holds and where it just does not."""

from __future__ import annotations

from typing import Any

from tests.cases.pairs import Build, Fill, Pairs, made
from tests.charts import Chart
from tests.codes import concept, local
from tests.medicine.asking import coded, epidural, joint

TODAY = "2026-03-02"
SNOMED = "http://snomed.info/sct"


def of(*doings: Fill) -> Build:
    """Return what builds a chart of a woman of 60 from nothing but what is done to it."""
    return made(lambda: Chart("F60"), *doings)


def injected(day: str = "2026-02-16", **more: Any) -> Fill:
    """An injection of triamcinolone with the pain before it; by default a left knee two weeks ago."""
    return lambda c: joint(c, day, **more)


def back(day: str = "2026-02-09", **more: Any) -> Fill:
    """An epidural of dexamethasone; by default in the lumbar spine three weeks ago."""
    return lambda c: epidural(c, day, **more)


def pain(score: float, day: str = TODAY, region: str = "knee") -> Fill:
    """A pain score of the left knee."""
    return lambda c: c.pain(day, score, region=region, side="left")


def sign(code: str, day: str = TODAY, side: str | None = None, region: str | None = None) -> Fill:
    """A finding of the examination."""
    return lambda c: c.finding(code, day, region=region, side=side)


def lab(name: str, number: float, day: str = TODAY) -> Fill:
    """A laboratory value."""
    return lambda c: c.lab(name, day, number)


def known_as(name: str, day: str = TODAY, **more: Any) -> Fill:
    """A condition by the name of the table."""
    return lambda c: c.condition(name, recorded=day, **more)


def icd(code: str, day: str = TODAY, **more: Any) -> Fill:
    """A condition by its code."""
    return lambda c: coded(c, code, day, **more)


def sct(code: str, day: str | None = None, **more: Any) -> Fill:
    """A condition by its SNOMED code."""
    return lambda c: c.condition("coded", recorded=day, **more).update(
        code={"coding": [{"system": SNOMED, "code": code}]}
    )


def taken(name: str, start: str = "2024-05-01") -> Fill:
    """A medicine in use."""
    return lambda c: c.medicine(name, start)


def at_achilles(side_of: str) -> Fill:
    """A steroid at a tendon."""
    return injected("2026-01-12", region=side_of)


def several(*days: str, spine: bool = False) -> list[Fill]:
    """Several injections of one site."""
    return [back(day) if spine else injected(day) for day in days]


FAILED = [injected("2026-01-12", before=7), pain(7, "2026-02-16")]
DIABETES = known_as("type 2 diabetes", "2020-01-01")
SWOLLEN = sign("local-swelling", side="left", region="knee")
HIP = injected("2026-01-05", region="hip")


def replacement(due: str | None, side: str = "left") -> Fill:
    """A hip replacement on order."""
    return lambda c: c.order("hip replacement", "2026-02-01", region="hip", side=side, due=due)


def graded(found: str) -> Fill:
    """A radiograph of the left knee."""
    return lambda c: c.report("knee radiograph", "2025-10-20", found=found, region="knee", side="left")


def given(drug: str, day: str = "2026-01-12", region: str = "knee", side: str = "left") -> Fill:
    """An injection of a named corticosteroid."""
    return lambda c: c.injection(day, region=region, side=side, drug=drug, guidance="guided")


def lost_weight(c: Chart) -> object:
    """Unexplained loss of weight."""
    return c.observation(local("unexplained-weight-loss"), "2026-02-20", "exam", valueBoolean=True)


def allergic(name: str) -> Fill:
    """An allergy to a medicine."""
    return lambda c: c.allergy(concept("medicine", name))


CANCER = icd("C50.911", "2019-01-01", clinical="resolved")
NEW_BACK_PAIN = known_as("low back pain", "2026-02-20")
OSTEOPOROSIS = sct("64859006")

RULES: Pairs = {
    "RF1-diagnosis": (
        of(injected(), known_as("septic knee", side="left")), of(injected(), known_as("septic knee", side="right")),
    ),
    "RF1-fluid": (of(injected(), lab("synovial WBC", 50000)), of(injected(), lab("synovial WBC", 49999))),
    "RF1-signs": (of(injected(), lab("CRP", 100), SWOLLEN), of(injected(), lab("CRP", 99), SWOLLEN)),
    "RF2-diagnosis": (
        of(back(), known_as("infective discitis")), of(back(), known_as("infective discitis", verified="refuted")),
    ),
    "RF2-pain": (
        of(back(), lab("ESR", 50), known_as("low back pain")),
        of(back(), lab("ESR", 50), known_as("low back pain", onsetDateTime="2019")),
    ),
    "RF2-deficit": (
        of(back(), lab("temperature", 38.0), icd("M21.372")), of(back(), lab("temperature", 37.9), icd("M21.372")),
    ),
    "RF3-signs": (
        of(back(), lab("post-void residual", 200)), of(back(), lab("post-void residual", 199)),
    ),
    "RF4-signs": (
        of(back(), known_as("foot drop", "2026-02-20", side="left")),
        of(back(), known_as("foot drop", "2026-01-20", side="left")),
    ),
    "RF5-event": (
        of(back("2026-02-24"), known_as("stroke", "2026-02-27")), of(back("2026-02-24"), known_as("stroke", TODAY)),
    ),
    "RF6-ischaemia": (of(injected(), icd("I74.3")), of(injected(), icd("I74.3", "2026-02-10"))),
    "RF7-crisis": (
        of(injected("2025-09-03"), known_as("adrenal crisis")), of(injected("2025-09-02"), known_as("adrenal crisis")),
    ),
    "RF7-pressure": (
        of(injected(), known_as("adrenal insufficiency", "2026-02-01"), lab("systolic pressure", 84)),
        of(injected(), known_as("adrenal insufficiency", "2026-02-01"), lab("systolic pressure", 118)),
    ),
    "RF8-anaphylaxis": (
        of(injected("2026-03-01"), known_as("anaphylaxis")), of(injected("2026-02-27"), known_as("anaphylaxis")),
    ),
    "W1-systemic": (of(injected(), lab("CRP", 100)), of(injected(), lab("CRP", 99))),
    "W1-suspected": (
        of(injected(), known_as("septic knee", side="left", verified="provisional")),
        of(injected(), known_as("septic knee", side="right", verified="provisional")),
    ),
    "W2-tear": (
        of(injected("2026-01-12", region="glenohumeral"), known_as("full-thickness cuff tear", side="left")),
        of(injected("2026-01-12", region="glenohumeral"), known_as("full-thickness cuff tear", side="right")),
    ),
    "W2-tendon-to-spare": (of(at_achilles("achilles")), of(at_achilles("elbow-lateral"))),
    "W3-interval": (of(*several("2025-10-28", "2026-01-19")), of(*several("2025-10-27", "2026-01-19"))),
    "W3-count": (
        of(*several("2025-03-02", "2025-07-21", "2025-10-27", "2026-01-19")),
        of(*several("2025-03-01", "2025-07-21", "2025-10-27", "2026-01-19")),
    ),
    "W3-epidural-count": (
        of(*several("2025-03-02", "2025-09-01", "2025-12-01", "2026-02-02", spine=True)),
        of(*several("2025-03-01", "2025-09-01", "2025-12-01", "2026-02-02", spine=True)),
    ),
    "W3-epidural-spacing": (
        of(*several("2026-01-20", "2026-02-02", spine=True)), of(*several("2026-01-19", "2026-02-02", spine=True)),
    ),
    "W4-planned": (of(HIP, replacement("2026-04-04")), of(HIP, replacement("2026-04-05"))),
    "W5-hba1c": (of(*FAILED, DIABETES, lab("HbA1c", 8.0)), of(*FAILED, DIABETES, lab("HbA1c", 7.9))),
    "W5-glucose": (
        of(*FAILED, DIABETES, lab("glucose", 300, "2026-01-19")), of(*FAILED, lab("glucose", 300, "2026-01-19")),
    ),
    "W6-triamcinolone": (
        of(given("triamcinolone"), taken("cobicistat")), of(given("triamcinolone"), taken("naproxen")),
    ),
    "W6-others": (of(given("dexamethasone"), taken("cobicistat")), of(given("betamethasone"), taken("cobicistat"))),
    "W7-particulate": (
        of(given("triamcinolone", region="cervical-tfesi")),
        of(given("triamcinolone", region="cervical-epidural", side="midline")),
    ),
    "W8-artificial-joint": (
        of(injected("2026-01-12"), known_as("artificial knee", "2019-03-01", side="left")),
        of(injected("2026-01-12"), known_as("artificial knee", "2019-03-01", side="right")),
    ),
    "W9-allergy": (
        of(injected("2026-01-12"), allergic("methylprednisolone")), of(injected("2026-01-12"), allergic("naproxen")),
    ),
    "W9-reaction": (
        of(injected("2025-12-01"), known_as("anaphylaxis", "2025-12-01", clinical="resolved")),
        of(injected("2025-12-01"), known_as("anaphylaxis", "2025-12-20", clinical="resolved")),
    ),
    "W10-destruction": (
        of(HIP, known_as("hip osteonecrosis", "2026-02-01", side="left")),
        of(HIP, known_as("hip osteonecrosis", "2025-02-01", side="left")),
    ),
}  # fmt: skip

NOTES: Pairs = {
    "N1-three-in-a-year": (
        of(*several("2025-03-02", "2025-07-21", "2026-01-19")), of(*several("2025-03-01", "2025-07-21", "2026-01-19")),
    ),
    "N1-three-epidurals-in-a-year": (
        of(*several("2025-03-02", "2025-09-01", "2026-02-02", spine=True)),
        of(*several("2025-03-01", "2025-09-01", "2026-02-02", spine=True)),
    ),
    "N2-replacement-not-before": (
        of(injected("2026-01-19"), graded("kl-3")), of(injected("2026-01-19"), graded("kl-2")),
    ),
    "N3-label-epidural": (of(back(drug="triamcinolone")), of(back(drug="methylprednisolone"))),
    "N4-work-up-cancer": (of(back(), CANCER, NEW_BACK_PAIN, lost_weight), of(back(), CANCER, NEW_BACK_PAIN)),
    "N5-work-up-fracture": (
        of(injected(before=6), OSTEOPOROSIS, pain(8)), of(injected(before=6), OSTEOPOROSIS, pain(7)),
    ),
    "N6-pregnancy": (
        of(injected(), known_as("pregnancy", "2026-01-20")), of(injected(), known_as("pregnancy", "2024-01-20")),
    ),
    "N7-acute-signs": (of(injected(), SWOLLEN), of(injected(), sign("local-swelling", side="right", region="knee"))),
    "N8-unread-markers": (
        of(injected(), lambda c: c.lab("CRP", TODAY, 142, unit="IU/L")), of(injected(), lab("CRP", 142)),
    ),
}  # fmt: skip

TWICE = [
    injected("2025-08-04", before=7), pain(7, "2025-09-15"), injected("2025-11-10", before=7),
]  # fmt: skip

BARS: Pairs = {
    "B1-interval": (of(injected("2025-12-09")), of(injected("2025-12-08"))),
    "B2-two-without-response": (of(*TWICE, pain(7, "2025-12-20")), of(*TWICE, pain(2, "2025-12-20"))),
    "B3-replacement-planned": (of(HIP, replacement(None)), of(HIP, replacement(None, side="right"))),
    "B4-epidural-relief": (
        of(back("2026-01-12"), lambda c: c.pain("2026-02-16", 4, region="lumbar")),
        of(back("2026-01-12"), lambda c: c.pain("2026-02-16", 3, region="lumbar")),
    ),
}  # fmt: skip
