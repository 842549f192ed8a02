"""A mirrored chart gets the mirrored answer: nothing depends on which side it is."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from tests.cases.book import read_case, read_json
from tests.cases.conftest import Running
from tests.cases.expect import settled
from tests.codes import coding, table

ONE_SIDED = [
    "hip-unguided-obese", "shoulder-pain-from-the-neck", "carpal-tunnel-short-relief", "heel-pain-from-the-arteries",
    "knee-arthritis-was-a-meniscal-tear", "large-herniation-transforaminal", "knee-septic-red-flags",
    "cuff-tear-after-injection", "knee-four-injections-shortening-relief", "replaced-knee-injected",
]  # fmt: skip


@cache
def swaps() -> dict[str, str]:
    """Return what stands for what in the mirror: every sided code of the table with its words, and the words alone."""
    found = {"left": "right", "Left": "Right"}
    for section in ("condition", "therapy", "side"):
        rows = table()[section]
        pairs = [(name, name.replace("left", "right")) for name in rows if name.split()[-1] == "left"]
        for one, other in pairs:
            for mine, theirs in zip(rows[one], rows.get(other, ()), strict=False):
                found[coding(mine)["code"]] = coding(theirs)["code"]
    found = {key: value for key, value in found.items() if key != value}
    return found | {value: key for key, value in found.items()}


def mirrored(content: Any) -> Any:
    """Return JSON with left and right exchanged."""
    words = "|".join(re.escape(word) for word in sorted(swaps(), key=len, reverse=True))
    text = json.dumps(content, ensure_ascii=False)
    return json.loads(re.sub(rf"(?<![A-Za-z0-9.])({words})(?![A-Za-z0-9]|\.[0-9])", lambda m: swaps()[m[1]], text))


@pytest.mark.parametrize("folder", ONE_SIDED)
def test_mirrored_chart_gets_the_mirrored_answer(folder: str, running: Running) -> None:
    bundle, day = read_json(folder, "chart.json"), read_case(folder)["as_of"]
    turned = mirrored(bundle)
    assert turned != bundle
    assert settled(running.evaluate(turned, day)) == mirrored(settled(running.evaluate(bundle, day)))
