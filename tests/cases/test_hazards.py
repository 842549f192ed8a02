"""Each hazard of the clinical model, 5.5, has its cases, and in each the hazard did no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.cases.book import folders, read_json
from tests.cases.expect import ASSESSMENT

Episode = Any
Harmless = Callable[[Mapping[str, Episode]], bool]


def episodes(folder: str) -> Mapping[str, Episode]:
    """Return the episodes of a case by side and region."""
    found = read_json(folder, "expected.json")["extension"][ASSESSMENT]["episodes"]
    return {f"{e['side']} {e['region']}": e for e in found}


def classes(**wanted: str) -> Harmless:
    """Each site by itself: `right_knee="non-response"`."""
    return lambda e: (
        {k.replace("_", " "): v["response"]["class"] for k, v in e.items()}
        == {k.replace("_", " "): v for k, v in wanted.items()}
    )


def scores(*wanted: float | None, site: str = "right knee") -> Harmless:
    """The score before the injection, the best and the latest after it."""

    def same(e: Mapping[str, Episode]) -> bool:
        response = e[site]["response"]
        said = [response[name] for name in ("baseline", "best", "latest")]
        return [score and score["value"] for score in said] == list(wanted)

    return same


def injections(number: int, dose: float | None = None) -> Harmless:
    """How many injections of the right knee, and the dose of the last."""
    return lambda e: len(e["right knee"]["injections"]) == number and e["right knee"]["injections"][0]["doseMg"] == dose


ONE_HELPED = classes(left_knee="responder", right_knee="non-response")
UNTOLD = classes(right_knee="indeterminate")
NO_STEROID = classes(right_knee="not-applicable")

HAZARDS: dict[str, dict[str, Harmless]] = {
    "bilateral confusion": {
        "bilateral-in-one-procedure": ONE_HELPED,
        "claim-bilateral-modifier": ONE_HELPED,
        "claim-right-and-left": ONE_HELPED,
        "both-knees-twice": ONE_HELPED,
        "score-of-the-other-knee": UNTOLD,
        "score-of-a-side-without-a-site": UNTOLD,
        "score-without-site-two-joints": classes(left_hip="indeterminate", right_knee="indeterminate"),
        "unsided-image-between-two-knees": classes(left_knee="non-response", right_knee="non-response"),
    },
    "aspiration without an injection": {
        "knee-aspiration-only": NO_STEROID,
        "knee-hyaluronate-and-aspiration-only": NO_STEROID,
    },
    "hyaluronate counted as cortisone": {"knee-hyaluronate-and-aspiration-only": NO_STEROID},
    "entered in error": {"entered-in-error-and-not-done": lambda e: not e},
    "duplicated imports": {
        "recorded-three-times": injections(1, 40),
        "same-resource-twice": injections(1, 40),
    },
    "partial dates": {"partial-and-odd-dates": injections(1, 40), "impossible-date": injections(1, 40)},
    "millimetres read as points": {"pain-in-millimetres": scores(7, 6.5, 6.5)},
    "a baseline of nought": {"no-pain-before": UNTOLD},
    "the unit of the dose": {
        "dose-in-millilitres": injections(1, 40),
        "dose-in-an-unknown-unit": injections(1, None),
        "dose-as-a-strength": injections(1, None),
    },
    "worst ever and goal": {"worst-ever-and-goal-are-no-scores": scores(7, 2, 2)},
    "scores by proxy, and of children": {
        "score-given-by-a-relative": scores(7, None, None),
        "adolescent": lambda e: not any(site["cards"] for site in e.values()),
    },
    "scores after an operation": {"score-after-an-operation": scores(7, None, None)},
    "scores after another injection": {
        "score-after-hyaluronate": scores(7, 7, 7),
        "score-after-platelet-rich-plasma": scores(7, 7, 7),
        "score-after-a-nerve-block": scores(7, 7, 7),
    },
    "scores after an injury": {"score-after-an-injury": scores(7, None, None)},
    "repeated injections of one site": {
        "two-injections-six-weeks-apart": lambda e: len(e["right knee"]["injections"]) == 2,
        "knee-four-injections-shortening-relief": lambda e: len(e["right knee"]["injections"]) == 4,
    },
    "several sites": {
        "four-joints-failed": lambda e: len(e) == 4,
        "neck-shoulder-hip-and-back": classes(
            right_glenohumeral="non-response", left_hip="non-response", **{
                "right_cervical-facet": "responder", "left_lumbar-facet": "too-early",
            },
        ),
    },
    "spine and joint": {
        "back-and-knee-both-failed": classes(
            right_knee="non-response", **{"midline_lumbar-epidural": "non-response"}
        ),
        "red-flag-of-the-spine-beside-a-failed-knee": lambda e: (
            e["midline lumbar-epidural"]["suppressed"] and not e["right knee"]["suppressed"]
        ),
    },
}  # fmt: skip
CASES = [
    pytest.param(folder, harmless, id=f"{hazard}: {folder}")
    for hazard, cases in HAZARDS.items()
    for folder, harmless in cases.items()
]


@pytest.mark.parametrize(("folder", "harmless"), CASES)
def test_the_hazard_does_no_harm(folder: str, harmless: Harmless) -> None:
    assert folder in folders()
    assert harmless(episodes(folder))
