"""A small service for tests of the wire: one card a chart, no medicine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import uuid4

from cds_service.chart import Chart
from cds_service.fhir_types import Procedure
from cds_service.protocol import Action, Card, Coding, Link, OverrideReason, Source, Suggestion
from cds_service.service import Assessment, Call, IssuedCard, PrefetchTemplate, Review, UnmappedCode

GREETING = Card(
    summary="One procedure is in the chart",
    detail="It was read **whole**.",
    indicator="info",
    source=Source(
        label="Toy", url="https://toy.example.org/", topic=Coding(system="urn:toy", code="greeting", display="Greeting")
    ),
    suggestions=[
        Suggestion(
            label="Look again",
            actions=[
                Action(
                    type="create",
                    description="Order a look",
                    resource={
                        "resourceType": "ServiceRequest",
                        "status": "draft",
                        "intent": "proposal",
                        "subject": {"reference": "Patient/p1"},
                    },
                )
            ],
        )
    ],
    selection_behavior="any",
    override_reasons=[OverrideReason(system="urn:toy", code="no", display="No")],
    links=[Link(label="More", url="https://toy.example.org/more", type="absolute")],
)


class Toy:
    """Counts the procedures of the chart; fails when the patient's id says so."""

    id = "toy"
    title = "Toy"
    description = "Counts procedures"
    version = "3.0.0"
    usage_requirements = "None"
    prefetch: Sequence[PrefetchTemplate] = (
        PrefetchTemplate("patient", "Patient/{{context.patientId}}", ("Patient",)),
        PrefetchTemplate("procedures", "Procedure?patient={{context.patientId}}", ("Procedure",), needed=True),
        PrefetchTemplate("allergies", "AllergyIntolerance?patient={{context.patientId}}", ("AllergyIntolerance",)),
    )

    def __init__(self, hook: str = "patient-view") -> None:
        self.hook = hook

    def assess(self, call: Call, chart: Chart) -> Assessment:
        """Show one card when there is a procedure."""
        if call.patient_id == "defect":
            raise KeyError("Smith")
        cards: tuple[IssuedCard, ...] = ()
        if chart.every(Procedure):
            card = _fresh(GREETING)
            cards = (IssuedCard(card, "greeting", "none", "none", card.indicator, ("R1",), "greeting"),)
        return Assessment(
            cards=cards,
            explain=lambda: {
                "asOf": chart.as_of.isoformat(),
                "gaps": dict(chart.gaps),
                "ignored": [{"reference": a.reference, "reason": a.reason} for a in chart.ignored],
                "unreadable": [{"reference": a.reference, "reason": a.reason} for a in chart.unreadable],
            },
            knowledge_version="1.0.0",
        )

    def with_overlay(self, overlay: Path | None) -> Toy:
        """Return itself: there is no knowledge to lay anything over."""
        del overlay
        return self

    def check(self) -> Sequence[str]:
        """Find nothing."""
        return ()

    def review(self) -> Review | None:
        """Have no knowledge to sign."""
        return None

    def unmapped(self, chart: Chart) -> Iterable[UnmappedCode]:
        """Know no code at all."""
        return [
            UnmappedCode(c.system or "", c.code or "", c.display or "")
            for p in chart.every(Procedure)
            if p.code
            for c in p.code.coding
        ]


def _fresh(card: Card) -> Card:
    import msgspec

    suggestions = [msgspec.structs.replace(s, uuid=str(uuid4())) for s in card.suggestions]
    return msgspec.structs.replace(card, uuid=str(uuid4()), suggestions=suggestions)


SERVICES = (Toy(), Toy("encounter-start"))
NONE: tuple[Toy, ...] = ()
