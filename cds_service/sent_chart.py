"""A chart out of what a call sent, without reading from a FHIR server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from . import bundle, chart, fhir_types
from .errors import NeededDataMissing, NotJson, WrongPatient
from .parts import Caller
from .protocol import RequestBody
from .service import Service
from .stages import Stages


class SentOnly:
    """Reads the prefetch values that were sent, and nothing else."""

    def read(self, service: Service, body: RequestBody, *, caller: Caller, as_of: date, stages: Stages) -> chart.Chart:
        """Return the chart of what was sent; needed data that was not sent refuses the request."""
        del caller
        with stages("chart"):
            sent: Mapping[str, msgspec.Raw] = body.prefetch or {}
            missing = [t.key for t in service.prefetch if t.needed and t.key not in sent]
            if missing:
                raise NeededDataMissing(missing)
            pages = {t.key: _page(sent[t.key]) for t in service.prefetch if t.key in sent}
            gaps = {
                kind: why
                for template in service.prefetch
                if (why := _gap(template.key in sent, pages.get(template.key)))
                for kind in template.resource_types
            }
            read = chart.build(
                patient_id=body.context.patient_id,
                as_of=as_of,
                entries=[entry for page in pages.values() if page for entry in page.entries],
                gaps=gaps,
                unreadable=[aside for page in pages.values() if page for aside in page.unreadable],
            )
            if any(aside.reference.startswith("Patient/") for aside in read.ignored):
                raise WrongPatient
            return read


def _page(value: msgspec.Raw) -> bundle.Page | None:
    if bytes(value) == b"null":
        return None
    try:
        return bundle.read_page(value)
    except msgspec.DecodeError:
        return bundle.Page("unknown", unreadable=(bundle.SetAside("prefetch", "it is no FHIR resource"),))
    except RecursionError:
        raise NotJson("A resource is nested too deeply.") from None


def _gap(was_sent: bool, page: bundle.Page | None) -> str | None:  # noqa: FBT001
    if not was_sent:
        return "not sent"
    if page is None:
        return None
    if page.outcomes or any(isinstance(r, fhir_types.OperationOutcome) for _, r in page.entries):
        return "the client could not read it"
    return "first page only" if page.next_url else None
