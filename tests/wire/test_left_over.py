"""What a call needed goes when it is answered, and does not wait for the garbage collector, which runs seldom."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.config import settings_from
from tests.bench.requests_like import request_of
from tests.serving import application

PATH = "/cds-services/steroid-injection-followup"
OURS = ("cds_service.", "hooks.")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("left-over")
    settings = settings_from({"CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db"})
    with application(settings, audit_stream=io.StringIO()) as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def body(client: FlaskClient) -> bytes:
    offered = next(s for s in client.get("/cds-services").get_json()["services"] if PATH.endswith(s["id"]))
    return request_of(60, offered["prefetch"])


@contextmanager
def left_over() -> Iterator[list[Any]]:
    """Give what only the collector can free of what was made in the block, once the block is over."""
    found: list[Any] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.enable()
        gc.garbage.clear()


def calls(body: bytes) -> dict[str, tuple[bytes, str, int]]:
    said = json.loads(body)
    another = {**said, "context": {**said["context"], "patientId": "somebody-else"}}
    return {
        "answered": (body, "application/json", 200),
        "cut short": (body[:-20], "application/json", 400),
        "without a hook": (json.dumps({**said, "hook": None}).encode(), "application/json", 422),
        "of another patient": (json.dumps(another).encode(), "application/json", 422),
        "without its data": (json.dumps({**said, "prefetch": {}}).encode(), "application/json", 412),
        "not JSON": (body, "text/plain", 415),
    }


@pytest.mark.parametrize("name", calls(b'{"context":{}}' + b" " * 20))
def test_nothing_of_a_call_waits_for_the_collector(name: str, client: FlaskClient, body: bytes) -> None:
    sent, media, status = calls(body)[name]
    client.post(PATH, data=sent, content_type=media)  # what is made once is made
    with left_over() as found:
        assert client.post(PATH, data=sent, content_type=media).status_code == status
    held = [thing for one in found for thing in gc.get_referents(one) if isinstance(thing, bytes | memoryview)]
    assert [thing for thing in held if len(thing) > 10_000] == []
    assert [type(one) for one in found if type(one).__module__.startswith(OURS)] == []
