"""How long each stage of an exchange took, for the Server-Timing header, the figures and the audit line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

STAGES = ("who", "turn", "read", "fetch", "chart", "assess", "write")


class Stages:
    """A stopwatch for the stages of one exchange; a stage that is entered twice adds up."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.seconds: dict[str, float] = {}
        self.spans: list[tuple[str, float, float]] = []  # each stretch of each stage, from and to

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time one stage, also when it fails."""
        start = perf_counter()
        try:
            yield
        finally:
            end = perf_counter()
            self.seconds[stage] = self.seconds.get(stage, 0.0) + end - start
            self.spans.append((stage, start, end))

    def elapsed(self) -> float:
        """Return the seconds since the exchange began."""
        return perf_counter() - self.began

    def server_timing(self) -> str:
        """Say the stages as a Server-Timing header (milliseconds)."""
        return ", ".join(f"{stage};dur={seconds * 1000:.2f}" for stage, seconds in self.seconds.items())
