"""Cost grows with the chart and not faster: counted in calls of functions, which no other work here changes."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from .pipeline import Pipeline
from .requests_like import request_of


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """Return the service without a server, asked once, so that what it does once is done."""
    made = Pipeline()
    made.answer(request_of(40, made.templates))
    return made


def calls(pipeline: Pipeline, resources: int) -> int:
    """Return how many functions are called for the answer to a chart of so many resources."""
    raw, count = request_of(resources, pipeline.templates), 0

    def one_more(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(one_more)
    try:
        pipeline.answer(raw)
    finally:
        sys.setprofile(before)
    return count


def test_twice_the_chart_costs_at_most_twice_as_much(pipeline: Pipeline) -> None:
    small, medium, large = (calls(pipeline, resources) for resources in (400, 800, 1600))
    assert medium <= 2 * small
    assert large - medium <= 2.1 * (medium - small) + 100


def test_a_resource_that_no_rule_reads_costs_a_few_calls(pipeline: Pipeline) -> None:
    each = (calls(pipeline, 1600) - calls(pipeline, 800)) / 800
    assert each < 40
