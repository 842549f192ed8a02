"""The words of the store's tests: a card as issued, an answered call, a report of feedback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from cds_service.feedback import Report
from cds_service.protocol import Card, Coding, Source
from cds_service.service import IssuedCard
from cds_service.store import IssuedExchange, Origin, card_rows

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ORIGIN = Origin("https://ehr.example.org", "north", "north-ehr", "steroid-injection-followup")
OTHER = Origin("https://ehr.example.org", "south", "south-ehr", "steroid-injection-followup")


def issued(
    kind: str = "failure-review",
    *,
    indicator: str = "warning",
    region: str = "hip",
    content_key: str = "same-thing",
    rules: tuple[str, ...] = ("E4.2", "E4.3"),
    causes: tuple[str, ...] = ("incorrect-location",),
) -> IssuedCard:
    """Return a card with a fresh uuid."""
    card = Card(
        summary="The record shows an injection that did not help",
        indicator=indicator,  # type: ignore[arg-type]
        source=Source(label="test", topic=Coding(system="urn:test", code=kind)),
        uuid=str(uuid4()),
    )
    return IssuedCard(
        card=card,
        kind=kind,
        region=region,
        side="right",
        indicator=indicator,
        rules=rules,
        content_key=content_key,
        causes=causes,
    )


def uuid_of(card: IssuedCard) -> str:
    """Return the card's uuid as feedback names it."""
    assert card.card.uuid
    return card.card.uuid


def exchange(
    *cards: IssuedCard,
    origin: Origin = ORIGIN,
    at: datetime = NOW,
    patient: str = "p" * 32,
    user: str = "u" * 32,
    withheld: dict[str, str] | None = None,
    version: str = "1.0.0",
) -> IssuedExchange:
    """Return an answered call with these cards."""
    return IssuedExchange(
        origin=origin,
        issued_at=at,
        knowledge_version=version,
        patient_hash=patient,
        user_hash=user,
        cards=card_rows(cards, withheld or {}),
    )


def report(
    card: str,
    outcome: str = "overridden",
    *,
    at: datetime = NOW + timedelta(minutes=2),
    suggestions: tuple[str, ...] = (),
    code: str = "",
    system: str = "",
    comment: str = "",
) -> Report:
    """Return one report of feedback."""
    return Report(
        card=card,
        outcome=outcome,
        outcome_at=at,
        suggestions=suggestions,
        reason_system=system,
        reason_code=code,
        reason_display="",
        comment=comment,
    )
