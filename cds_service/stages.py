"""How long each stage of an exchange took, for the Server-Timing header, the figures and the audit line."""

from __future__ import annotations

from time import perf_counter

STAGES = ("who", "turn", "read", "fetch", "chart", "assess", "write")


class Stages:
    """A stopwatch for the stages of one exchange; a stage that is entered twice adds up."""

    __slots__ = ("began", "seconds", "spans")

    def __init__(self) -> None:
        self.began = perf_counter()
        self.seconds: dict[str, float] = {}
        self.spans: list[tuple[str, float, float]] = []  # each stretch of each stage, from and to

    def __call__(self, stage: str) -> Stretch:
        """Return what times one stage while its block runs, also when that fails."""
        return Stretch(self, stage)

    def elapsed(self) -> float:
        """Return the seconds since the exchange began."""
        return perf_counter() - self.began

    def server_timing(self) -> str:
        """Say the stages as a Server-Timing header (milliseconds)."""
        return ", ".join([f"{stage};dur={seconds * 1000:.2f}" for stage, seconds in self.seconds.items()])


class Stretch:
    """One stretch of one stage; a class, since a generator would cost more than what is done here."""

    __slots__ = ("_of", "_stage", "_start")

    def __init__(self, of: Stages, stage: str) -> None:
        self._of = of
        self._stage = stage

    def __enter__(self) -> None:
        """Begin."""
        self._start = perf_counter()

    def __exit__(self, *failure: object) -> None:
        """End, and add what it took."""
        end = perf_counter()
        seconds = self._of.seconds
        seconds[self._stage] = seconds.get(self._stage, 0.0) + end - self._start
        self._of.spans.append((self._stage, self._start, end))
