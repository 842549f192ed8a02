"""Codes by readable name, from the one table `codes.toml`, as FHIR CodeableConcepts."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@cache
def table() -> dict[str, Any]:
    """Return the whole table."""
    return tomllib.loads((Path(__file__).parent / "codes.toml").read_text())


def coding(entry: str) -> Json:
    """Return the Coding that a `system|code|display` entry of the table means."""
    system, code, display = entry.split("|")
    return {"system": table()["systems"][system], "code": code, "display": display}


def concept(section: str, name: str, text: str | None = None) -> Json:
    """Return the CodeableConcept of a name; a name that the table lacks is text only, as real records have it."""
    entries = table()[section].get(name)
    if entries is None:
        return {"text": text or name}
    return {"coding": [coding(entry) for entry in entries], "text": text or name}


def sided(section: str, name: str, side: str | None) -> tuple[Json, bool]:
    """Return the sided code of a name where the table has one, and whether the code itself says the side."""
    text = f"{name}, {side}" if side else name
    if f"{name} {side}" in table()[section]:
        return concept(section, f"{name} {side}", text), True
    return concept(section, name, text), False


def body_site(site: str | None, side: str | None) -> Json | None:
    """Return a body site with its laterality as a second coding, the way that claims-bred systems write it."""
    codings = [coding(entry) for entry in table()["site"].get(site or "", [])]
    codings += [coding(entry) for entry in table()["side"].get(side or "", [])]
    return {"coding": codings, "text": " ".join(filter(None, (side, site)))} if codings else None


def injection(region: str) -> Json:
    """Return how injections of a region are coded; a row with `like` takes what it lacks from another."""
    row: Json = table()["injection"][region]
    return {**injection(row["like"]), **row} if "like" in row else row


def quantity(value: float, unit: str, code: str | None = None) -> Json:
    """Return a FHIR Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code or unit}


def place(region: str | None, side: str | None) -> Json | None:
    """Return the body site of a region of the contract, or of a site by name; midline has no laterality."""
    row = table()["injection"].get(region or "")
    return body_site(row["site"] if row else region, side if side != "midline" else None)


def status(system: str, code: str) -> Json:
    """Return a status or category of one of HL7's own code systems."""
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def local(code: str) -> Json:
    """Return a concept of the local code system for findings."""
    return {"coding": [{"system": table()["systems"]["finding"], "code": code}], "text": code.replace("-", " ")}


def value(number: float, unit: str | None) -> Json:
    """Return the value[x] of an Observation: a whole number without a unit is an integer."""
    if unit is None and isinstance(number, int):
        return {"valueInteger": number}
    return {"valueQuantity": quantity(number, unit) if unit else {"value": number}}


def injection_code(row: Json, guidance: str) -> Json:
    """Return the procedure code of an injection for what is known of its guidance."""
    return {"coding": [coding(entry) for entry in row.get(guidance) or row.get("unknown") or row["guided"]]}


def used_codes(row: Json, guidance: str, drug: str | None) -> list[Json] | None:
    """Return what the injection used: the drug's billing code, and the statement that nothing guided it."""
    used = [{"coding": [coding(entry) for entry in table()["drug"][drug]["billed"]]}] if drug else []
    if guidance == "unguided" and "unguided" not in row:
        used.append(concept("guidance", "none"))
    return used or None
