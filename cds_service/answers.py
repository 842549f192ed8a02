"""An assessment as the answer on the wire, and what the audit line says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response
from werkzeug.datastructures import Headers

from . import protocol
from .audit import Line
from .chart import Chart
from .service import Assessment

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_encode = msgspec.json.Encoder().encode


class Whole(Response):
    """An answer that is sent as it stands: it names no other place, has a length, and is a 200."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers without a copy to correct them in."""
        del environ
        return self.headers


def answer(assessment: Assessment, *, explain: bool, shadow: bool = False) -> Response:
    """Encode the cards, and the reasoning where the caller asked; in shadow no card is shown."""
    body = _encode(body_of(assessment, explain=explain, shadow=shadow))
    return Whole(body, content_type="application/json")


def body_of(assessment: Assessment, *, explain: bool, shadow: bool = False) -> protocol.Response:
    """Return the answer before it is encoded."""
    return protocol.Response(
        cards=[] if shadow else [issued.card for issued in assessment.cards],
        extension={protocol.ASSESSMENT: assessment.explanation} if explain else msgspec.UNSET,
    )


def json_response(body: bytes) -> Response:
    """Return JSON that is encoded already."""
    return Response(body, mimetype="application/json")


def wants_explanation(extension: Mapping[str, Any] | msgspec.UnsetType) -> bool:
    """Whether a request asks for the reasoning."""
    return isinstance(extension, dict) and extension.get(protocol.EXPLAIN) is True


def describe(line: Line, chart: Chart, assessment: Assessment) -> None:
    """Write into the audit line what was read and what was shown: counts, kinds and ids of cards."""
    line.knowledge_version = assessment.knowledge_version
    line.unreadable, line.ignored = len(chart.unreadable), len(chart.ignored)
    line.gaps = sorted(chart.gaps)
    line.cards = len(assessment.cards)
    line.kinds = [issued.kind for issued in assessment.cards]
    line.indicators = [issued.indicator for issued in assessment.cards]
    line.card_uuids = [issued.card.uuid or "" for issued in assessment.cards]
