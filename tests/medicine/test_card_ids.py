"""Ids of cards and suggestions: version 4 of RFC 9562, and never the same one twice."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from hooks.steroid_injection_followup.cards.ids import uuids


def test_ids_are_random_uuids() -> None:
    found = uuids(200)
    assert len(set(found)) == len(found)
    assert {(UUID(each).version, UUID(each).variant) for each in found} == {(4, RFC_4122)}
    assert [str(UUID(each)) for each in found] == found


def test_every_variant_comes_up() -> None:
    assert {each[19] for each in uuids(400)} == set("89ab")
