"""The server to fetch from, as the command line names it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ...config import settings_from
from ...errors import UsageError
from ...fhir_client.origins import access_of
from .fetch import Fetch, Manifest, Progress
from .signin import SignIn, key_of
from .wire import Wire


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, who we are there, and what else may be reached."""

    url: str
    group: str = ""
    client_id: str = ""
    key_file: Path | None = None
    key_id: str | None = None
    scope: str = ""
    also_from: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    ca_file: Path | None = None

    def fetch(
        self, folder: Path, progress: Progress, *, again: bool = False, sleep: Callable[[float], None] | None = None
    ) -> Manifest:
        """Fetch the export into a folder; go on with a part that is there, and `again` use what is whole."""
        development = settings_from(os.environ).env == "development"
        access = access_of(
            "population", (self.url, *self.also_from), networks=self.networks, ca_file=self.ca_file,
            development=development,
        )  # fmt: skip
        if bool(self.client_id) != (self.key_file is not None):
            raise UsageError("--client-id and --key-file go together")
        with closing(Wire(access, access.bases)) as wire:
            base = str(access.bases[0])
            key = key_of(self.key_file, self.key_id) if self.key_file else None
            sign_in = SignIn(wire, base, self.client_id, key, scope=self.scope) if key else None
            asked = Fetch(wire, sign_in, base, folder, group=self.group, again=again, progress=progress)
            if sleep is not None:
                asked.sleep = sleep
            return asked.all()
