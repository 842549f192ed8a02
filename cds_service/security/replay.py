"""A token is used once, whichever process it reaches.

The first use is a row: one atomic insert, which says by what it returns whether it was the first. The count of rows
that a driver reports is not asked, since some report none (psycopg gives -1 here, and every replay would pass).
While the database is away, a hook call falls back to what its own process has seen; a write is refused instead.
A database that lets a call wait in vain is asked again a moment later and by one call at a time, so that one that hangs
does not hold up all.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Engine, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from ..errors import Unavailable
from ..store.engine import writing
from ..store.hurry import answered_within
from ..tables import used_token

PRUNE_SECONDS = 60.0
PRUNE_ROWS = 1000
LOCAL_ROWS = 100_000
ANSWER_SECONDS = 1.0  # a chart view may wait behind it
REST_SECONDS = 2.0


class TokenUse(Protocol):
    """Says whether a token is used for the first time."""

    def is_first(self, issuer: str, tenant: str, jti: str, *, expires: float, now: float, writes: bool) -> bool:
        """Note a use and return whether there was none before; raise `Unavailable` when a write cannot be sure."""
        ...


class SeenHere:
    """The tokens that this process has seen, for an application without a store and while the store is away."""

    def __init__(self) -> None:
        self._expires: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()
        self._pruned_at = float("-inf")

    def is_first(self, issuer: str, tenant: str, jti: str, *, expires: float, now: float, writes: bool = False) -> bool:
        """Note a use and return whether this process knows of none before."""
        del writes
        key = (issuer, _within_tenant(tenant, jti))
        with self._lock:
            self._prune(now)
            if key in self._expires:
                return False
            if len(self._expires) >= LOCAL_ROWS:
                raise Unavailable("Too many calls at the moment. Try again.")
            self._expires[key] = expires
            return True

    def has_seen(self, issuer: str, tenant: str, jti: str) -> bool:
        """Whether this process took the token while the store was away."""
        return (issuer, _within_tenant(tenant, jti)) in self._expires

    def _prune(self, now: float) -> None:
        if 0 <= now - self._pruned_at < PRUNE_SECONDS:
            return
        self._pruned_at = now
        self._expires = {key: expires for key, expires in self._expires.items() if expires > now}


class SeenAnywhere:
    """The tokens that any process has seen, kept in the store until they expire."""

    def __init__(
        self, engine: Engine, *, on_fallback: Callable[[], None] = lambda: None, seconds: float = ANSWER_SECONDS
    ) -> None:
        self._in_a_file = engine.dialect.name == "sqlite"
        self._engine = writing(engine) if self._in_a_file else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._insert = (sqlite if self._in_a_file else postgresql).insert(used_token)
        self._seconds = seconds
        self._here = SeenHere()
        self._turn = threading.Lock()
        self._resting_until = 0.0
        self._on_fallback = on_fallback
        self._pruned_at = float("-inf")

    def is_first(self, issuer: str, tenant: str, jti: str, *, expires: float, now: float, writes: bool) -> bool:
        """Note a use and return whether no process knows of one before."""
        if self._here.has_seen(issuer, tenant, jti):
            return False
        if not self._asks_now():
            return self._alone(issuer, tenant, jti, expires=expires, now=now, writes=writes)
        begun = time.monotonic()
        try:
            with answered_within(self._seconds):
                first = self._inserted(issuer, _within_tenant(tenant, jti), expires)
        except SQLAlchemyError:
            waited_in_vain = not self._in_a_file and time.monotonic() >= begun + self._seconds
            self._resting_until = time.monotonic() + REST_SECONDS if waited_in_vain else 0.0
            return self._alone(issuer, tenant, jti, expires=expires, now=now, writes=writes)
        self._resting_until = 0.0
        with suppress(SQLAlchemyError), answered_within(self._seconds):  # what is not forgotten now is a minute later
            self._prune(now)
        return first

    def _asks_now(self) -> bool:
        """Whether the database is to be asked: after a wait in vain only by the first call when the rest is over."""
        if not self._resting_until:
            return True
        with self._turn:
            if time.monotonic() < self._resting_until:
                return False
            self._resting_until = time.monotonic() + REST_SECONDS
            return True

    def _alone(self, issuer: str, tenant: str, jti: str, *, expires: float, now: float, writes: bool) -> bool:
        """Say by what this process knows whether it is the first use; refuse a write, which must be sure."""
        if writes:
            raise Unavailable("The store is not there at the moment. Try again.")
        self._on_fallback()
        return self._here.is_first(issuer, tenant, jti, expires=expires, now=now)

    def _inserted(self, issuer: str, jti: str, expires: float) -> bool:
        row = {"issuer": issuer, "jti": jti, "expires_at": datetime.fromtimestamp(expires, UTC)}
        statement = self._insert.values(row).on_conflict_do_nothing().returning(used_token.c.jti)
        with self._engine.begin() as connection:
            return connection.execute(statement).first() is not None

    def _prune(self, now: float) -> None:
        """Forget tokens that no check would take any more: some now and then, some with each call while there are more.

        Rows that another process is about to forget are left to it.
        """
        if 0 <= now - self._pruned_at < PRUNE_SECONDS:
            return
        self._pruned_at = now
        expired = used_token.c.expires_at < datetime.fromtimestamp(now, UTC)
        some = select(*used_token.primary_key).where(expired).limit(PRUNE_ROWS).with_for_update(skip_locked=True)
        which = tuple_(*used_token.primary_key).in_(some)
        with self._engine.begin() as connection:
            gone = connection.execute(delete(used_token).where(which).returning(used_token.c.jti)).all()
        if len(gone) >= PRUNE_ROWS:
            self._pruned_at = float("-inf")


def _within_tenant(tenant: str, jti: str) -> str:
    """Return what the row is keyed by besides the issuer: a digest, of one length whatever the caller sends."""
    return hashlib.sha256(f"{tenant}\n{jti}".encode()).hexdigest()
