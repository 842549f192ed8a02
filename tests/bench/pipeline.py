"""The pipeline alone, in processor time, against `orjson.loads` of the same bytes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import orjson

from cds_service import answers, catalogue
from cds_service.config import settings_from
from cds_service.envelope import read_call
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.deadline import Deadline
from cds_service.fhir_client.origins import FhirAccess
from cds_service.prefetch import gather
from cds_service.service import Call

AS_OF = date(2026, 3, 2)
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Alone:
    """The least processor time of reading, medicine and cards, and that of `orjson.loads`, in seconds."""

    ours: float
    orjson: float


class Pipeline:
    """The service without a server, a caller or a store."""

    def __init__(self) -> None:
        self._service = catalogue.load(settings_from({})).services[0]
        self._servers, self._access = FhirServers(), FhirAccess("bench")

    @property
    def templates(self) -> dict[str, str]:
        """Return the prefetch that the service asks for."""
        return {template.key: template.query for template in self._service.prefetch}

    def answer(self, raw: bytes) -> bytes:
        """Answer a call."""
        body, deadline = read_call(raw), Deadline.after(60)
        gathered = gather(
            self._service.prefetch, body, as_of=AS_OF, access=self._access, servers=self._servers, deadline=deadline
        )
        call = Call(hook=body.hook, patient_id=body.context.patient_id)
        return bytes(answers.answer(self._service.assess(call, gathered.chart), explain=False).get_data())

    def against_orjson(self, raw: bytes) -> Alone:
        """Measure both in turns, with the collector off."""
        ours, theirs = partial(self.answer, raw), partial(orjson.loads, raw)
        ours(), theirs()
        gc.collect()
        gc.disable()
        try:
            pairs = [(_cpu(ours), _cpu(theirs)) for _ in range(ROUNDS)]
        finally:
            gc.enable()
        return Alone(min(a for a, _ in pairs), min(b for _, b in pairs))


def _cpu(call: Callable[[], Any]) -> float:
    """Return the processor time of one call, over a few where one is short."""
    start, calls = time.thread_time(), 0
    while (took := time.thread_time() - start) < 0.004:
        call()
        calls += 1
    return took / calls
