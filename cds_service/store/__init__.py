"""Issued cards and feedback, in SQLite or PostgreSQL.

Three promises. Feedback that was acknowledged is committed. An answer never waits for the database: issued cards are
written behind it, and a look-up that is late or fails is answered with "nothing known". No health data is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import get_args

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..config import Settings
from ..errors import Finding, Unavailable
from ..feedback import Report
from . import issued, reports, schema
from .claims import claim
from .engine import LOOK_WAIT_SECONDS, WRITE_WAIT_SECONDS, connect, sqlite_file
from .issued import Batch, CardRow, IssuedExchange, card_rows
from .journal import folder_for
from .lookup import Lookup
from .origin import Origin
from .overrides import Answer, Shown, latest_answers
from .reports import Receipt
from .secrecy import Secrecy
from .tally import Count, Event, Tally
from .writer import Writer

__all__ = ["Answer", "CardRow", "IssuedExchange", "Origin", "Receipt", "Secrecy", "Shown", "Store", "card_rows"]

READY_SECONDS = 1.0


class Store:
    """The one door to the database while the service runs; open it once a process, after any fork."""

    def __init__(self, url: str, *, secret_key: str, keep_comments: bool = True, count: Count | None = None) -> None:
        self.secrecy = Secrecy(secret_key)
        self.engine: Engine = connect(url)
        self._in_a_file = sqlite_file(url) is not None
        self._write_engine = connect(url, lock_wait=WRITE_WAIT_SECONDS) if self._in_a_file else self.engine
        self._look_engine = connect(url, lock_wait=LOOK_WAIT_SECONDS) if self._in_a_file else self.engine
        self._url = url
        self._keep_comments = keep_comments
        self._schema_is_current = False
        self._tally = Tally(count)
        self._lookup = Lookup(self._tally)
        self._writer = Writer(self._write, self._tally, folder_for(url))

    @classmethod
    def open(cls, settings: Settings, *, count: Count | None = None) -> Store:
        """Open the store that the settings name; a database that is away is tried again when it is needed."""
        store = cls(
            settings.database_url,
            secret_key=settings.secret_key,
            keep_comments=settings.comments == "encrypted",
            count=count,
        )
        with suppress(SQLAlchemyError):
            store._need_schema()
        store._writer.start()
        return store

    def ready(self) -> list[Finding]:
        """Return why the database cannot be used at the moment; empty when all is well."""
        found = self._lookup.within(READY_SECONDS, self._look, otherwise=None, careful=False)
        return [Finding("store", "the database does not answer", "see CDS_DATABASE_URL")] if found is None else found

    def record_feedback(self, origin: Origin, said: Sequence[Report], *, received_at: datetime) -> Receipt:
        """Commit the reports of one call, or raise `Unavailable`: the client then sends the same again."""
        secrecy = self.secrecy if self._keep_comments else None
        try:
            self._need_schema()
            receipt = reports.record(self._write_engine, origin, said, received_at=received_at, secrecy=secrecy)
        except SQLAlchemyError as error:
            self._tally.add("feedback_refused")
            raise Unavailable("Feedback cannot be stored at the moment. Send the same again.", retry_after=5) from error
        if receipt.unknown:
            # Stored and safe; counted as soon as the card is written, now or with a later batch.
            with suppress(SQLAlchemyError):
                claim(self._write_engine, sorted({report.card for report in said}))
        return receipt

    def record_issued(self, exchange: IssuedExchange) -> bool:
        """Take an answered call for writing, without waiting; `False` when too many wait and this one is lost."""
        return self._writer.put(exchange)

    def answers_to(self, shown: Shown, *, seconds: float) -> Mapping[str, Answer]:
        """Return the latest answer to each content, or nothing when the database is late or away."""
        ask = partial(latest_answers, self._look_engine, shown)
        if self._in_a_file:  # it answers at once or says that it is locked: another thread would cost more than it
            return self._lookup.here(ask, otherwise={})
        return self._lookup.within(seconds, ask, otherwise={})

    def figures(self) -> dict[str, int]:
        """Return the counts that show whether recording keeps up, by name, for the metrics."""
        return {event: self._tally.counts[event] for event in get_args(Event)} | {"waiting": self._writer.waiting}

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait until what was taken is written, or the time is over."""
        return self._writer.flush(seconds)

    def close(self) -> None:
        """Write what waits and let go of the database."""
        self._writer.close()
        self._lookup.close()
        self.engine.dispose()
        self._write_engine.dispose()
        self._look_engine.dispose()

    def _write(self, batch: Batch) -> None:
        self._need_schema()
        issued.write(self._write_engine, batch)

    def _need_schema(self) -> None:
        """Make SQLite's tables where they are missing; PostgreSQL's are made by `cds-service migrate` alone."""
        if self._schema_is_current:
            return
        if sqlite_file(self._url) is not None and not self._has_tables():
            self._make_tables()
        self._schema_is_current = self._has_tables()
        if not self._schema_is_current:
            raise schema.TablesMissing

    def _make_tables(self) -> None:
        try:
            schema.migrate(self._url)
        except OSError as error:
            raise schema.TablesMissing from error

    def _has_tables(self) -> bool:
        file = sqlite_file(self._url)
        return (file is None or file.exists()) and schema.is_current(self.engine)

    def _look(self) -> list[Finding]:
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            self._need_schema()
        except schema.TablesMissing:
            return [Finding("store", "the tables are missing or old", "run cds-service migrate")]
        except DBAPIError as error:
            return [Finding("store", f"the database cannot be used: {schema.says(error)}", "see CDS_DATABASE_URL")]
        return []
