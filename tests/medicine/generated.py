"""Charts made at random for hypothesis: a few injections, scores and findings, as the builder makes them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from cds_service import bundle
from cds_service import chart as charts
from cds_service.service import Assessment, Call
from hooks import SERVICES
from tests.charts import Chart
from tests.codes import Json

AS_OF = "2026-03-02"
SIDED = [
    "knee",
    "hip",
    "glenohumeral",
    "subacromial",
    "trochanteric",
    "wrist",
    "carpal-tunnel",
    "elbow-lateral",
    "plantar-fascia",
]
MIDLINE = ["lumbar-epidural", "cervical-epidural"]
SITES = {
    "knee": "knee", "hip": "hip", "glenohumeral": "glenohumeral", "wrist": "wrist", "lumbar-epidural": "lumbar",
    "cervical-epidural": "cervical",
}  # fmt: skip
DISEASES = [
    "knee OA", "hip OA", "rheumatoid arthritis", "cervical radiculopathy", "lumbar radiculopathy", "type 2 diabetes",
    "fibromyalgia", "polyneuropathy", "carpal tunnel syndrome", "meniscal tear", "gout", "lumbar stenosis",
]  # fmt: skip
LABS = [
    ("CRP", 4),
    ("CRP", 28),
    ("CRP", 142),
    ("ESR", 60),
    ("HbA1c", 7.1),
    ("HbA1c", 9.4),
    ("BMI", 38),
    ("DN4", 6),
    ("PHQ-9", 14),
]
FINDINGS = ["paraesthesia", "numbness", "mechanical-locking", "local-swelling", "saddle-anaesthesia"]
SIDES = ["left", "right"]


def day(ago: int) -> str:
    """The day that lies so many days before the as-of day."""
    return (date.fromisoformat(AS_OF) - timedelta(days=ago)).isoformat()


@st.composite
def charts_of_injections(draw: st.DrawFn) -> Chart:
    """Draw a chart with one to three injections and what may surround them."""
    chart = Chart(draw(st.sampled_from(["F62", "M48", "F33"])), as_of=AS_OF)
    for _ in range(draw(st.integers(1, 3))):
        _injection(draw, chart)
    for _ in range(draw(st.integers(0, 3))):
        chart.condition(draw(st.sampled_from(DISEASES)), side=draw(st.sampled_from(SIDES)))
    for name, value in draw(st.lists(st.sampled_from(LABS), max_size=3, unique=True)):
        chart.lab(name, day(draw(st.integers(0, 120))), value)
    for name in draw(st.lists(st.sampled_from(FINDINGS), max_size=2, unique=True)):
        chart.finding(name, day(draw(st.integers(0, 60))))
    return chart


def _injection(draw: st.DrawFn, chart: Chart) -> None:
    region = draw(st.sampled_from(SIDED + MIDLINE))
    side = draw(st.sampled_from(SIDES)) if region in SIDED else None
    given = draw(st.integers(1, 300))
    chart.injection(
        day(given), region=region, side=side, drug=draw(st.sampled_from(["triamcinolone", "methylprednisolone", None])),
        mg=draw(st.sampled_from([None, 5, 40, 80])), guidance=draw(st.sampled_from(["guided", "unguided", "unknown"])),
    )  # fmt: skip
    if region in SITES:
        scores = draw(st.lists(st.integers(0, 10), min_size=0, max_size=4))
        for number, score in enumerate(scores):
            later = draw(st.integers(1, 120)) if number else 0
            if given - later >= 0:
                chart.pain(day(given - later), score, region=SITES[region], side=side)


def assess(
    resources: list[Json], *, gaps: dict[str, str] | None = None, urls: dict[int, str] | None = None
) -> Assessment:
    """Answer for the resources of a chart, through the reader that requests use."""
    entries = [{"resource": r, **({"fullUrl": urls[n]} if urls and n in urls else {})} for n, r in enumerate(resources)]
    page = bundle.read_page(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode())
    chart = charts.build(
        patient_id="p1",
        as_of=date.fromisoformat(AS_OF),
        entries=page.entries,
        gaps=gaps or {},
        unreadable=page.unreadable,
    )
    return SERVICES[0].assess(Call("patient-view", "p1", "Practitioner/dr", links_base="http://127.0.0.1"), chart)


def resources(chart: Chart) -> list[Json]:
    """The resources of a test chart, as plain data."""
    return [entry["resource"] for entry in json.loads(json.dumps(chart.bundle()))["entry"]]


def answer(found: Assessment) -> Any:
    """The whole answer without what is fresh in each: uuids, and the list of what was ignored."""
    plain = json.loads(
        json.dumps([{"cards": [_plain(c.card) for c in found.cards]}, dict(found.explanation)], default=str)
    )
    return _settled(plain)


def _plain(card: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(card)


def _settled(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _settled(v) for k, v in data.items() if k not in ("uuid", "ignored", "unreadable")}
    return [_settled(v) for v in data] if isinstance(data, list) else data
