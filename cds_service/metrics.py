"""Prometheus figures with closed sets of labels: never a path, an id or a word of a caller.

With several server processes the environment names a folder (`PROMETHEUS_MULTIPROC_DIR`), and every process answers
`/metrics` for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from .errors import RequestRefused
from .fhir_client.faults import Fault
from .security.tokens import Why
from .store.tally import Event

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self.registry = home = CollectorRegistry()
        self.exchanges = Counter("cds_exchanges", "Answers", ["endpoint", "service", "status"], registry=home)
        self.seconds = Histogram(
            "cds_exchange_seconds", "Time to answer", ["endpoint"], buckets=_SECONDS, registry=home
        )
        self.stages = Histogram("cds_stage_seconds", "Time a stage", ["stage"], buckets=_SECONDS, registry=home)
        self.in_flight = Gauge("cds_in_flight", "Exchanges being answered", multiprocess_mode="livesum", registry=home)
        self.cards = Counter("cds_cards", "Cards shown", ["service", "kind", "indicator"], registry=home)
        self.set_aside = Counter("cds_resources_set_aside", "Resources not used", ["why"], registry=home)
        self.refusals = Counter("cds_refused", "Calls not answered, by cause", ["cause"], registry=home)
        self.callers_refused = Counter("cds_callers_refused", "Callers refused, by reason", ["why"], registry=home)
        self.turned_away = Counter("cds_turned_away", "Requests that waited too long for a thread", registry=home)
        self.unsure_tokens = Counter(
            "cds_tokens_unsure", "Tokens checked by one process alone, the store being away", registry=home
        )
        self.key_age = Gauge(
            "cds_key_set_age_seconds", "Age of a client's keys", ["client"], multiprocess_mode="livemax", registry=home
        )
        self.feedback = Counter("cds_feedback", "Feedback items", ["service", "outcome"], registry=home)
        self.fhir = Counter("cds_fhir_requests", "Requests to FHIR servers, by how they ended", ["end"], registry=home)
        self.store = Counter("cds_store_events", "What happened in the store", ["event"], registry=home)
        self._begin_at_nothing()
        for found_in_every_call in (self.exchanges, self.seconds, self.stages, self.cards):
            found_in_every_call.labels = cache(found_in_every_call.labels)  # type: ignore[assignment]

    def _begin_at_nothing(self) -> None:
        """Show the causes that are known beforehand from the start: a rise from nothing to one is seen, a first one
        that stands at one is not."""
        for counter, words in (
            (self.refusals, [kind.__name__ for kind in _kinds_of(RequestRefused)]),
            (self.callers_refused, [why.value for why in Why]),
            (self.fhir, ["ok", *(fault.value for fault in Fault)]),
            (self.store, get_args(Event)),
        ):
            for word in words:
                counter.labels(word)

    def exposition(self) -> bytes:
        """Return the figures as Prometheus reads them, of all server processes."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _kinds_of(refused: type[RequestRefused]) -> Iterator[type[RequestRefused]]:
    """Yield every kind of refusal below this one."""
    for kind in refused.__subclasses__():
        yield kind
        yield from _kinds_of(kind)
