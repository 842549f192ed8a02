"""Each line of the specification that binds a service has a test whose name holds the line's number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FILES = (
    "wire/test_conformance.py", "wire/test_conformance_of_prefetch.py", "fhir/test_conformance_of_reading.py",
    "security/test_conformance_of_tokens.py",
)  # fmt: skip
# Every SHALL, SHOULD, REQUIRED, RECOMMENDED and CONDITIONAL of the checklist that speaks of the service or of both
# sides, and of those of the client the ones that a service can check. Left out: 88 (one FHIR version in a context,
# which for `patient-view` holds no resource), 172 (registration at the EHR) and what clients do among themselves.
BINDING = (
    *range(1, 8), 9, 11, 13, 14, 15, 16, 17, 18, 19, 22, 26, 27, 28, *range(29, 34), *range(36, 46), 48, 51,
    54, 55, 58, 59, 61, 62, 63, 64, 65, 66, 67, 68, 69, 71, 76, 82, 83, 84, 85, 87, 89, 90, 91, 93, 94, 95,
    97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 109, 110, 111, 112, 113, 115, 118, 119, 120, 122, 123, 124, 125,
    126, 131, 132, 133, *range(136, 147), 152, 153, *range(154, 172), 173, 176, 177,
)  # fmt: skip


def named() -> set[int]:
    """Return the numbers in the names of tests and of their cases; `30 to 33` stands for all between."""
    found: set[int] = set()
    for file in FILES:
        for name in re.findall(
            r'^(?:def test_| +")((?:\d+|and|to|[_ ,])+)', (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE
        ):
            words = re.findall(r"\d+|to", name)
            found |= {int(word) for word in words if word != "to"}
            for at, word in enumerate(words):
                if word == "to":
                    found |= set(range(int(words[at - 1]), int(words[at + 1]) + 1))
    return found


@pytest.mark.parametrize("row", BINDING)
def test_row_has_a_test(row: int) -> None:
    assert row in named()
