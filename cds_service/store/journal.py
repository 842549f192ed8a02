"""A file that remembers issued cards until the database has them: it outlives a process that is killed.

One process, one journal, locked while the process lives. A journal whose lock is free belongs to nobody any more, and
whoever finds it writes it to the database. Each line has a number, and the database remembers the last one written.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import msgspec

from .engine import sqlite_file
from .issued import Batch, Entry, IssuedExchange

RETRY_SECONDS = 10.0
_SUFFIX = ".journal"
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct):
    """One line of the file."""

    line: int
    exchange: IssuedExchange


_decode = msgspec.json.Decoder(Line).decode


def folder_for(url: str) -> Path:
    """Return where the journals of a database lie: beside SQLite's file, else in this user's temporary folder."""
    file = sqlite_file(url)
    if file is not None:
        return file.with_name(file.name + ".spool")
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"cds-service-{os.geteuid()}-{name}"


class Journal:
    """This process's journal; where the folder cannot be used it only numbers the lines."""

    def __init__(self, folder: Path) -> None:
        self.id = uuid4().hex
        self._folder = folder
        self._path = folder / f"{self.id}{_SUFFIX}"
        self._line = 0
        self._bytes = 0
        self._file: int | None = None
        self._tried_at = float("-inf")

    def append(self, exchange: IssuedExchange) -> Entry:
        """Return the exchange as the next line, kept in the file where that is possible."""
        if self._file is None and time.monotonic() > self._tried_at + RETRY_SECONDS:
            self._tried_at = time.monotonic()
            self._file = _open_locked(self._folder, self._path)
        self._line += 1
        return Entry(self._line, exchange, kept=self._wrote(_encode(Line(self._line, exchange)) + b"\n"))

    def shrink(self) -> None:
        """Forget the lines, once all of them are in the database: only there can they be deleted for a patient."""
        if self._bytes:
            self._cut(0)

    def close(self, *, written: bool) -> None:
        """Let go of the file; with every line written it is not needed any more."""
        if self._file is None:
            return
        if written:
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None

    def _wrote(self, line: bytes) -> bool:
        if self._file is None:
            return False
        try:
            whole = os.write(self._file, line) == len(line)
        except OSError:
            whole = False
        if whole:
            self._bytes += len(line)
        else:
            self._cut(self._bytes)  # the disk is full: no torn line may stand before the next
        return whole

    def _cut(self, length: int) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.ftruncate(self._file, length)
            self._bytes = length


@contextmanager
def orphans(folder: Path) -> Iterator[Iterator[tuple[Path, Batch]]]:
    """Give the journals of processes that are gone, one at a time, each locked until the next is asked for."""
    yield (found for path in sorted(folder.glob(f"*{_SUFFIX}")) for found in _taken(path))


def _taken(path: Path) -> Iterator[tuple[Path, Batch]]:
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if _lock(file) and _still_there(path, file):
            yield path, Batch(path.stem, tuple(_entries(path.read_bytes())))
    finally:
        os.close(file)


def _entries(content: bytes) -> Iterator[Entry]:
    """Read the lines; one that is torn was never acknowledged as kept."""
    for raw in content.split(b"\n"):
        with suppress(msgspec.DecodeError):
            read = _decode(raw)
            yield Entry(read.line, read.exchange, kept=True)


def _open_locked(folder: Path, path: Path) -> int | None:
    """Return the new file, locked; `None` where the folder is not ours alone or cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
        if state.st_uid != os.geteuid() or state.st_mode & 0o022:
            return None
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None
    if _lock(file) and _still_there(path, file):
        return file
    os.close(file)  # another process took it for an orphan in the moment before it was locked
    return None


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _still_there(path: Path, file: int) -> bool:
    with suppress(OSError):
        return path.stat().st_ino == os.fstat(file).st_ino
    return False
