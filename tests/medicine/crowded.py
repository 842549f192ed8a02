"""Crowded charts for hypothesis: several sites and sides, red flags, warnings, orders, medicines, all at once."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.charts import Chart
from tests.codes import concept
from tests.medicine.generated import AS_OF, DISEASES, FINDINGS, LABS, SIDES, SITES, day

REGIONS = [
    "knee", "hip", "glenohumeral", "subacromial", "trochanteric", "wrist", "carpal-tunnel", "elbow-lateral", "achilles",
    "plantar-fascia", "de-quervain", "thumb-cmc", "ankle", "lumbar-epidural", "cervical-tfesi", "lumbar-facet",
    "sacroiliac", "trigger-point", "unspecified",
]  # fmt: skip
NO_SIDE = ("lumbar-epidural", "trigger-point", "unspecified")
MORE_DISEASES = [
    "septic knee", "artificial knee", "hip osteonecrosis", "full-thickness cuff tear", "myofascial pain", "neck pain",
    "low back pain", "peripheral arterial disease", "depression", "tobacco", "psoriasis", "pregnancy", "stroke",
    "adrenal crisis", "anaphylaxis", "infective discitis", "spondylolisthesis", "sciatica", "knee contusion",
    "foot drop",
]  # fmt: skip
OF_THE_BODY = ("type 2 diabetes", "fibromyalgia", "polyneuropathy", "depression", "tobacco", "psoriasis", "pregnancy")
MORE_LABS = [
    ("temperature", 38.4), ("glucose", 340), ("post-void residual", 420), ("anti-CCP", 210),
    ("pain catastrophizing", 40), ("systolic pressure", 84),
]  # fmt: skip
PLACED = [("synovial WBC", 61000), ("motor power", 3), ("ankle-brachial index", 0.7), ("Kellgren-Lawrence grade", 4)]
MORE_FINDINGS = [
    "giving-way",
    "allodynia",
    "burning-pain",
    "local-warmth",
    "cannot-bear-weight",
    "urinary-retention-new",
]
MEDICINES = ["cobicistat", "carbamazepine", "naproxen", "gabapentin", "warfarin", "oxycodone", "prednisone"]
ORDERS = ["physical therapy", "referral orthopaedics", "knee replacement", "hip replacement", "referral rheumatology"]
DRUGS = ["triamcinolone", "methylprednisolone", "dexamethasone", "betamethasone", None]


@st.composite
def crowded_charts(draw: st.DrawFn, patients: tuple[str, ...] = ("F62", "M48", "F33", "F19")) -> Chart:
    """Draw a chart with one to five injections, many of them at sites and sides that other things are recorded at."""
    chart = Chart(draw(st.sampled_from(patients)), as_of=AS_OF)
    for _ in range(draw(st.integers(1, 5))):
        _injected(draw, chart)
    _conditions(draw, chart)
    _measures(draw, chart)
    for name in draw(st.lists(st.sampled_from(MEDICINES), max_size=2, unique=True)):
        chart.medicine(name, day(draw(st.integers(0, 400))))
    for name in draw(st.lists(st.sampled_from(ORDERS), max_size=2, unique=True)):
        chart.order(name, day(draw(st.integers(0, 200))), region=draw(_place), side=draw(st.sampled_from(SIDES)))
    if draw(st.booleans()):
        chart.allergy(concept("medicine", "methylprednisolone"))
    return chart


def _conditions(draw: st.DrawFn, chart: Chart) -> None:
    for _ in range(draw(st.integers(0, 5))):
        name = draw(st.sampled_from(DISEASES + MORE_DISEASES))
        side = None if name in OF_THE_BODY else draw(st.sampled_from([*SIDES, None]))
        chart.condition(name, side=side, recorded=day(draw(st.integers(0, 400))))


def _measures(draw: st.DrawFn, chart: Chart) -> None:
    for name, value in draw(st.lists(st.sampled_from(LABS + MORE_LABS), max_size=4, unique=True)):
        chart.measure(name, day(draw(st.integers(0, 60))), value)
    for name, value in draw(st.lists(st.sampled_from(PLACED), max_size=2, unique=True)):
        side = draw(st.sampled_from([*SIDES, None]))
        chart.measure(name, day(draw(st.integers(0, 60))), value, region=draw(_place), side=side)
    for name in draw(st.lists(st.sampled_from(FINDINGS + MORE_FINDINGS), max_size=3, unique=True)):
        chart.finding(name, day(draw(st.integers(0, 60))), region=draw(_place), side=draw(st.sampled_from(SIDES)))


_place = st.sampled_from([None, "knee", "hip", "glenohumeral", "wrist", "lumbar"])


def _injected(draw: st.DrawFn, chart: Chart) -> None:
    region = draw(st.sampled_from(REGIONS))
    side = None if region in NO_SIDE else draw(st.sampled_from([*SIDES, "bilateral"]))
    given = draw(st.integers(0, 420))
    chart.injection(
        day(given), region=region, side=side, drug=draw(st.sampled_from(DRUGS)),
        mg=draw(st.sampled_from([None, 4, 40, 80])), guidance=draw(st.sampled_from(["guided", "unguided", "unknown"])),
        la_ml=draw(st.sampled_from([None, 0.5, 9])),
    )  # fmt: skip
    scored = SITES.get(region) or draw(st.sampled_from([None, region]))
    for number in range(draw(st.integers(0, 4))):
        later = draw(st.integers(1, 150)) if number else 0
        if given >= later:
            chart.pain(day(given - later), draw(st.integers(0, 10)), region=scored, side=draw(_scored_side(side)))


def _scored_side(side: str | None) -> st.SearchStrategy[str | None]:
    """Mostly the injected side; sometimes the other, both or none: those must not be taken for it."""
    return st.sampled_from([side, side, side, "left", "right", None])
