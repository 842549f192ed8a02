"""The index of an export on disk: what each range held, written so that a run that was interrupted reads none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from .found import Found
from .sources import Range, Source
from .whose import READ

_NOTHING = "the export holds no resource of this type"


class Summary(msgspec.Struct, frozen=True):
    """What a range held besides its rows."""

    kinds: dict[str, int]
    lines: dict[int, int]
    wrong: dict[str, int]
    places: tuple[tuple[str, int, int], ...]
    links: tuple[tuple[int, str, str], ...]
    held: dict[int, frozenset[str]]


class Place(msgspec.Struct, frozen=True):
    """Something wrong: what, in which file, in which line (0: of the file as a whole)."""

    what: str
    file: str
    line: int


class Index:
    """The folder of an index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def missing(self, ranges: Iterable[Range]) -> Iterator[tuple[int, Range]]:
        """Yield the ranges that were not read yet, with their numbers."""
        for number, each in enumerate(ranges):
            if not self._summary(number).exists():
                yield number, each

    def keep(self, number: int, found: Found) -> None:
        """Write what a range held; the summary last, since it says that all is there."""
        for name in ("spans", "wants", "medications"):
            rows: list[str] = getattr(found, name)
            if rows:
                (self.folder / f"{name}-{number:07d}.tsv").write_text("".join(rows), encoding="utf-8")
        held = {file: frozenset(kinds) for file, kinds in found.held.items()}
        summary = Summary(
            dict(found.kinds), found.lines, dict(found.wrong), tuple(found.places), tuple(found.links), held
        )
        partial = self._summary(number).with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(summary))
        partial.replace(self._summary(number))

    def whole(self) -> Summary:
        """Return all summaries as one, in the order of the ranges, so that lines are counted from the top of a file."""
        kinds: Counter[str] = Counter()
        lines: Counter[int] = Counter()
        wrong: Counter[str] = Counter()
        places: list[tuple[str, int, int]] = []
        links: list[tuple[int, str, str]] = []
        held: dict[int, frozenset[str]] = {}
        for path in sorted(self.folder.glob("found-*.json")):
            found = msgspec.json.decode(path.read_bytes(), type=Summary)
            kinds.update(found.kinds)
            wrong.update(found.wrong)
            places += ((what, file, line and lines[file] + line) for what, file, line in found.places)
            lines.update(found.lines)
            links += found.links
            for file, each in found.held.items():
                held[file] = held.get(file, frozenset()) | each
        kept = {kind: number for kind, number in kinds.items() if kind and number}
        return Summary(kept, dict(lines), dict(wrong), tuple(places), tuple(links), held)

    def _summary(self, number: int) -> Path:
        return self.folder / f"found-{number:07d}.json"


def pages_missing(found: Summary) -> frozenset[int]:
    """Return the Bundles of which a further page is not among the files."""
    own = {url for _, relation, url in found.links if relation == "self"}
    return frozenset(file for file, relation, url in found.links if relation == "next" and url not in own)


def gaps(found: Summary, sources: Iterable[Source]) -> dict[str, str]:
    """Return the types of which an export by type holds nothing: no negative conclusion may rest on them."""
    if all(source.kind == "bundle" for source in sources):
        return {}
    return {kind: _NOTHING for kind in sorted(READ - {"Medication"}) if not found.kinds.get(kind)}


def places(found: Summary, sources: list[Source], *, most: int) -> list[Place]:
    """Return where things are wrong, by file and line; the first of each kind."""
    listed: list[Place] = []
    count: Counter[str] = Counter()
    for what, file, line in sorted(found.places):
        count[what] += 1
        if count[what] <= most:
            listed.append(Place(what, sources[file].path.name, line))
    return listed
