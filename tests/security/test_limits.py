"""Limits: so many calls a minute, so many at a time, never one client at the cost of another."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from cds_service.errors import TooManyRequests
from cds_service.security.limits import Limits, Turnstile

A, B = ("https://a.example.org", ""), ("https://b.example.org", "")
SIXTY = Limits(requests_per_minute=60, max_concurrent=4)


def passes(turnstile: Turnstile, client: tuple[str, str], limits: Limits, *, now: float) -> None:
    with turnstile.admit(client, limits, now=now):
        pass


def test_a_burst_passes_and_then_one_call_a_second() -> None:
    turnstile = Turnstile()
    for _ in range(10):
        passes(turnstile, A, SIXTY, now=100)
    with pytest.raises(TooManyRequests) as refused:
        passes(turnstile, A, SIXTY, now=100)
    assert refused.value.headers == {"Retry-After": "1"}
    passes(turnstile, A, SIXTY, now=101)
    with pytest.raises(TooManyRequests):
        passes(turnstile, A, SIXTY, now=101.5)


def test_retry_after_says_how_long() -> None:
    turnstile = Turnstile()
    one = Limits(requests_per_minute=1, max_concurrent=1)
    passes(turnstile, A, one, now=0)
    with pytest.raises(TooManyRequests) as refused:
        passes(turnstile, A, one, now=10)
    assert refused.value.headers == {"Retry-After": "50"}
    passes(turnstile, A, one, now=60)


def test_a_client_at_its_limit_costs_another_nothing() -> None:
    turnstile = Turnstile()
    for _ in range(10):
        passes(turnstile, A, SIXTY, now=0)
    with pytest.raises(TooManyRequests):
        passes(turnstile, A, SIXTY, now=0)
    passes(turnstile, B, SIXTY, now=0)
    passes(turnstile, (A[0], "ward-b"), SIXTY, now=0)


def test_so_many_at_a_time() -> None:
    turnstile = Turnstile()
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(turnstile.admit(A, SIXTY, now=0))
        with pytest.raises(TooManyRequests):
            passes(turnstile, A, SIXTY, now=0)
        passes(turnstile, B, SIXTY, now=0)
    passes(turnstile, A, SIXTY, now=0)


def test_a_call_that_fails_gives_its_place_back() -> None:
    turnstile = Turnstile()
    for _ in range(3):
        with pytest.raises(KeyError), turnstile.admit(A, SIXTY, now=0):
            raise KeyError("x")
    passes(turnstile, A, SIXTY, now=0)


def test_several_processes_share_a_limit() -> None:
    turnstile = Turnstile(processes=4)
    for _ in range(2):
        passes(turnstile, A, SIXTY, now=0)
    with pytest.raises(TooManyRequests):
        passes(turnstile, A, SIXTY, now=0)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    turnstile = Turnstile()
    for _ in range(10):
        passes(turnstile, A, SIXTY, now=100)
    for now in (0, -1e9):
        with pytest.raises(TooManyRequests):
            passes(turnstile, A, SIXTY, now=now)
