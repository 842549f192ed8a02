"""What is put under load: one instance of two processes, nginx and PostgreSQL where they are there, two tenants."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cds_service.store.schema import migrate
from tests.bench.contestants import PATH, Contestant
from tests.bench.pipeline import Pipeline
from tests.bench.requests_like import request_of
from tests.deploy.instances import Instance
from tests.deploy.nginx import proxying
from tests.fhir.evil import Server as FhirServer
from tests.security.signing import BASE, token, write_registry
from tests.store.postgres import Postgres, binaries

RESOURCES = 45  # a body of about 55 kB
SICK = "https://sick.example.org"


@dataclass(frozen=True, slots=True)
class House:
    """The service under load, how to call it, and what it is made of."""

    port: int
    instance: Instance
    body: bytes
    sick_body: bytes
    made_of: str

    def processes(self) -> Contestant:
        """Return the instance as a set of processes to look at."""
        pid = self.instance.process.pid
        return Contestant("the service", pid, self.port, PATH, self.instance.folder / "log")


def bearer() -> dict[str, str]:
    """Return the header of the healthy tenant, with a token that was not used yet."""
    now = int(time.time())
    return {"Authorization": "Bearer " + token(aud=BASE + PATH, iat=now, exp=now + 300, jti=str(uuid4()))}


def sick_bearer() -> dict[str, str]:
    """Return the header of the tenant whose FHIR server is dead."""
    now = int(time.time())
    signed = token(aud=BASE + PATH, iat=now, exp=now + 300, jti=str(uuid4()), iss=SICK, tenant=...)
    return {"Authorization": f"Bearer {signed}"}


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Build it; it stands until the block ends."""
    folder.chmod(0o755)
    with ExitStack() as stack:
        dead = FhirServer(lambda call: call.hang())
        stack.callback(dead.close)
        url, database = _database(stack, folder)
        limits = {"requests_per_minute": 1_000_000, "max_concurrent": 1000}
        sick = {
            "name": "sick",
            "issuer": SICK,
            "tenants": [],
            "fhir_servers": [f"{dead.url}/fhir"],
            "max_concurrent": 8,
        }
        settings = {
            "CDS_CLIENTS": str(write_registry(folder, limits, sick)),
            "CDS_PUBLIC_BASE_URL": BASE,
            "CDS_DATABASE_URL": url,
            "CDS_SECRET_KEY": "a key of the soak, long enough for it",
            "CDS_WORKERS": "2",
        }
        instance = Instance(folder / "instance", settings)
        stack.callback(instance.close)
        port, proxy = _proxy(stack, folder, instance)
        body = request_of(RESOURCES, Pipeline().templates)
        yield House(port, instance, body, _without_prefetch(body, dead.url), f"{proxy}, {database}")


def _database(stack: ExitStack, folder: Path) -> tuple[str, str]:
    found = binaries()
    if found is None:
        return f"sqlite:///{folder}/soak.db", "SQLite (the PostgreSQL of the dev extra is not installed)"
    server = Postgres(found)
    stack.callback(server.close)
    url = server.create("soak")
    migrate(url)
    return url, "PostgreSQL"


def _proxy(stack: ExitStack, folder: Path, instance: Instance) -> tuple[int, str]:
    if shutil.which("nginx") is None and not Path("/usr/sbin/nginx").exists():
        return instance.port, "no proxy (nginx is not installed)"
    (folder / "nginx").mkdir()
    return stack.enter_context(proxying(folder / "nginx", [instance.port])).port, "nginx"


def _without_prefetch(body: bytes, url: str) -> bytes:
    call = json.loads(body)
    del call["prefetch"]
    access = {
        "access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "us",
    }  # fmt: skip
    return json.dumps({**call, "fhirServer": f"{url}/fhir", "fhirAuthorization": access}).encode()
