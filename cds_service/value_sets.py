"""Reading value sets from disk: FHIR R4 ValueSet files and the spellings of code system URIs, laid folder over folder.

`terminology.py` answers from what is read here; nothing else needs this module.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from .errors import KnowledgeError

VALUE_SET_FOLDER: Final = "valuesets"
CODE_SYSTEMS_FILE: Final = "code-systems.toml"


class TerminologyError(KnowledgeError):
    """A value set cannot be read or used; the text names the file, the place in it and the remedy."""


class Code(NamedTuple):
    """One code of a code system, with the name to show."""

    system: str
    code: str
    display: str


class _Extension(msgspec.Struct, frozen=True, rename="camel"):
    url: str
    value_decimal: Decimal | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None


class _Concept(msgspec.Struct, frozen=True):
    code: str
    display: str = ""
    extension: tuple[_Extension, ...] = ()


class _Include(msgspec.Struct, frozen=True, rename="camel"):
    system: str | None = None
    concept: tuple[_Concept, ...] = ()
    filter: tuple[msgspec.Raw, ...] = ()
    value_set: tuple[str, ...] = ()


class _Compose(msgspec.Struct, frozen=True):
    include: tuple[_Include, ...] = ()
    exclude: tuple[_Include, ...] = ()


class _Contains(msgspec.Struct, frozen=True):
    system: str | None = None
    code: str | None = None
    display: str = ""
    abstract: bool = False
    extension: tuple[_Extension, ...] = ()
    contains: tuple[_Contains, ...] = ()


class _ValueSet(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str
    id: str
    compose: _Compose = _Compose()
    expansion: _Contains | None = None


class CodeSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code system; its codes are also met without dots (`dotless`) or with claim modifiers (`modified`, 20610-RT)."""

    uri: str
    name: str
    aliases: tuple[str, ...] = ()
    dotless: bool = False
    modified: bool = False


class _CodeSystems(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    system: tuple[CodeSystem, ...] = ()


_VALUE_SET = msgspec.json.Decoder(_ValueSet)

Key = tuple[str, str]
Numbers = dict[str, Decimal | bool]


class Library(NamedTuple):
    """What the folders hold: code systems by canonical URI, the codes of each set, the numbers carried on codes."""

    systems: dict[str, CodeSystem]
    members: dict[str, tuple[Code, ...]]
    numbers: dict[Key, Numbers]


def read_library(folders: Sequence[Path]) -> Library:
    """Read knowledge folders in order; each later one is laid over the earlier ones."""
    systems: dict[str, CodeSystem] = {}
    for folder in folders:
        systems |= _read_systems(folder / CODE_SYSTEMS_FILE)
    uris = {spelling(s): c.uri for c in systems.values() for s in (c.uri, *c.aliases)}
    members: dict[str, dict[Key, Code]] = {}
    numbers: dict[Key, Numbers] = {}
    for folder in folders:
        _lay_over(folder, uris, members, numbers)
    if not members:
        places = ", ".join(str(f / VALUE_SET_FOLDER) for f in folders) or "no folder"
        raise TerminologyError(
            f"No value set found in {places}. Pass the knowledge folder that holds '{VALUE_SET_FOLDER}/'."
        )
    return Library(systems, {tag: tuple(codes.values()) for tag, codes in members.items()}, numbers)


def spelling(uri: str) -> str:
    """Fold away the differences between spellings of one URI: scheme, case, white space, trailing slash."""
    return uri.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def _read_systems(file: Path) -> dict[str, CodeSystem]:
    if not file.exists():
        return {}
    try:
        read = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _CodeSystems)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as problem:
        raise TerminologyError(
            f"{file}: {problem}. A [[system]] table has 'uri', 'name', 'aliases', 'dotless' and 'modified'."
        ) from problem
    return {system.uri: system for system in read.system}


def _read_value_set(file: Path) -> _ValueSet:
    try:
        read = _VALUE_SET.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise TerminologyError(
            f"{file}: {problem}. Write a FHIR R4 ValueSet with 'id' and 'compose.include[].system/concept[].code'."
        ) from problem
    if read.resource_type != "ValueSet":
        raise TerminologyError(
            f"{file}: $.resourceType is '{read.resource_type}'. Only ValueSet files belong in"
            f" '{VALUE_SET_FOLDER}/'; move it out."
        )
    if read.id != file.stem:
        raise TerminologyError(f"{file}: $.id is '{read.id}'. Give the file the name of its id: {read.id}.json.")
    return read


def _lay_over(
    folder: Path, uris: Mapping[str, str], members: dict[str, dict[Key, Code]], numbers: dict[Key, Numbers]
) -> None:
    """Lay one folder's sets over what earlier folders gave: its codes come first, its exclusions take away."""
    carried: dict[Key, Numbers] = {}
    for file in sorted((folder / VALUE_SET_FOLDER).glob("*.json")):
        read = _read_value_set(file)
        below = _without(file, read.compose.exclude, uris, members.get(read.id, {}))
        own = _own_codes(file, read, uris, below, carried)
        members[read.id] = own | {key: code for key, code in below.items() if key not in own} if below else own
    for key, values in carried.items():
        numbers.setdefault(key, {}).update(values)


def _own_codes(
    file: Path, read: _ValueSet, uris: Mapping[str, str], below: Mapping[Key, Code], carried: dict[Key, Numbers]
) -> dict[Key, Code]:
    own: dict[Key, Code] = {}
    for place, spelt, concepts in _listed(file, read):
        system = uris.get(spelling(spelt), spelt)
        for index, concept in enumerate(concepts):
            key = (system, concept.code)
            if key in own:
                raise TerminologyError(
                    f"{file}: {place}[{index}] is code '{concept.code}' of {spelt} a second time. Keep one of them."
                )
            own[key] = Code(system, concept.code, concept.display or (below[key].display if key in below else ""))
            if concept.extension:
                _carry(file, f"{place}[{index}]", concept.extension, carried.setdefault(key, {}))
    return own


def _without(
    file: Path, excludes: Sequence[_Include], uris: Mapping[str, str], below: Mapping[Key, Code]
) -> Mapping[Key, Code]:
    """Take away what an overlay excludes: the listed codes, or the whole system when it lists none."""
    for index, exclude in enumerate(excludes):
        spelt = _listed_system(file, f"$.compose.exclude[{index}]", exclude)
        system, gone = uris.get(spelling(spelt), spelt), {concept.code for concept in exclude.concept}
        below = {key: code for key, code in below.items() if key[0] != system or (gone and key[1] not in gone)}
    return below


def _listed(file: Path, read: _ValueSet) -> Iterable[tuple[str, str, Sequence[_Concept]]]:
    """Give the codes of a set by system, with their place in the file; a server's expansion is used as it stands."""
    if read.expansion is not None:
        yield from _expanded(file, "$.expansion.contains", read.expansion.contains)
        return
    for index, include in enumerate(read.compose.include):
        place = f"$.compose.include[{index}]"
        system = _listed_system(file, place, include)
        if not include.concept:
            raise TerminologyError(
                f"{file}: {place} lists no concept. List its codes in 'concept', or store the expansion that a"
                " terminology server gives."
            )
        yield f"{place}.concept", system, include.concept


def _listed_system(file: Path, place: str, include: _Include) -> str:
    if include.filter or include.value_set or not include.system:
        raise TerminologyError(
            f"{file}: {place} needs 'system' and listed codes; 'filter' and 'valueSet' are not evaluated here."
            " Store the expansion that a terminology server gives."
        )
    return include.system


def _expanded(file: Path, place: str, contains: Sequence[_Contains]) -> Iterable[tuple[str, str, Sequence[_Concept]]]:
    for index, entry in enumerate(contains):
        where = f"{place}[{index}]"
        if entry.code and not entry.abstract:
            if not entry.system:
                raise TerminologyError(f"{file}: {where} has a code without 'system'. Add the system.")
            yield where, entry.system, (_Concept(entry.code, entry.display, entry.extension),)
        yield from _expanded(file, f"{where}.contains", entry.contains)


def _carry(file: Path, where: str, extensions: Sequence[_Extension], carried: Numbers) -> None:
    """Keep the numbers on a concept; two sets of one folder may repeat a number but not contradict it."""
    for extension in extensions:
        value = _value_of(extension)
        if value is None:
            continue
        if carried.setdefault(extension.url, value) != value:
            raise TerminologyError(
                f"{file}: {where} carries {value} for '{extension.url}', another set of the folder"
                f" {carried[extension.url]}. Make them equal."
            )


def _value_of(extension: _Extension) -> Decimal | bool | None:
    if extension.value_boolean is not None:
        return extension.value_boolean
    whole = extension.value_integer
    return extension.value_decimal if whole is None else Decimal(whole)
