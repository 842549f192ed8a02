"""Feedback as it is received: what the schema cannot say is checked here, and one report becomes one frozen row.

CDS Hooks, Feedback: one call may report on several cards of several hook instances, and a card may be reported again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
from msgspec import UnsetType

from .errors import NotConformant, Problem
from .protocol import Feedback

MOST_REPORTS = 1000
FURTHEST_AHEAD = timedelta(days=1)
_MOMENT = re.compile(
    r"(?P<start>\d{4}-\d\d-\d\dT\d\d:\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a user did with one card; texts are empty where nothing was said."""

    card: str
    outcome: str
    outcome_at: datetime
    suggestions: tuple[str, ...]
    reason_system: str
    reason_code: str
    reason_display: str
    comment: str

    def digest(self, *origin: str) -> str:
        """Return a key that is equal for the same report from the same origin, however often it is sent."""
        said = [origin, self.card, self.outcome, self.outcome_at.isoformat(), sorted(self.suggestions)]
        said += [self.reason_system, self.reason_code, self.comment]
        return sha256(msgspec.json.encode(said)).hexdigest()


def reports_of(feedback: Sequence[Feedback], *, now: datetime) -> list[Report]:
    """Return one report an item, or raise `NotConformant` with every problem and its path: all of a call or nothing."""
    problems = list(_problems(feedback, now))
    if problems:
        raise NotConformant(problems=problems)
    return [_report(item) for item in feedback]


def moment(text: str) -> datetime | None:
    """Return an RFC 3339 date-time in UTC, `None` when it names no moment; a leap second counts as the one before."""
    found = _MOMENT.fullmatch(text.upper())
    if found is None:
        return None
    second = "59" if found["second"] == "60" else found["second"]
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    try:
        local = datetime.fromisoformat(f"{found['start']}:{second}.{fraction}{found['zone'].replace('Z', '+00:00')}")
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _problems(feedback: Sequence[Feedback], now: datetime) -> Iterator[Problem]:
    if len(feedback) > MOST_REPORTS:
        yield Problem("feedback", f"holds more than {MOST_REPORTS} reports; send them in several calls")
        return
    for place, item in enumerate(feedback):
        at = moment(item.outcome_timestamp)
        if at is None:
            yield Problem(f"feedback[{place}].outcomeTimestamp", "must name a moment, as in 1985-04-12T23:20:50.52Z")
        elif at > now + FURTHEST_AHEAD:
            yield Problem(f"feedback[{place}].outcomeTimestamp", "must not lie more than a day ahead")


def _report(item: Feedback) -> Report:
    at = moment(item.outcome_timestamp)
    assert at is not None, "checked by _problems"  # noqa: S101
    override = item.override_reason or None
    reason = (override and override.reason) or None
    return Report(
        card=_storable(item.card).lower(),
        outcome=item.outcome,
        outcome_at=at,
        suggestions=tuple(_storable(each.id) for each in item.accepted_suggestions or []),
        reason_system=_storable(reason.system) if reason else "",
        reason_code=_storable(reason.code) if reason else "",
        reason_display=_storable(reason.display) if reason else "",
        comment=_storable(override.user_comment) if override else "",
    )


def _storable(text: str | UnsetType) -> str:
    """Return the text without NUL, which PostgreSQL cannot hold."""
    return text.replace("\x00", "\ufffd") if text else ""
