"""Two services on one hook, as in the peer where the second answered for the first; and one with several cards."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from cds_service.chart import Chart
from cds_service.service import Assessment, Call, IssuedCard
from tests.toy import GREETING, Toy


class Second(Toy):
    """Another service on the same hook, with an answer of its own."""

    id = "second"
    title = "Second"

    def assess(self, call: Call, chart: Chart) -> Assessment:
        """Say who answers."""
        answer = super().assess(call, chart)
        cards = tuple(
            msgspec.structs.replace(issued.card, summary="The second service answers", uuid=str(uuid4()))
            for issued in answer.cards
        )
        return Assessment(
            cards=tuple(IssuedCard(c, "second", "none", "none", "info", ("R2",), "second") for c in cards),
            explain=answer.explain,
            knowledge_version=answer.knowledge_version,
        )


class Many(Toy):
    """Three cards that differ."""

    id = "many"
    title = "Many"

    def assess(self, call: Call, chart: Chart) -> Assessment:
        """Show three cards."""
        answer = super().assess(call, chart)
        cards = [msgspec.structs.replace(GREETING, summary=f"Card {number}", uuid=str(uuid4())) for number in (1, 2, 3)]
        return Assessment(
            cards=tuple(IssuedCard(c, "many", "none", "none", "info", ("R3",), c.summary) for c in cards),
            explain=answer.explain,
            knowledge_version=answer.knowledge_version,
        )


SERVICES = (Toy(), Second(), Many())
