"""The figures of a run, counted by the engine out of the work file; nothing in them names a patient."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

from .desk import Desk
from .job import Job, services
from .missing import missing
from .run import Ran

Figures = dict[str, Any]
MOST_CODES = 200
FEWEST_FOR_WORDS = 5  # patients: words without a code that fewer share may say who one is
# A chart counts as often as it was opened; a day without encounters asked about is one opening.
_OURS = """
WITH chart AS (SELECT *, greatest(opened, 1) AS times FROM assessment WHERE knowledge = 'ours' AND failed IS NULL),
shown AS (SELECT card.*, chart.times FROM card JOIN chart USING (knowledge, patient, as_of))
"""


def figures(ran: Ran, job: Job, *, exported: str = "") -> Figures:
    """Count everything; `exported` is the moment that a fetched export is of."""
    desk = ran.desk
    return {
        "asked": {
            "from": job.first.isoformat(),
            "to": job.last.isoformat(),
            "eachEncounter": job.each_encounter,
            "knowledge": desk.dicts(_VERSIONS),
        },
        "export": _export(ran, exported),
        "population": _population(desk),
        "firing": _firing(desk),
        "responses": desk.dicts(_OURS + _RESPONSES),
        "causes": desk.dicts(_OURS + _CAUSES),
        "missing": missing(desk, services(job)["ours"]),
        "unmapped": desk.dicts(_UNMAPPED, FEWEST_FOR_WORDS, MOST_CODES),
        "wordsOfFew": desk.one(_WORDS_OF_FEW, FEWEST_FOR_WORDS),
        "clinic": _clinic(desk, job),
    }


def _export(ran: Ran, exported: str) -> Figures:
    amiss = [*ran.wrong.items(), *ran.desk.rows("SELECT what, sum(times)::BIGINT FROM amiss GROUP BY what")]
    return {
        "asOf": exported,
        "bytes": ran.size,
        "resources": [{"type": kind, "resources": n} for kind, n in sorted(ran.kinds.items(), key=lambda i: -i[1])],
        "amiss": [{"what": what, "times": n} for what, n in sorted(amiss, key=lambda item: (-item[1], item[0]))],
        "places": [{"what": p.what, "file": p.file, "line": p.line} for p in ran.places],
    }


def _population(desk: Desk) -> Figures:
    [found] = desk.dicts(_OURS + _POPULATION)
    found["failed"] = desk.dicts(_FAILED)
    found["outOfScope"] = desk.dicts(_OURS + _SCOPE)
    return found


def _firing(desk: Desk) -> Figures:
    [found] = desk.dicts(_OURS + _OVERALL)
    low, high = interval(found["chartsWithCard"], found["charts"])
    found |= {"rate": _share(found["chartsWithCard"], found["charts"]), "low": low, "high": high}
    for dimension in ("kind", "region", "indicator"):
        found[f"by{dimension.title()}"] = desk.dicts(_OURS + _BY.format(dimension=dimension))
    return found


def _clinic(desk: Desk, job: Job) -> Figures:
    by_day = "visit.day = card.as_of" if job.each_encounter else "true"
    [found] = desk.dicts(_CLINIC.format(by_day=by_day))
    found["histogram"] = desk.dicts(_HISTOGRAM.format(by_day=by_day))
    found["visitsWithoutPractitioner"] = desk.one("SELECT count(*) FROM visit WHERE practitioner = ''")
    return found


def interval(some: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson), which holds at small numbers too."""
    if of == 0:
        return 0.0, 0.0
    z, share = 1.96, some / of
    middle, spread = share + z * z / (2 * of), z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), min(1.0, (middle + spread) / (1 + z * z / of))


def _share(some: int, of: int) -> float | None:
    return some / of if of else None


def named(rows: list[Mapping[str, Any]], name: str, number: str) -> list[tuple[str, int]]:
    """Return rows as pairs for a table or a picture."""
    return [(str(row[name]), int(row[number])) for row in rows]


_VERSIONS = """
SELECT knowledge, max(version) AS version FROM assessment WHERE version IS NOT NULL GROUP BY knowledge
ORDER BY knowledge DESC
"""
_POPULATION = """
SELECT (SELECT count(*) FROM patient) AS patients, count(DISTINCT patient) AS "patientsOpened",
       count(DISTINCT patient) FILTER (episodes > 0) AS "patientsWithInjection",
       count(DISTINCT patient) FILTER (cards > 0) AS "patientsWithCard",
       (SELECT coalesce(sum(resources), 0)::BIGINT FROM patient) AS resources
FROM chart
"""
_FAILED = """
SELECT failed AS what, count(*) AS charts FROM assessment WHERE failed IS NOT NULL GROUP BY failed ORDER BY charts DESC
"""
_SCOPE = """
SELECT out_of_scope AS why, count(DISTINCT patient) AS patients FROM chart WHERE out_of_scope IS NOT NULL
GROUP BY why ORDER BY patients DESC, why
"""
_OVERALL = """
SELECT coalesce(sum(times), 0)::BIGINT AS charts,
       coalesce(sum(times) FILTER (cards > 0), 0)::BIGINT AS "chartsWithCard",
       coalesce(sum(times * cards), 0)::BIGINT AS cards
FROM chart
"""
_BY = """
SELECT {dimension} AS name, sum(times)::BIGINT AS cards, count(DISTINCT patient) AS patients,
       1000.0 * sum(times) / (SELECT sum(times) FROM chart) AS per1000
FROM shown GROUP BY name ORDER BY cards DESC, name
"""
_RESPONSES = """
SELECT response, coalesce(reason, '') AS reason, count(*) AS episodes
FROM episode JOIN chart USING (knowledge, patient, as_of) GROUP BY ALL ORDER BY episodes DESC, response, reason
"""
_CAUSES = """
SELECT cause, count(*) FILTER (state = 'supported') AS supported, count(*) FILTER (state = 'possible') AS possible,
       count(*) FILTER (state = 'not-supported') AS "notSupported",
       count(*) FILTER (state = 'not-assessable') AS "notAssessable"
FROM cause JOIN chart USING (knowledge, patient, as_of) GROUP BY cause ORDER BY supported DESC, possible DESC, cause
"""
_UNMAPPED = """
SELECT system, code, max(display) AS display, beside_known AS "besideKnown", sum(resources)::BIGINT AS resources,
       sum(patients)::BIGINT AS patients
FROM unmapped GROUP BY system, code, CASE WHEN code = '' THEN display END, beside_known
HAVING code <> '' OR sum(patients) >= ? ORDER BY beside_known, resources DESC, system, code, display LIMIT ?
"""
_WORDS_OF_FEW = """
SELECT coalesce(sum(resources), 0)::BIGINT FROM
(SELECT sum(resources) AS resources FROM unmapped WHERE code = '' GROUP BY display HAVING sum(patients) < ?)
"""
_DAYS = """
WITH card_of AS (
    SELECT visit.practitioner, visit.day, visit.patient,
           count(DISTINCT (card.kind, card.region, card.side)) FILTER (card.kind IS NOT NULL) AS cards
    FROM (SELECT DISTINCT * FROM visit WHERE practitioner <> '') AS visit
    LEFT JOIN card ON card.patient = visit.patient AND card.knowledge = 'ours' AND {by_day}
    GROUP BY ALL
), day AS (SELECT practitioner, day, count(*) AS patients, sum(cards)::BIGINT AS cards FROM card_of GROUP BY ALL)
"""
_CLINIC = (
    _DAYS
    + """
SELECT count(*) AS days, count(DISTINCT practitioner) AS practitioners, avg(patients) AS "patientsADay",
       avg(cards) AS "cardsADay", quantile_cont(cards, 0.5) AS "cardsMedian", quantile_cont(cards, 0.9) AS "cardsNinth",
       max(cards) AS "cardsMost", avg((cards > 0)::INTEGER) AS "daysWithCard"
FROM day
"""
)
_HISTOGRAM = _DAYS + "SELECT cards, count(*) AS days FROM day GROUP BY cards ORDER BY cards"
