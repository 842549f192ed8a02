"""What data is missing: which causes cannot be assessed for it, and which types of resources and codes would help."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..service import Service, Settled, Settling
from .desk import Desk

MOST_TEXTS = 50
MOST_EACH = 8
_NO_ONE_SAYS = Settled(())


def missing(desk: Desk, service: Service) -> dict[str, Any]:
    """Count what is missing, in episodes; why causes were not asked is told apart, since no data would help there."""
    said = _said(desk, service)
    desk.rows("CREATE OR REPLACE TEMP TABLE settled (cause VARCHAR, says VARCHAR, asked BOOLEAN, types VARCHAR[])")
    desk.fill(
        "INSERT INTO settled VALUES (?, ?, ?, ?)",
        [[*key, by is not None, list(by.resource_types) if by else []] for key, by in said.items()],
    )
    by_cause: dict[str, list[dict[str, Any]]] = {}
    for row in desk.dicts(_LACKING + _SETTLED):
        cause = row.pop("cause")
        by_cause.setdefault(cause, []).append(row | _where(said.get((cause, row["says"]))))
    by_text = {says: by for (_, says), by in said.items() if by is not None}
    texts = [row | {"codes": _where(by_text.get(row["says"]))["codes"]} for row in desk.dicts(_LACKING + _TEXTS)]
    return {
        "resourceTypes": desk.dicts(_LACKING + _BY_TYPE),
        "causes": [row | {"settledBy": by_cause[row["cause"]][:MOST_EACH]} for row in desk.dicts(_LACKING + _CAUSES)],
        "texts": texts[:MOST_TEXTS],
        "notAsked": desk.dicts(_LACKING + _NOT_ASKED),
        "types": desk.dicts(_TYPES),
    }


def _said(desk: Desk, service: Service) -> dict[tuple[str, str], Settled | None]:
    """Ask the service what would settle each thing that a cause misses."""
    pairs = desk.rows("SELECT DISTINCT cause, unnest(missing) FROM cause WHERE knowledge = 'ours'")
    settles = service.settled_by if isinstance(service, Settling) else lambda *_: _NO_ONE_SAYS
    return {(cause, says): settles(cause, says) for cause, says in pairs}


def _where(by: Settled | None) -> dict[str, Any]:
    found = by or _NO_ONE_SAYS
    return {"resourceTypes": list(found.resource_types), "codes": [asdict(code) for code in found.codes]}


_LACKING = """
WITH lacking AS (
    SELECT (patient, as_of, region, side) AS episode, state, settled.*
    FROM (SELECT *, unnest(missing) AS says FROM cause WHERE knowledge = 'ours') JOIN settled USING (cause, says)
)
"""
_CAUSES = """
SELECT cause, count(DISTINCT episode) AS episodes FROM lacking WHERE asked AND state = 'not-assessable'
GROUP BY cause ORDER BY episodes DESC, cause
"""
_SETTLED = """
SELECT cause, says, count(DISTINCT episode) AS episodes FROM lacking WHERE asked AND state = 'not-assessable'
GROUP BY cause, says ORDER BY episodes DESC, says
"""
_TEXTS = """
SELECT says, count(DISTINCT episode) AS episodes, count(DISTINCT cause) AS causes,
       list_sort(list_distinct(flatten(list(types)))) AS "resourceTypes"
FROM lacking WHERE asked GROUP BY says ORDER BY episodes DESC, says
"""
_BY_TYPE = """
SELECT type, count(DISTINCT episode) AS episodes, count(DISTINCT says) AS things, count(DISTINCT cause) AS causes
FROM (SELECT *, unnest(types) AS type FROM lacking WHERE asked) GROUP BY type ORDER BY episodes DESC, type
"""
_NOT_ASKED = """
SELECT says, count(DISTINCT episode) AS episodes FROM lacking WHERE NOT asked GROUP BY says ORDER BY episodes DESC, says
"""
_TYPES = """
SELECT type, count(DISTINCT patient) AS patients
FROM (SELECT patient, unnest(incomplete) AS type FROM assessment WHERE knowledge = 'ours' AND failed IS NULL)
GROUP BY type ORDER BY patients DESC, type
"""
