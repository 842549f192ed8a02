"""Value sets as one table: a code answers with the ids ("tags") of every value set that holds it.

A knowledge folder holds `valuesets/*.json` (FHIR R4 ValueSet, one file a set) and `code-systems.toml`
(each code system's canonical URI and the other spellings seen in real records). Later folders are laid
over earlier ones, so a site adds, renames, takes out or prefers its own codes without touching ours.
No code and no URI of a clinical code system is written in Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

from .value_sets import VALUE_SET_FOLDER, Code, CodeSystem, Library, TerminologyError, read_library, spelling

__all__ = ["Code", "CodingLike", "ConceptLike", "Terminology", "TerminologyError"]

NO_TAGS: Final[frozenset[str]] = frozenset()
NO_TABLE: Final[Mapping[str, frozenset[str]]] = {}
# Spellings of a URI that arrive in requests are remembered; the bound keeps a hostile client from filling memory.
REMEMBERED_SPELLINGS: Final = 2048


class CodingLike(Protocol):
    """What this module reads of a FHIR Coding."""

    @property
    def system(self) -> str | None: ...
    @property
    def code(self) -> str | None: ...


class ConceptLike(Protocol):
    """What this module reads of a FHIR CodeableConcept."""

    @property
    def coding(self) -> Sequence[CodingLike] | None: ...


class Terminology:
    """The value sets of one or more knowledge folders, ready to look codes up."""

    def __init__(self, library: Library) -> None:
        systems, self._members, self._numbers = library
        self._systems = systems
        self._names = {(c.system, c.code): c.display for codes in self._members.values() for c in codes}
        self._tables = _tables(self._members, systems)
        self._canonical = {spelling(uri): uri for uri in self._tables}
        self._canonical |= {spelling(s): c.uri for c in systems.values() for s in (c.uri, *c.aliases)}
        self._by_uri: dict[str, Mapping[str, frozenset[str]]] = dict(self._tables)
        self.ids: frozenset[str] = frozenset(self._members)

    @classmethod
    def load(cls, *folders: Path) -> Terminology:
        """Read the knowledge folders in order; each later one is laid over the earlier ones."""
        return cls(read_library(folders))

    def tags(self, concept: ConceptLike | None) -> frozenset[str]:
        """Give the ids of every value set that any coding of the concept is in."""
        found = NO_TAGS
        if concept is None:
            return found
        for coding in concept.coding or ():
            system = coding.system
            table = self._by_uri.get(system) if system is not None else NO_TABLE
            tags = (self._respelt(system or "") if table is None else table).get(coding.code or "")
            if tags:
                found = found | tags if found else tags
        return found

    def coding_tags(self, system: str | None, code: str | None) -> frozenset[str]:
        """Give the ids of every value set that holds this one code."""
        if system is None or code is None:
            return NO_TAGS
        table = self._by_uri.get(system)
        return (self._respelt(system) if table is None else table).get(code, NO_TAGS)

    def number(self, concept: ConceptLike | None, url: str) -> Decimal | None:
        """Give the number that a value set carries on one of the concept's codes under this extension."""
        value = self._value(concept, url)
        return value if isinstance(value, Decimal) else None

    def flag(self, concept: ConceptLike | None, url: str) -> bool:
        """Say whether a value set marks one of the concept's codes with this boolean extension."""
        return self._value(concept, url) is True

    def first(self, tag: str, *also: str) -> Code:
        """Give the preferred code of a set: the first one that is in all the other named sets too."""
        for code in self.members(tag):
            tags = self._tables[code.system][code.code]
            if all(other in tags for other in also):
                return code
        wanted = " that is also in ".join((f"'{tag}'", *(f"'{other}'" for other in also)))
        raise TerminologyError(f"No code in value set {wanted}. Add one to {VALUE_SET_FOLDER}/{tag}.json.")

    def members(self, tag: str) -> tuple[Code, ...]:
        """Give the codes of a set, the preferred one first."""
        if tag not in self._members:
            raise TerminologyError(
                f"There is no value set '{tag}'. Add {VALUE_SET_FOLDER}/{tag}.json or mend the name."
            )
        return self._members[tag]

    def display(self, system: str | None, code: str | None) -> str | None:
        """Give the name that the value sets show for a code, or None when no set holds it."""
        return self._names.get((self.canonical(system) or "", code or ""))

    def canonical(self, system: str | None) -> str | None:
        """Give the canonical URI of a code system, whichever known spelling is passed."""
        return None if system is None else self._canonical.get(spelling(system), system)

    def system_name(self, system: str | None) -> str | None:
        """Give the short name of a code system (for example the name to show beside a code)."""
        known = self._systems.get(self.canonical(system) or "")
        return known.name if known else None

    def _respelt(self, system: str) -> Mapping[str, frozenset[str]]:
        """Find the table of a URI in a spelling not met before, and remember it, an unknown one too."""
        table = self._tables.get(self._canonical.get(spelling(system), ""), NO_TABLE)
        if len(self._by_uri) < REMEMBERED_SPELLINGS:
            self._by_uri[system] = table
        return table

    def _value(self, concept: ConceptLike | None, url: str) -> Decimal | bool | None:
        for coding in (concept.coding or ()) if concept is not None else ():
            found = self._numbers.get((self.canonical(coding.system) or "", coding.code or ""), {}).get(url)
            if found is not None:
                return found
        return None


def _tables(
    members: Mapping[str, Sequence[Code]], systems: Mapping[str, CodeSystem]
) -> dict[str, dict[str, frozenset[str]]]:
    """Turn set -> codes into system -> code -> tags, one shared frozenset for each combination of tags."""
    combinations: dict[tuple[frozenset[str], str], frozenset[str]] = {}
    tables: dict[str, dict[str, frozenset[str]]] = {}
    for tag, codes in members.items():
        for system, code, _ in codes:
            table = tables.get(system)
            if table is None:
                table = tables[system] = {}
            before = table.get(code, NO_TAGS)
            held = combinations.get((before, tag))
            if held is None:
                held = combinations[before, tag] = before | {tag}
            table[code] = held
    for uri, known in systems.items():
        if known.dotless and uri in tables:
            tables[uri] |= {code.replace(".", ""): held for code, held in tables[uri].items()}
    return tables
