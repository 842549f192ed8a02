"""Two versions of the rules over the same population: who gains or loses a card, and which rule did it."""

from __future__ import annotations

from typing import Any

from .desk import Desk

MOST_REASONS = 60
EXAMPLES_EACH = 3


def differences(desk: Desk) -> dict[str, Any]:
    """Compare; afterwards the table `difference` holds each card that was gained, lost or changed."""
    desk.rows("DROP TABLE IF EXISTS difference")
    desk.rows(_DIFFERENCE)
    return {
        "cards": desk.dicts(_CARDS),
        "byKind": desk.dicts("SELECT change, kind, count(*) AS cards, count(DISTINCT patient) AS patients "
                             "FROM difference GROUP BY ALL ORDER BY change, cards DESC, kind"),
        "because": desk.dicts(_BECAUSE, MOST_REASONS),
        "responses": desk.dicts(_RESPONSES),
        "examples": desk.dicts(_EXAMPLES, EXAMPLES_EACH),
    }  # fmt: skip


_DIFFERENCE = """
CREATE TABLE difference AS
WITH before AS (SELECT DISTINCT ON (patient, as_of, kind, region, side) * FROM card WHERE knowledge = 'ours'),
after AS (SELECT DISTINCT ON (patient, as_of, kind, region, side) * FROM card WHERE knowledge = 'other'),
pair AS (
    SELECT coalesce(before.patient, after.patient) AS patient, coalesce(before.as_of, after.as_of) AS as_of,
           coalesce(before.kind, after.kind) AS kind, coalesce(before.region, after.region) AS region,
           coalesce(before.side, after.side) AS side,
           CASE WHEN before.patient IS NULL THEN 'gained' WHEN after.patient IS NULL THEN 'lost' ELSE 'changed' END
               AS change,
           before.indicator AS indicator_before, after.indicator AS indicator_after,
           coalesce(before.rules, []) AS card_before, coalesce(after.rules, []) AS card_after
    FROM before FULL JOIN after USING (patient, as_of, kind, region, side)
    WHERE before.patient IS NULL OR after.patient IS NULL OR before.content_key <> after.content_key
       OR before.indicator <> after.indicator
), told AS (
    SELECT pair.*, was.response AS response_before, is_.response AS response_after,
           coalesce(was.rules, []) || card_before AS rules_before, coalesce(is_.rules, []) || card_after AS rules_after
    FROM pair
    LEFT JOIN episode AS was ON was.knowledge = 'ours'
        AND (was.patient, was.as_of, was.region, was.side) = (pair.patient, pair.as_of, pair.region, pair.side)
    LEFT JOIN episode AS is_ ON is_.knowledge = 'other'
        AND (is_.patient, is_.as_of, is_.region, is_.side) = (pair.patient, pair.as_of, pair.region, pair.side)
), reasoned AS (
    SELECT * EXCLUDE (card_before, card_after, rules_before, rules_after),
           list_sort(list_distinct(list_filter(rules_after, lambda x: NOT list_contains(rules_before, x))))
               AS rules_added,
           list_sort(list_distinct(list_filter(rules_before, lambda x: NOT list_contains(rules_after, x))))
               AS rules_removed,
           CASE WHEN response_before IS DISTINCT FROM response_after
                THEN coalesce(response_before, 'no episode') || ' -> ' || coalesce(response_after, 'no episode') END
               AS response,
           list_sort(list_distinct(card_before || card_after)) AS rules_of_card
    FROM told
)
SELECT row_number() OVER (ORDER BY change, kind, region, side, patient, as_of) AS example, *,
       CASE WHEN len(rules_added) + len(rules_removed) > 0 OR response IS NOT NULL THEN
           list_transform(rules_added, lambda x: 'now fires: ' || x)
           || list_transform(rules_removed, lambda x: 'fires no more: ' || x)
           || CASE WHEN response IS NULL THEN [] ELSE ['response: ' || response] END
       ELSE list_transform(rules_of_card, lambda x: 'says or does otherwise: ' || x) END AS because
FROM reasoned
"""
_CARDS = """
SELECT change, count(*) AS cards, count(DISTINCT patient) AS patients FROM difference GROUP BY change ORDER BY change
"""
_BECAUSE = """
SELECT change, kind, why, count(*) AS cards FROM (SELECT change, kind, unnest(because) AS why FROM difference)
GROUP BY ALL ORDER BY change, cards DESC, kind, why LIMIT ?
"""
_RESPONSES = """
SELECT was.response AS before, now.response AS after, count(*) AS episodes
FROM episode AS was JOIN episode AS now USING (patient, as_of, region, side)
WHERE was.knowledge = 'ours' AND now.knowledge = 'other' AND was.response <> now.response
GROUP BY ALL ORDER BY episodes DESC, before, after
"""
_EXAMPLES = """
SELECT example, change, kind, region, side, indicator_before AS "indicatorBefore", indicator_after AS "indicatorAfter",
       response_before AS "responseBefore", response_after AS "responseAfter", because
FROM difference
QUALIFY row_number() OVER (PARTITION BY change, kind, because ORDER BY example) <= ?
ORDER BY example LIMIT 200
"""
