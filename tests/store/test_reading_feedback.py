"""What the schema cannot say about a report: its moment, and what the store can hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cds_service.errors import NotConformant
from cds_service.feedback import MOST_REPORTS, moment, reports_of
from cds_service.protocol import FeedbackBody
from tests.store.words import NOW


def body(**item: object) -> FeedbackBody:
    said = {"card": "C1", "outcome": "overridden", "outcomeTimestamp": "2026-03-02T09:00:00Z"} | item
    return msgspec.convert({"feedback": [said]}, FeedbackBody)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("1985-04-12T23:20:50.52Z", datetime(1985, 4, 12, 23, 20, 50, 520000, UTC)),
        ("1985-04-12t23:20:50z", datetime(1985, 4, 12, 23, 20, 50, 0, UTC)),
        ("1996-12-19T16:39:57-08:00", datetime(1996, 12, 20, 0, 39, 57, 0, UTC)),
        ("1990-12-31T23:59:60Z", datetime(1990, 12, 31, 23, 59, 59, 0, UTC)),
        ("2026-03-02T09:00:00.123456789Z", datetime(2026, 3, 2, 9, 0, 0, 123456, UTC)),
    ],
    ids=["as in the specification", "lower case", "with an offset", "a leap second", "nanoseconds"],
)
def test_an_rfc_3339_date_time_names_a_moment(text: str, means: datetime) -> None:
    assert moment(text) == means


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-02T09:00:00Z",
        "2026-02-30T09:00:00Z",
        "2026-03-02T24:00:01Z",
        "2026-03-02T09:00:00+99:00",
        "0001-01-01T00:00:00+23:59",
        "2026-03-02T09:00:00",
        "2026-W01-1T09:00:00Z",
        "２０２６-03-02T09:00:00Z",
        "",
    ],
)
def test_other_texts_name_none(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "timestamp", ["2026-13-02T09:00:00Z", (NOW + timedelta(days=2)).isoformat()], ids=["no month 13", "days ahead"]
)
def test_a_bad_moment_refuses_the_call_with_its_path(timestamp: str) -> None:
    with pytest.raises(NotConformant) as refused:
        reports_of(body(outcomeTimestamp=timestamp).feedback, now=NOW)
    assert [problem.path for problem in refused.value.problems] == ["feedback[0].outcomeTimestamp"]


def test_too_many_reports_are_refused() -> None:
    with pytest.raises(NotConformant):
        reports_of(body().feedback * (MOST_REPORTS + 1), now=NOW)


def test_a_report_holds_what_was_said() -> None:
    override = {"reason": {"code": "client-own", "display": "our own\x00reason"}, "userComment": "why"}
    (said,) = reports_of(body(card="ABC", overrideReason=override).feedback, now=NOW)
    assert (said.card, said.reason_code, said.reason_system) == ("abc", "client-own", "")
    assert (said.reason_display, said.comment) == ("our own\ufffdreason", "why")


def test_an_override_without_a_reason_and_an_acceptance_are_both_whole() -> None:
    (bare,) = reports_of(body().feedback, now=NOW)
    assert (bare.reason_code, bare.comment, bare.suggestions) == ("", "", ())
    (taken,) = reports_of(body(outcome="accepted", acceptedSuggestions=[{"id": "s1"}]).feedback, now=NOW)
    assert taken.suggestions == ("s1",)
