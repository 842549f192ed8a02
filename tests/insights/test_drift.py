"""The control chart: what stands out, and what does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cds_service.insights.drift import Week, judged

CASES: dict[str, tuple[list[int], str]] = {
    "steady": ([20, 19, 22, 18, 21, 20], ""),
    "too few weeks to judge": ([20, 0], ""),
    "a surge": ([20, 19, 22, 18, 21, 45], "above"),
    "a fall": ([20, 19, 22, 18, 21, 5], "below"),
    "silence of a common kind, at once": ([20, 19, 22, 18, 21, 0], "silent since 2026-02-09"),
    "a quiet week of a rare kind": ([1, 2, 1, 0, 2, 0], ""),
    "silence of a rare kind, after weeks": ([1, 2, 1, 1, 2, 0, 0, 0, 0, 0], "silent since 2026-02-09"),
    "a kind that never fired": ([0, 0, 0, 0, 0, 0], ""),
    "wild weeks hide one more": ([5, 40, 3, 38, 6, 41, 4, 0], ""),
    "eight weeks a little higher": ([20, 20, 20, 20, 24, 25, 24, 23, 25, 24, 25, 24], "higher for weeks"),
    "eight weeks a little lower": ([20, 20, 20, 20, 16, 15, 17, 16, 15, 16, 16, 15], "lower for weeks"),
}


@pytest.mark.parametrize(("counts", "signal"), CASES.values(), ids=CASES)
def test_the_last_week(counts: list[int], signal: str) -> None:
    first = date(2026, 1, 5)
    weeks = [Week(first + timedelta(weeks=n), 100, count) for n, count in enumerate(counts)]
    assert list(judged(weeks))[-1].signal == signal


def test_fewer_calls_are_no_silence() -> None:
    weeks = [Week(date(2026, 1, 5) + timedelta(weeks=n), 100, 20) for n in range(6)]
    holiday = Week(date(2026, 2, 16), 0, 0)
    assert list(judged([*weeks, holiday]))[-1].signal == ""
