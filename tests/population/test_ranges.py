"""However a file is cut into ranges, the same lines are found, at the same places and with the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.population.index import Index
from cds_service.population.sources import Source, ranges
from cds_service.population.spans import read_range

SUBJECT = '"subject":{"reference":"Patient/%s"}'
LINES = [
    '{"resourceType":"Patient","id":"a"}',
    *(f'{{"resourceType":"Condition","id":"c{n}",{SUBJECT % "a"}}}' for n in range(3)),
    "",
    "{not json}",
    f'{{"resourceType":"Condition",{SUBJECT % "b"}}} {{"resourceType":"Condition",{SUBJECT % "b"}}}',
    '{"resourceType":"Observation","subject":{"reference":"Group/1"}}',
    '{"resourceType":"Observation","subject":{"reference":"Group/1"}}',
    f'{{"resourceType":"Observation",\t{SUBJECT % "b"}}}',
    f'{{"resourceType":"Observation","id":"o2",{SUBJECT % "a"}}}\r',
    '{"resourceType":"Medication","id":"m"}',
    '{"resourceType":"Appointment","id":"v","participant":['
    '{"actor":{"reference":"Patient/a"}},{"actor":{"reference":"Patient/b"}}]}',
    f'{{"resourceType":"MedicationRequest",{SUBJECT % "a"},"medicationReference":{{"reference":"Medication/m"}}}}',
    '{"resourceType":"Observation","id":"the last, which breaks o',
]
AMISS = [
    ("Observation without a patient", 8),
    ("Observation without a patient", 9),
    ("no JSON", 6),
    ("no JSON", 7),
    ("no JSON", 15),
]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("size", [1, 7, 64, 65, 200, 1 << 20])
def test_ranges_of_any_size_find_the_same(size: int, mark: bytes, tmp_path: Path) -> None:
    text = mark + "\n".join(LINES).encode()
    path = tmp_path / "lines.ndjson"
    path.write_bytes(text)
    index = Index(tmp_path / "index")
    whose: dict[str, list[bytes]] = {}
    wants: set[str] = set()
    source = Source(0, path, path, len(text), "ndjson")
    for number, each in enumerate(ranges([source], size)):
        found = read_range(each)
        index.keep(number, found)
        wants.update(found.wants)
        for row in found.spans:
            patient, _, start, length, _ = row.split("\t")
            whose.setdefault(patient, []).extend(text[int(start) : int(start) + int(length)].split())
    whole = index.whole()
    assert sorted((what, line) for what, _, line in whole.places) == AMISS
    assert whole.kinds == {"Patient": 1, "Condition": 3, "Observation": 4, "Medication": 1, "Appointment": 1,
                           "MedicationRequest": 1}  # fmt: skip
    assert wants == {"a\tMedication/m\n"}
    lines = [line.encode() for line in LINES]
    assert sorted(whose["a"]) == sorted(part for n in (0, 1, 2, 3, 10, 12, 13) for part in lines[n].split())
    assert sorted(whose["b"]) == sorted(part for n in (9, 12) for part in lines[n].split())
