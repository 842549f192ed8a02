"""Reading one piece of FHIR text: a bad part costs itself only, and nothing is read as an empty list that is none."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cds_service.bundle import read_page
from tests.fhir.evil import bundle, procedure

BAD: dict[str, dict[str, Any]] = {
    "a wrong type": {"resourceType": "Procedure", "id": "bad", "status": 5},
    "no resourceType": {"id": "bad"},
    "an unknown resourceType": {"resourceType": "Injection", "id": "bad"},
    "an id with letters that none has": {"resourceType": "Procedure", "id": "<b>bad</b>"},
    "an id that is too long": {"resourceType": "Procedure", "id": "b" * 201},
    "an id that is empty": {"resourceType": "Procedure", "id": ""},
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_entry_costs_that_entry_only(name: str) -> None:
    whole = bundle(procedure(1), procedure(2))
    whole["entry"].insert(1, {"resource": BAD[name]})
    page = read_page(json.dumps(whole).encode())
    assert [r.id for _, r in page.entries] == ["pr1", "pr2"]
    assert len(page.unreadable) == 1


def test_an_entry_without_a_resource_is_no_bad_entry() -> None:
    whole = bundle(procedure(1), {"resourceType": "Procedure", "id": "bad", "status": 5})
    whole["entry"] += [{"fullUrl": "urn:uuid:1"}, {"resource": None}]
    page = read_page(json.dumps(whole).encode())
    assert [r.id for _, r in page.entries] == ["pr1"]
    assert [aside.reference for aside in page.unreadable] == ["Procedure/bad"]


@pytest.mark.parametrize("text", [b"{}", b'{"entry":[]}', b'{"resourceType":null}', b'{"resourceType":"Injection"}'])
def test_an_object_that_names_no_resource_type_is_no_empty_bundle(text: bytes) -> None:
    page = read_page(text)
    assert page.kind != "Bundle"
    assert page.unreadable


@pytest.mark.parametrize("text", [b"[]", b"3", b'"Bundle"', b"nul", b""])
def test_what_is_no_object_raises(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_page(text)
