"""The files of an export: NDJSON, Bundles, either as .gz, found in folders and by globs, in whatever order."""

from __future__ import annotations

import glob
import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from ..errors import UsageError
from .whose import is_line

Kind = Literal["ndjson", "bundle"]
ENDINGS = (".ndjson", ".jsonl", ".json")
_PEEK = 65_536
_CHUNK = 1 << 20
RANGE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One file: the path as given, where its plain bytes are (elsewhere for .gz), and whether lines or one Bundle."""

    number: int
    path: Path
    plain: Path
    size: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a file found; `kind` is `None` where it holds no FHIR."""

    path: Path
    plain: Path
    size: int
    kind: Kind | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Some bytes of a file of lines (those lines that start in it), or some whole Bundles; the unit of reading."""

    sources: tuple[Source, ...]
    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes are read."""
        return self.end - self.start


def files(given: Iterable[str]) -> list[Path]:
    """Return the files that paths, folders and globs name, each once, in one order whatever the order given."""
    found: set[Path] = set()
    for text in given:
        named = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else [text]  # noqa: PTH207  # may be absolute
        inside = {file for name in named for file in _under(Path(name))}
        if not inside:
            raise UsageError(f"{text}: no file there; name NDJSON files, Bundles, folders or globs of them")
        found |= inside
    return sorted(found)


def looked_at(task: tuple[Path, Path]) -> Seen:
    """Look at one file: unpack it into the spool folder when it is a .gz, and tell lines from a Bundle."""
    path, spool = task
    plain, trouble = (path, "") if path.suffix != ".gz" else _unpacked(path, spool)
    return Seen(path, plain, plain.stat().st_size, _kind(plain), trouble)


def sources_of(seen: Iterable[Seen]) -> tuple[list[Source], list[tuple[Path, str]]]:
    """Number the files that hold FHIR by their path; list what is wrong with a file, which costs no other."""
    sources: list[Source] = []
    wrong: list[tuple[Path, str]] = []
    for each in sorted(seen, key=lambda s: s.path):
        if each.trouble:
            wrong.append((each.path, each.trouble))
        if each.kind is None:
            wrong.append((each.path, "no FHIR in it"))
        else:
            sources.append(Source(len(sources), each.path, each.plain, each.size, each.kind))
    return sources, wrong


def ranges(sources: Iterable[Source], size: int = RANGE_BYTES) -> Iterator[Range]:
    """Cut files of lines into ranges, and gather small Bundles to as much."""
    gathered: list[Source] = []
    taken = 0
    for source in sources:
        if source.kind == "ndjson":
            for start in range(0, source.size, size):
                yield Range((source,), start, min(start + size, source.size))
            continue
        gathered.append(source)
        taken += source.size
        if taken >= size:
            yield _whole(gathered)
            gathered, taken = [], 0
    if gathered:
        yield _whole(gathered)


def _whole(gathered: list[Source]) -> Range:
    return Range(tuple(gathered), 0, sum(s.size for s in gathered))


def _under(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (p for p in path.rglob("*") if _is_data(p) and p.is_file())
    elif path.is_file():
        yield path


def _is_data(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(ENDINGS) and not path.name.startswith(".")


def _unpacked(path: Path, spool: Path) -> tuple[Path, str]:
    """Unpack a .gz as far as it goes; what a truncated one still gives is used."""
    spool.mkdir(parents=True, exist_ok=True)
    stat = path.stat()
    seal = zlib.crc32(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode())
    plain = spool / f"{seal:08x}-{path.name.removesuffix('.gz')}"
    if plain.exists():
        return plain, ""
    partial = plain.with_name(plain.name + ".partial")
    with partial.open("wb") as out, gzip.open(path) as packed:
        trouble = _copied(packed, out)
    if not trouble:
        partial.replace(plain)
        return plain, ""
    return partial, trouble


def _copied(packed: gzip.GzipFile, out: IO[bytes]) -> str:
    try:
        while chunk := packed.read(_CHUNK):
            out.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return "the .gz is truncated or damaged; what came before was used"
    return ""


def _kind(path: Path) -> Kind | None:
    """Tell lines from a Bundle: the first line of lines is a whole resource that is no Bundle."""
    with path.open("rb") as stream:
        head = stream.read(_PEEK).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] not in (b"{", b"["):
        return "ndjson" if path.name.removesuffix(".partial").endswith((".ndjson", ".jsonl")) and head else None
    if path.name.removesuffix(".partial").endswith((".ndjson", ".jsonl")) or is_line(head.split(b"\n", 1)[0]):
        return "ndjson"
    return "bundle"
