"""The real service on a port of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.serving import make_server

from cds_service import tables
from cds_service.app import create_app
from cds_service.config import settings_from
from cds_service.store import Store
from tests.serving import free_port


@dataclass
class Site:
    """The running service, and what its store holds."""

    url: str
    store: Store

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, once what waits is written."""
        assert self.store.flush()
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(getattr(tables, table))).mappings()]


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Serve the services on offer until the block ends."""
    port = free_port()
    settings = settings_from({"CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db", "CDS_PORT": str(port)})
    app = create_app(settings, audit_stream=StringIO())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would bury what failed
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{port}", app.extensions["store"])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        app.extensions["store"].close()
