"""The alerts and the dashboard ask for figures that there are, and the alerts do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml
from prometheus_client import Gauge

from cds_service import errors
from cds_service.fhir_client.faults import Fault
from cds_service.metrics import Metrics
from cds_service.security.tokens import Why
from cds_service.store.tally import Event
from tests.serving import ROOT

OBSERVE = ROOT / "deploy" / "observe"
SERIES = re.compile(r"\b(cds_[a-z_]+)(?:\{([^}]*)\})?")


def known() -> dict[str, set[str]]:
    """Return each series that the service can give, with its labels."""
    found: dict[str, set[str]] = {}
    for family in Metrics().registry.collect():
        labels = set(_labels(family.name))
        for suffix in {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""]):
            found[family.name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    return found


def _labels(name: str) -> tuple[str, ...]:
    metrics = vars(Metrics()).values()
    return next(tuple(m._labelnames) for m in metrics if getattr(m, "_name", None) == name)


def expressions() -> Iterator[tuple[str, str]]:
    """Yield each question that an alert or a panel asks."""
    for group in yaml.safe_load((OBSERVE / "alerts.yaml").read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads((OBSERVE / "dashboard.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("name", "asked"), [pytest.param(n, e, id=n) for n, e in expressions()])
def test_what_is_asked_for_is_there(name: str, asked: str) -> None:
    series = known()
    for figure, labels in SERIES.findall(asked):
        assert figure in series, figure
        for label in re.findall(r"(\w+)\s*[!=]", labels):
            assert label in series[figure], (figure, label)


def test_every_figure_is_on_the_dashboard() -> None:
    shown = (OBSERVE / "dashboard.json").read_text(encoding="utf-8")
    assert not [f.name for f in Metrics().registry.collect() if f.name not in shown]


def test_words_that_alerts_look_for_are_words_of_ours() -> None:
    text = (OBSERVE / "alerts.yaml").read_text(encoding="utf-8")
    for value in re.findall(r'why!?=~?"([^"]+)"', text):
        assert set(value.split("|")) <= {w.value for w in Why}
    for value in re.findall(r'event="([^"]+)"', text):
        assert value in get_args(Event)
    for value in re.findall(r'cause="([^"]+)"', text):
        assert value in vars(errors)
    for value in re.findall(r'end=~?"([^"]+)"', text):
        assert set(value.split("|")) <= {f.value for f in Fault}


def test_what_an_alert_on_one_event_waits_for_stands_at_nothing_from_the_start() -> None:
    value = Metrics().registry.get_sample_value
    for series, label, words in (
        ("cds_refused_total", "cause", ["WrongPatient", "Unavailable", "TooManyRequests"]),
        ("cds_store_events_total", "event", list(get_args(Event))),
        ("cds_callers_refused_total", "why", [why.value for why in Why]),
        ("cds_fhir_requests_total", "end", ["ok", *(fault.value for fault in Fault)]),
    ):
        assert {word: value(series, {label: word}) for word in words} == dict.fromkeys(words, 0.0)


def test_what_stands_now_is_told_by_the_processes_that_run_now() -> None:
    gauges = [figure for figure in vars(Metrics()).values() if isinstance(figure, Gauge)]
    assert {gauge._multiprocess_mode for gauge in gauges} == {"livesum", "livemax"}


def test_every_alert_says_what_to_do() -> None:
    for group in yaml.safe_load((OBSERVE / "alerts.yaml").read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["action"]


def test_the_alerts_fire_when_they_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert not os.environ.get("CI"), "promtool is not installed, and CI needs it (.ci/run)"
        pytest.skip("promtool is not installed")
    for command in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run([promtool, *command], cwd=OBSERVE, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    board = json.loads(Path(OBSERVE / "dashboard.json").read_text(encoding="utf-8"))
    assert board["uid"]
    assert board["schemaVersion"] >= 39
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(set(places)) == len(places)
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${source}"
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
