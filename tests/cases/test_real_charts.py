"""Charts that no one here wrote: read without an error, silent where there is nothing to say, each injection once."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cases.conftest import Running
from tests.cases.expect import ASSESSMENT

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = sorted(DATA.glob("*/*.json.gz"))
SILENT = ("neg-", "msk-", "unrelated-", "mixed-")  # mixed- are those of carebundle
# The last day that a source simulated; where it is not here, a chart is evaluated at the last day that it tells of.
DAYS = {"synthea-2019": "2019-09-01"}

pytestmark = pytest.mark.skipif(not FILES, reason="the charts of others (../shared/data) are not on this machine")


def named(path: Path) -> str:
    """Name a file as its folder does."""
    return f"{path.parent.name}/{path.name.removesuffix('.json.gz')}"


def read(path: Path) -> Any:
    """Read a chart."""
    with gzip.open(path) as stream:
        return json.load(stream)


def resources(bundle: Any, kind: str) -> list[Any]:
    """Return the resources of one type."""
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def last_day(path: Path, bundle: Any) -> str:
    """Return a day of the chart's own time: the end of its last visit."""
    ends = [e.get("period", {}).get("end", "")[:10] for e in resources(bundle, "Encounter")]
    return DAYS.get(path.parent.name) or max(ends, default="") or "2026-03-02"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_chart_is_read_without_an_error(path: Path, running: Running) -> None:
    bundle = read(path)
    answer = running.evaluate(bundle, last_day(path, bundle))
    assert answer["extension"][ASSESSMENT]["unreadable"] == []


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith(SILENT)], ids=named)
def test_charts_without_an_injection_give_no_card(path: Path, running: Running) -> None:
    bundle = read(path)
    answer = running.evaluate(bundle, last_day(path, bundle))
    given = [e for e in answer["extension"][ASSESSMENT]["episodes"] if e["response"]["class"] != "not-applicable"]
    assert (answer["cards"], given) == ([], [])


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("edge-freetext")], ids=named)
def test_a_prescription_in_words_is_no_injection(path: Path, running: Running) -> None:
    bundle = read(path)
    answer = running.evaluate(bundle, last_day(path, bundle))
    assert (answer["cards"], answer["extension"][ASSESSMENT]["episodes"]) == ([], [])


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("pos-")], ids=named)
def test_each_injection_counts_once(path: Path, running: Running) -> None:
    """Evaluated a month after each injection: that one is there, as one event with its procedure and its drug."""
    bundle = read(path)
    steroid = [p for p in resources(bundle, "Procedure") if "steroid" in json.dumps(p["code"])]
    days = sorted(p["performedDateTime"][:10] for p in steroid)[-6:]
    assert len(days) > 1
    for day in days:
        found = running.evaluate(bundle, day)["extension"][ASSESSMENT]["episodes"]
        injections = [i for e in found for i in e["injections"] if i["date"] == day]
        kinds = [Counter(r.split("/")[0] for r in i["references"]) for i in injections]
        assert kinds == [Counter({"Procedure": 1, "MedicationAdministration": 1})], day
