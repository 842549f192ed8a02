"""A chart as the prefetch that an EHR would send for the templates of discovery."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Json = dict[str, Any]


def prefetched(bundle: Json, templates: dict[str, str]) -> Json:
    """Return each template's value: the Patient for a read, a searchset for a search.

    Where several searches ask for one type, the first gets all resources of it: which of them a real server would
    send for which is not what these cases are about. A Medication comes along with what refers to it.
    """
    by_type: defaultdict[str, list[Json]] = defaultdict(list)
    for entry in bundle["entry"]:
        by_type[entry["resource"].get("resourceType", "")].append(entry)
    by_type["MedicationAdministration"] += by_type.pop("Medication", [])
    sent: Json = {}
    for key, query in templates.items():
        kind = query.split("?")[0].split("/")[0]
        found = by_type.pop(kind, [])
        sent[key] = searchset(found) if "?" in query else found[0]["resource"] if found else None
    return sent


def searchset(entries: list[Json]) -> Json:
    """Return entries as the one page of a search."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "entry": [{**entry, "search": {"mode": "match"}} for entry in entries],
    }
