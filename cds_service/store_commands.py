"""The commands around the store: `insights`, `purge`, `forget`, `backup`, `restore`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .store.secrecy import Secrecy

Adder = Callable[[str, str, str, object], argparse.ArgumentParser]

_INSIGHTS = """\
What became of the cards: shown, accepted, overridden, by kind, region, cause, rule version, client and week; why they
were overridden; and whether each kind still fires as it used to. --out writes the page with its pictures, the tables
as CSV and a FHIR MeasureReport into a folder.

  cds-service insights
  cds-service insights --since 2026-01-01 --client north-ehr --out insights/
"""
_PURGE = """\
Delete what is older than a number of days (cards, feedback, counts, expired tokens), and earlier already the free text
of comments. The service goes on meanwhile. Run it every night, for instance from cron.
"""
_FORGET = """\
Delete all that is kept of one patient or one user of a tenant, or with --all of a whole tenant. The issuer and the
tenant are those of the client's tokens; leave them out for unsigned calls.

  cds-service forget --issuer https://ehr.example.org --tenant north --patient 4711
"""
_BACKUP = (
    "Write a copy of the SQLite store to a file while the service runs. PostgreSQL: use pg_dump (deploy/store.md)."
)
_RESTORE = "Put a backup in the place of the SQLite store. PostgreSQL: use pg_restore (deploy/store.md)."


def add_store_commands(command: Adder, *, day: Callable[[str], date]) -> None:
    """Add the commands to the command line; `day` reads a date."""
    looking = command("insights", "show what became of the cards", _INSIGHTS, _insights)
    looking.add_argument("--since", metavar="DATE", type=day, help="first day; default half a year ago")
    looking.add_argument("--until", metavar="DATE", type=day, help="last day; default today")
    looking.add_argument("--client", metavar="NAME", default="", help="one client of the registry; default all")
    looking.add_argument("--comments", action="store_true", help="print users' comments too; they may name patients")
    looking.add_argument("--out", metavar="FOLDER", type=Path, help="write page, pictures, CSV and MeasureReport here")
    purging = command("purge", "delete what is old", _PURGE, _purge)
    purging.add_argument("--keep-days", metavar="N", type=int, default=400, help="days to keep; default 400")
    purging.add_argument(
        "--keep-comments-days", metavar="N", type=int, default=90, help="days to keep comments; default 90"
    )
    forgetting = command("forget", "delete a patient, a user or a tenant", _FORGET, _forget)
    for name, says in (("issuer", "iss of the tokens"), ("tenant", "tenant of the tokens")):
        forgetting.add_argument(f"--{name}", default="", help=says)
    whom = forgetting.add_mutually_exclusive_group(required=True)
    whom.add_argument("--patient", metavar="ID", help="the FHIR id, as in context.patientId")
    whom.add_argument("--user", metavar="TYPE/ID", help="the user, as in context.userId")
    whom.add_argument("--all", action="store_true", help="everyone of this tenant")
    for cautious in (purging, forgetting):
        cautious.add_argument("--dry-run", action="store_true", help="count only, delete nothing")
    command("backup", "copy the store to a file", _BACKUP, _backup).add_argument("file", metavar="FILE", type=Path)
    command("restore", "put a backup back", _RESTORE, _restore).add_argument("file", metavar="FILE", type=Path)


def _insights(asked: argparse.Namespace) -> int:
    from .insights.export import write_all
    from .insights.report import comments, insights, window_until
    from .insights.tabular import as_text

    now = datetime.now(UTC)
    window = window_until(now.date(), since=asked.since, until=asked.until, client=asked.client)
    with _engine() as engine:
        found = insights(engine, window)
        said = comments(engine, window, _secrecy()) if asked.comments else []
    print(as_text(found))
    for comment in said:
        print(f"\n{comment.day}  {comment.kind}  {comment.outcome}\n  {comment.text}")
    if asked.out:
        for path in write_all(found, asked.out, at=now):
            print(f"wrote {path}", file=sys.stderr)
    return 0


def _purge(asked: argparse.Namespace) -> int:
    from .store.retention import purge

    if asked.keep_days < 1 or asked.keep_comments_days < 0:
        raise UsageError("purge: keep one day or more")
    keep, comments = timedelta(days=asked.keep_days), timedelta(days=asked.keep_comments_days)
    with _engine() as engine:
        gone = purge(engine, now=datetime.now(UTC), keep=keep, keep_comments=comments, dry=asked.dry_run)
    return _tell(gone, dry=asked.dry_run)


def _forget(asked: argparse.Namespace) -> int:
    from .store.retention import Whose, forget

    hashed = _secrecy().hashed
    whose = Whose(
        asked.issuer,
        asked.tenant,
        patient_hash=hashed("patient", asked.issuer, asked.tenant, asked.patient),
        user_hash=hashed("user", asked.issuer, asked.tenant, asked.user),
    )
    with _engine() as engine:
        gone = forget(engine, whose, dry=asked.dry_run)
    return _tell(gone, dry=asked.dry_run)


def _backup(asked: argparse.Namespace) -> int:
    from .store.backup import back_up

    print(f"wrote {asked.file}, {back_up(_url(), asked.file)} bytes")
    return 0


def _restore(asked: argparse.Namespace) -> int:
    from .store.backup import restore

    print(f"the store is as it was in {asked.file}, at version {restore(_url(), asked.file)}")
    return 0


def _tell(gone: dict[str, int], *, dry: bool) -> int:
    for table, rows in gone.items():
        print(f"{'would delete' if dry else 'deleted'} {rows:>8}  {table}")
    return 0


@contextmanager
def _engine() -> Iterator[Engine]:
    """Return an engine on a store whose tables are there; a command is not the one to make them."""
    from sqlalchemy.exc import SQLAlchemyError

    from .store.engine import connect, sqlite_file
    from .store.schema import is_current

    file = sqlite_file(_url())
    if file is not None and not file.exists():
        raise UsageError(f"CDS_DATABASE_URL: no store at {file}")
    engine = connect(_url())
    try:
        if not is_current(engine):
            raise UsageError("the store's tables are missing or old: run cds-service migrate")
        yield engine
    except SQLAlchemyError as problem:
        raise UsageError(f"CDS_DATABASE_URL: the database does not answer ({type(problem).__name__})") from None
    finally:
        engine.dispose()


def _secrecy() -> Secrecy:
    from .config import settings_from
    from .store.secrecy import Secrecy

    return Secrecy(settings_from(os.environ).secret_key)


def _url() -> str:
    from .config import settings_from

    return settings_from(os.environ).database_url
