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
_BySystem = Mapping[str, frozenset[str]]
_NOWHERE: Final[_BySystem] = {}
_BASE: Final = 5  # letters and digits of a code that claim modifiers of two follow (CPT, HCPCS)


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
    """The value sets of one or more knowledge folders, ready to look codes up.

    The table is read by code, then by system: most codes of a chart are in no value set, and one look tells.
    """

    def __init__(self, library: Library) -> None:
        systems, self._members, self._numbers = library
        self._systems = systems
        self._names = {(c.system, c.code): c.display for codes in self._members.values() for c in codes}
        self._by_code = _by_code(self._members, systems)
        self._canonical = {uri: uri for by_system in self._by_code.values() for uri in by_system}
        self._canonical |= {s: c.uri for c in systems.values() for s in (c.uri, *c.aliases)}
        self._canonical |= {spelling(s): uri for s, uri in self._canonical.items()}
        self._modified = [uri for uri, system in systems.items() if system.modified]
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
            code = coding.code
            if code is not None and code in self._by_code:  # most codes are in no value set
                by_system = self._by_code[code]
                tags = by_system.get(coding.system or "") or self.coding_tags(coding.system, code)
                found = found | tags if found else tags
            elif code is not None and len(code) > _BASE + 2 and code[_BASE] == "-":
                found = found | self.coding_tags(coding.system, code)
        return found

    def coding_tags(self, system: str | None, code: str | None) -> frozenset[str]:
        """Give the ids of every value set that holds this one code."""
        by_system = self._by_code.get(code or "", _NOWHERE)
        uri = self.canonical(system) or ""
        found = by_system.get(system or "") or by_system.get(uri, NO_TAGS)
        return found or (self._modified_tags(uri, code or "") if uri in self._modified else NO_TAGS)

    def _modified_tags(self, uri: str, code: str) -> frozenset[str]:
        """Give the ids of a code that claim modifiers follow behind hyphens, and those of each modifier."""
        base, *modifiers = code.split("-")
        found = self._by_code.get(base, _NOWHERE).get(uri, NO_TAGS)
        meant = (self._by_code.get(m, _NOWHERE).get(of, NO_TAGS) for m in modifiers for of in self._modified)
        return found.union(*meant) if found else NO_TAGS

    def _key(self, system: str | None, code: str | None) -> tuple[str, str]:
        """Give the system and code under which names and numbers are kept."""
        uri, plain = self.canonical(system) or "", code or ""
        return (uri, plain[:_BASE]) if plain[_BASE : _BASE + 1] == "-" and uri in self._modified else (uri, plain)

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
            tags = self.coding_tags(code.system, code.code)
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
        return self._names.get(self._key(system, code))

    def canonical(self, system: str | None) -> str | None:
        """Give the canonical URI of a code system, whichever known spelling is passed."""
        if system is None:
            return None
        return self._canonical.get(system) or self._canonical.get(spelling(system), system)

    def system_name(self, system: str | None) -> str | None:
        """Give the short name of a code system (for example the name to show beside a code)."""
        known = self._systems.get(self.canonical(system) or "")
        return known.name if known else None

    def _value(self, concept: ConceptLike | None, url: str) -> Decimal | bool | None:
        for coding in (concept.coding or ()) if concept is not None else ():
            found = self._numbers.get(self._key(coding.system, coding.code), {}).get(url)
            if found is not None:
                return found
        return None


def _by_code(members: Mapping[str, Sequence[Code]], systems: Mapping[str, CodeSystem]) -> Mapping[str, _BySystem]:
    """Turn set -> codes into code -> system -> tags; codes that mean the same share what they lead to."""
    combinations: dict[tuple[frozenset[str], str], frozenset[str]] = {}
    table: dict[str, dict[str, frozenset[str]]] = {}
    for tag, codes in members.items():
        for system, code, _ in codes:
            by_system = table.setdefault(code, {})
            key = by_system.get(system, NO_TAGS), tag
            by_system[system] = combinations.get(key) or combinations.setdefault(key, key[0] | {tag})
    for dotted in [code for code in table if "." in code]:
        for system, tags in table[dotted].items():
            if system in systems and systems[system].dotless:
                table.setdefault(dotted.replace(".", ""), {})[system] = tags
    shared: dict[tuple[tuple[str, frozenset[str]], ...], _BySystem] = {}
    return {code: shared.setdefault(tuple(found.items()), found) for code, found in table.items()}
