"""The published OpenAPI against the service: schemathesis asks what the document allows, and what it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from .target import Target

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
OPERATIONS = [("/cds-services", "GET"), ("/cds-services/{id}", "POST"), ("/cds-services/{id}/feedback", "POST")]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with closing(Target(tmp_path_factory.mktemp("openapi"))) as target:
        yield schemathesis.openapi.from_wsgi("/openapi.json", target.app)


def test_every_published_operation_is_asked(published: Any) -> None:
    found = [(each.ok().path, each.ok().method.upper()) for each in published.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as allowed", "not as allowed"]
)
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=["discovery", "call", "feedback"])
def test_an_operation_answers_as_published(published: Any, path: str, method: str, mode: Any) -> None:
    operation = published[path][method]
    if mode is GenerationMode.NEGATIVE and method == "GET":
        return  # discovery takes nothing that could be wrong

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call()
        assert answer.status_code < 500
        case.validate_response(answer)

    ask()
