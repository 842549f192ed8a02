"""What is kept of an answer: rows of a few tables, out of the cards and the explanation of the contract alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..chart import Chart
from ..service import Assessment

Row = Mapping[str, Any]

# Each table with its columns, as the engine that counts declares them.
TABLES: Mapping[str, Mapping[str, str]] = {
    "assessment": {
        "knowledge": "VARCHAR", "patient": "VARCHAR", "as_of": "DATE", "opened": "INTEGER",
        "episodes": "INTEGER", "cards": "INTEGER", "out_of_scope": "VARCHAR", "incomplete": "VARCHAR[]",
        "failed": "VARCHAR", "version": "VARCHAR",
    },
    "card": {
        "knowledge": "VARCHAR", "patient": "VARCHAR", "as_of": "DATE", "kind": "VARCHAR", "region": "VARCHAR",
        "side": "VARCHAR", "indicator": "VARCHAR", "rules": "VARCHAR[]", "causes": "VARCHAR[]",
        "content_key": "VARCHAR",
    },
    "episode": {
        "knowledge": "VARCHAR", "patient": "VARCHAR", "as_of": "DATE", "region": "VARCHAR", "side": "VARCHAR",
        "structure": "VARCHAR", "injections": "INTEGER", "response": "VARCHAR", "reason": "VARCHAR",
        "suppressed": "BOOLEAN", "rules": "VARCHAR[]",
    },
    "cause": {
        "knowledge": "VARCHAR", "patient": "VARCHAR", "as_of": "DATE", "region": "VARCHAR", "side": "VARCHAR",
        "cause": "VARCHAR", "state": "VARCHAR", "strength": "VARCHAR", "missing": "VARCHAR[]",
    },
    "visit": {"patient": "VARCHAR", "day": "DATE", "practitioner": "VARCHAR"},
    "unmapped": {
        "system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR", "beside_known": "BOOLEAN", "resources": "INTEGER",
        "patients": "INTEGER",
    },
    "amiss": {"what": "VARCHAR", "times": "INTEGER"},
}  # fmt: skip


def rows_of(version: str, whose: str, answer: Assessment, *, chart: Chart, opened: int) -> Iterator[tuple[str, Row]]:
    """Yield the rows of one answer with the names of their tables."""
    key = {"knowledge": version, "patient": whose, "as_of": chart.as_of}
    said = answer.explanation
    episodes = said.get("episodes", ())
    yield (
        "assessment",
        {
            **key,
            "opened": opened,
            "episodes": len(episodes),
            "cards": len(answer.cards),
            "out_of_scope": said.get("outOfScope"),
            "version": answer.knowledge_version,
            "incomplete": [gap["type"] for gap in said.get("incomplete", ())],
        },
    )
    for card in answer.cards:
        yield (
            "card",
            {
                **key,
                "kind": card.kind,
                "region": card.region,
                "side": card.side,
                "indicator": card.indicator,
                "rules": card.rules,
                "causes": card.causes,
                "content_key": card.content_key,
            },
        )
    for episode in episodes:
        yield from _of_episode({**key, "region": episode["region"], "side": episode["side"]}, episode)


def _of_episode(key: Row, episode: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    yield (
        "episode",
        {
            **key,
            "structure": episode["structure"],
            "injections": len(episode["injections"]),
            "response": episode["response"]["class"],
            "reason": episode["response"]["reason"],
            "suppressed": episode["suppressed"],
            "rules": sorted(_rules(episode)),
        },
    )
    for cause in episode["causes"]:
        yield (
            "cause",
            {
                **key,
                "cause": cause["id"],
                "state": cause["state"],
                "strength": cause["strength"],
                "missing": cause["missing"],
            },
        )


def _rules(episode: Mapping[str, Any]) -> set[str]:
    """Return the names of all rules that fired in an episode."""
    evidence = {e["id"] for cause in episode["causes"] for e in cause["evidence"]}
    return evidence | {finding["rule"] for finding in episode.get("findings", ()) if finding.get("rule")}
