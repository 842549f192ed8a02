"""One structured line an exchange, made of named fields only: nothing else can reach the log.

No health data, no token, no text of the caller: ids of exchanges, closed words, counts and times. What may be said is
what `Line` declares; a test sends a canary in every string of a request and finds it nowhere.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

import msgspec
import structlog


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the log may say of one exchange; filled in as the exchange goes on."""

    event: str
    exchange: str
    method: str = ""
    endpoint: str = ""
    service: str = ""
    hook_instance: str = ""
    client: str = ""
    tenant: str = ""
    token_id: str = ""
    refusal: str = ""
    why: str = ""
    status: int = 0
    body_bytes: int = 0
    cards: int = 0
    kinds: list[str] = []
    indicators: list[str] = []
    card_uuids: list[str] = []
    shadow: bool = False
    withheld: int = 0
    knowledge_version: str = ""
    fetched: int = 0
    unreadable: int = 0
    ignored: int = 0
    gaps: list[str] = []
    ms: float = 0.0
    stages_ms: dict[str, float] = {}
    failure: str = ""
    failed_at: str = ""


class AuditLog:
    """Writes lines as JSON to a stream, one exchange each."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(stream or sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                structlog.processors.JSONRenderer(ensure_ascii=True),
            ],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=True,
        )

    def write(self, line: Line) -> None:
        """Write one line; an exchange that failed by a defect of ours is written as an error."""
        said: dict[str, Any] = msgspec.to_builtins(line)
        event = said.pop("event")
        (self._log.error if line.failure else self._log.info)(event, **said)


def place_of(failure: BaseException) -> str:
    """Say where in the code a failure rose, and nothing of what it said: messages quote values."""
    frames = traceback.extract_tb(failure.__traceback__)
    if not frames:
        return ""
    last = frames[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}"
