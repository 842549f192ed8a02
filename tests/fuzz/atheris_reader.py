"""Coverage-guided fuzzing of what reads a call: the body, its prefetch, the chart.

    python -m tests.fuzz.atheris_reader [libFuzzer options] [corpus folder]

Half of the inputs are mutated as bytes by libFuzzer, half as JSON by us, so that it gets past the first brace. Only a
named refusal may come out of the reader; anything else, and anything slow, is a crash that libFuzzer writes down.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["cds_service", "hooks"]):
    from cds_service.envelope import read_call, read_feedback
    from cds_service.errors import RequestRefused
    from cds_service.fhir_client.client import FhirServers
    from cds_service.fhir_client.deadline import Deadline
    from cds_service.fhir_client.origins import FhirAccess
    from cds_service.plain_text import clean
    from cds_service.playground import chart_of
    from cds_service.prefetch import gather
    from cds_service.security.tokens import Refused, bearer, read_token
    from tests.toy import Toy

from .mutations import ODD, places, replaced, without

TODAY = date(2026, 3, 2)
NOWHERE = FhirAccess("unsigned")
_servers = FhirServers()
_templates = Toy.prefetch


def read(data: bytes) -> None:
    """Read bytes in each way that a caller can have them read."""
    _refused_or_read(lambda: _chart(data))
    _refused_or_read(lambda: read_feedback(data))
    _refused_or_read(lambda: chart_of(data, as_of=TODAY, patient_id=None))
    text = data.decode("utf-8", errors="replace")
    words = clean(text)
    assert len(words) <= 200
    assert not set(words) & set("<>[]`*\n")
    try:
        read_token(bearer(f"Bearer {text}"))
    except Refused:
        return


def _chart(data: bytes) -> None:
    body = read_call(data)
    gather(_templates, body, as_of=TODAY, access=NOWHERE, servers=_servers, deadline=Deadline.after(1))


def _refused_or_read(reading: Any) -> None:
    try:
        reading()
    except RequestRefused as refused:
        if refused.status >= 500:
            raise


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Mutate as JSON where it is JSON and the dice say so, else as bytes."""
    rng = random.Random(seed)
    try:
        document = json.loads(data)
        found = list(places(document))
    except (ValueError, RecursionError):
        found = []
    if not found or rng.random() < 0.5:
        return bytes(atheris.Mutate(data, most))
    at = rng.choice(found)
    changed = without(document, at) if rng.random() < 0.2 else replaced(document, at, rng.choice(ODD))
    return json.dumps(changed).encode(errors="surrogatepass")[:most]


SEEDS: tuple[Any, ...] = (
    {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1960-01"},
            "procedures": {
                "resourceType": "Bundle",
                "type": "searchset",
                "total": 1,
                "link": [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}],
                "entry": [
                    {
                        "fullUrl": "https://ehr.example.org/fhir/Procedure/a",
                        "search": {"mode": "match"},
                        "resource": {
                            "resourceType": "Procedure",
                            "id": "a",
                            "status": "completed",
                            "subject": {"reference": "Patient/p1"},
                            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1"}], "text": "x"},
                            "performedPeriod": {"start": "2026-01-12", "end": "2026-01-12T10:00:00Z"},
                        },
                    }
                ],
            },
            "allergies": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]},
        },
        "fhirServer": "https://ehr.example.org/fhir",
        "extension": {"org.steroid-injection-followup.explain": True},
    },
    {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-03-02T10:00:00Z"}]},
    [{"resourceType": "Patient", "id": "p1"}, {"resourceType": "Observation", "valueQuantity": {"value": 1.5}}],
)


def main() -> None:
    """Fuzz until libFuzzer has had enough, from the corpus that is named and from our seeds."""
    seeds = Path(tempfile.mkdtemp(prefix="seeds-"))
    for number, seed in enumerate(SEEDS):
        (seeds / str(number)).write_text(json.dumps(seed))
    atheris.Setup([*sys.argv, str(seeds)], read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
