"""One process of a race: notes the same tokens as the others and prints how many it was first to use.

python -m tests.security.racer URL COUNT
"""

from __future__ import annotations

import sys

import psycopg
from sqlalchemy import event

from cds_service.security.replay import SeenAnywhere
from cds_service.store.engine import connect

from .signing import ISSUER, NOW, TENANT


def main() -> None:
    """Run in step with the others: they start when a line comes in."""
    engine = connect(sys.argv[1], lock_wait=20)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _wait_for_the_others)
    used = SeenAnywhere(engine, on_fallback=lambda: sys.exit("the store was away"), seconds=20)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    won = [
        jti
        for jti in map(str, range(int(sys.argv[2])))
        if used.is_first(ISSUER, TENANT, jti, expires=NOW + 100, now=NOW, writes=False)
    ]
    sys.stdout.write(" ".join(won))


def _wait_for_the_others(connection: psycopg.Connection, _record: object) -> None:
    connection.execute("SET lock_timeout = '20s'; SET statement_timeout = '20s'")
    connection.commit()


if __name__ == "__main__":
    main()
