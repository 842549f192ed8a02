"""Whether this process was told to stop: it still answers, and says that it is not ready for more."""

from __future__ import annotations

_begun: list[bool] = []  # a list and no lock: a signal sets it, in the middle of anything


def begin() -> None:
    """Note that the process is to stop."""
    _begun.append(True)


def begun() -> bool:
    """Whether it is to stop."""
    return bool(_begun)
