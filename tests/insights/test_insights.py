"""Half a year's cards: counted alike by both databases, and shown as text, CSV, FHIR, pictures and a page."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B.measurereport import MeasureReport

from cds_service.insights.counts import Reason, Tally, Window
from cds_service.insights.drift import EVERYONE
from cds_service.insights.export import exports, write_all
from cds_service.insights.report import Insights, insights, window_until
from cds_service.insights.tabular import as_csv, as_text
from cds_service.store import Store
from tests.insights.half_a_year import CALLS_A_WEEK, FIRST, LAST, RATES, WEEKS
from tests.store.words import NOW, ORIGIN, exchange, issued, report, uuid_of

AT = datetime(2026, 8, 31, tzinfo=UTC)


def test_each_dimension_counts_the_same_cards(found: Insights) -> None:
    assert found.exchanges == 2 * CALLS_A_WEEK * WEEKS
    assert set(found.by["kind"]) == set(RATES)
    assert set(found.by["client"]) == {"clinic-a", "clinic-b"}
    assert len(found.by["week"]) == WEEKS
    for dimension in ("indicator", "region", "client", "week", "cause"):
        assert sum(found.by[dimension].values(), Tally()) == found.total, dimension
    versions = {value: tally.fired for value, tally in found.by["rule version"].items() if value.startswith("E4.2")}
    assert set(versions) == {"E4.2 @ 1.0.0", "E4.2 @ 1.1.0"}
    assert sum(versions.values()) == found.total.fired


def test_acceptance_is_of_those_answered(found: Insights) -> None:
    tally = found.by["kind"]["failure-review"]
    assert tally.acceptance == pytest.approx(0.625, abs=0.06)
    assert tally.interval is not None
    assert tally.interval[0] < 0.625 < tally.interval[1]
    assert tally.unanswered == tally.shown - tally.accepted - tally.overridden > 0


def test_override_reasons_are_counted_by_kind(found: Insights) -> None:
    assert sum(reason.reports for reason in found.reasons) == found.total.overridden
    assert {reason.code for reason in found.reasons} == {"patient-declined", "already-done", "other", ""}


def test_what_fell_silent_and_what_surged_stands_out(found: Insights) -> None:
    signals = {(series.kind, series.client): series.now for series in found.signals}
    assert signals["failure-review", "clinic-b"] == "silent since 2026-08-10"
    assert signals["data-gap", EVERYONE] == "above"
    assert ("failure-review", "clinic-a") not in signals
    assert ("redflag-septic-joint", EVERYONE) not in signals


def test_one_client_can_be_looked_at_alone(year_url: str) -> None:
    store = Store(year_url, secret_key="k" * 32)
    found = insights(store.engine, window_until(LAST, client="clinic-b"))
    assert set(found.by["client"]) == {"clinic-b"}
    assert found.exchanges == CALLS_A_WEEK * WEEKS
    nothing = insights(store.engine, window_until(FIRST - timedelta(days=1)))
    assert nothing.total == Tally()
    assert "Nothing is recorded" in as_text(nothing)
    store.close()


def test_held_back_shadow_and_unknown_are_told_apart(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.db", secret_key="k" * 32)
    cards = [issued() for _ in range(4)]
    ids = [uuid_of(card) for card in cards]
    store.record_issued(exchange(*cards, withheld={ids[0]: "repeat", ids[1]: "shadow"}))
    store.flush()
    said = [report(ids[2], "accepted", suggestions=("s",)), report(ids[2]), report(ids[3]), report("unknown")]
    store.record_feedback(ORIGIN, said, received_at=NOW)
    found = insights(store.engine, window_until(NOW.date()))
    assert found.total == Tally(fired=4, shown=2, held_back=1, shadow=1, accepted=1, overridden=1)
    assert found.unknown_reports == 1
    store.close()


def test_the_measure_report_is_valid_fhir(found: Insights) -> None:
    body = exports(found, at=AT)["measure-report.json"]()
    assert MeasureReport.model_validate_json(body).type == "summary"
    groups = json.loads(body)["group"]
    assert [group["population"][0]["count"] for group in groups] == [found.total.fired, found.exchanges]


def test_csv_counts_what_the_report_counts(found: Insights) -> None:
    rows = list(csv.DictReader(io.StringIO(exports(found, at=AT)["counts.csv"]().decode())))
    (row,) = [row for row in rows if (row["dimension"], row["value"]) == ("kind", "failure-review")]
    assert int(row["accepted"]) == found.by["kind"]["failure-review"].accepted


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert next(csv.reader(io.StringIO(as_csv([[text]]))))[0].startswith("'")


def test_the_pictures_are_svg_and_the_page_escapes_what_clients_say(found: Insights, tmp_path: Path) -> None:
    evil = Reason("failure-review", "urn:x", "<script>alert(1)</script>$x$", "", 3)
    window = Window(FIRST, LAST, client='"><script>')
    spoiled = Insights(window, found.exchanges, found.by, [evil, *found.reasons], found.firing, 0)
    written = {path.name: path for path in write_all(spoiled, tmp_path, at=AT)}
    pictures = [path for name, path in written.items() if name.endswith(".svg")]
    assert len(pictures) == 4
    for path in pictures:
        assert ElementTree.fromstring(path.read_text()).tag.endswith("svg")
        assert "<script" not in path.read_text()
    assert "<script" not in written["insights.html"].read_text()


def test_the_library_for_pictures_is_not_loaded_to_serve() -> None:
    loads = (
        "import sys, cds_service.app, cds_service.cli; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0
