"""The flow of an export: kick-off, status until it is ready, files, and word to the server that it may delete them.

What is done is kept in a file beside the export, so that the command can be repeated after whatever went wrong. An
export that came whole is asked for anew, since the charts have changed, unless a run over it is to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from ...errors import ExportFailed
from ..whose import KNOWN, READ
from .signin import SignIn
from .wire import Reply, Unheard, Wire

MOST_TRIES = 8
_MOST_WAIT = 600.0
_LATER = frozenset({408, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
STATE = "fetch.json"
Progress = Callable[[str, int, int], None]


class Output(msgspec.Struct, frozen=True):
    """One file of the export."""

    type: str
    url: str
    count: int | None = None


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """What the server has ready."""

    output: tuple[Output, ...]
    transaction_time: str = ""
    requires_access_token: bool = True
    error: tuple[Output, ...] = ()

    @property
    def of(self) -> str:
        """The moment that the export is of; empty when what the server says is none."""
        try:
            return datetime.fromisoformat(self.transaction_time).isoformat(" ", "minutes")
        except ValueError:
            return ""


class State(msgspec.Struct, frozen=True):
    """How far a fetch is."""

    asked: str
    status_url: str = ""
    manifest: Manifest | None = None
    whole: bool = False


@dataclass(slots=True)
class Fetch:
    """One fetch from one server into one folder."""

    wire: Wire
    sign_in: SignIn | None
    server: str
    folder: Path
    group: str = ""
    again: bool = False
    progress: Progress = lambda *_: None
    sleep: Callable[[float], None] = time.sleep

    def all(self) -> Manifest:
        """Fetch what is not there yet, and return what the server said of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._state().whole and not self.again:
            self._forget()
        manifest = self._ready()
        outputs = [(o, self.folder / f"{_kind(o)}-{n:04d}.ndjson") for n, o in enumerate(manifest.output)]
        outputs += [(o, self.folder / "errors" / f"{_kind(o)}-{n:04d}.ndjson") for n, o in enumerate(manifest.error)]
        for number, (output, path) in enumerate(outputs, 1):
            if not path.exists():
                self._file(output, path, manifest)
            self.progress("fetching", number, len(outputs))
        self._keep(msgspec.structs.replace(self._state(), whole=True))
        self._delete()
        return manifest

    def _ready(self) -> Manifest:
        """Return the manifest; ask for the export anew when the server has forgotten an earlier one."""
        state = self._state()
        for _ in range(3):
            if state.manifest is not None:
                return state.manifest
            if not state.status_url:
                state = self._keep(State(state.asked, self._kick_off(state.asked)))
            manifest = self._wait(state.status_url)
            state = self._keep(State(state.asked, state.status_url if manifest else "", manifest))
        raise ExportFailed("the server forgets its exports before they are ready")

    def _kick_off(self, url: str) -> str:
        headers = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
        reply = self._asked("GET", url, headers)
        where = reply.headers.get("content-location", "")
        if reply.status != 202 or not where:
            raise ExportFailed(f"the server does not export (status {reply.status})")
        return where

    def _wait(self, url: str) -> Manifest | None:
        """Poll until the export is ready; `None` when the server does not know it any more."""
        while True:
            reply = self._asked("GET", url, {"Accept": "application/json"})
            if reply.status == 202:
                self.progress("waiting", _percent(reply), 100)
                self.sleep(_pause(reply, 5.0))
                continue
            if reply.status in _GONE:
                return None
            if reply.status != 200:
                raise ExportFailed(f"the export failed at the server (status {reply.status})")
            try:
                return msgspec.json.decode(reply.body, type=Manifest)
            except msgspec.DecodeError:
                raise ExportFailed("the server's list of files cannot be read") from None

    def _file(self, output: Output, path: Path, manifest: Manifest) -> None:
        path.parent.mkdir(exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        anew = False
        for attempt in range(MOST_TRIES):
            try:
                headers = {"Accept": "application/fhir+ndjson", **self._header(manifest, anew=anew)}
                status = self.wire.download(output.url, headers, partial)
            except Unheard:
                self.sleep(_backoff(attempt))
                continue
            if status in (200, 206, 416):
                partial.touch()  # 416: all of it was there
                partial.replace(path)
                return
            if status in _GONE:
                self._forget()
                raise ExportFailed("the server has deleted the files; repeat the command to ask for them anew")
            if status != 401 and status not in _LATER:
                raise ExportFailed(f"a file of {_kind(output)} cannot be had (status {status})")
            anew = status == 401
            self.sleep(0.0 if anew else _backoff(attempt))
        raise ExportFailed(f"a file of {_kind(output)} does not come whole; repeat the command to go on")

    def _asked(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        """Ask, and ask again when the server is busy or the token has ended."""
        anew = False
        for attempt in range(MOST_TRIES):
            try:
                signed = self.sign_in.header(anew=anew) if self.sign_in else {}
                reply = self.wire.ask(method, url, {**headers, **signed})
            except Unheard:
                self.sleep(_backoff(attempt))
                continue
            if reply.status == 401 and not anew and self.sign_in:
                anew = True
            elif reply.status in _LATER:
                self.sleep(_pause(reply, _backoff(attempt)))
            else:
                return reply
        raise ExportFailed("the server does not answer; repeat the command to go on")

    def _header(self, manifest: Manifest, *, anew: bool) -> dict[str, str]:
        return self.sign_in.header(anew=anew) if self.sign_in and manifest.requires_access_token else {}

    def _delete(self) -> None:
        """Tell the server that it may delete; that it does not is no matter."""
        state = self._state()
        if state.status_url:
            try:
                self._asked("DELETE", state.status_url, {})
            except ExportFailed:
                return
            self._keep(msgspec.structs.replace(state, status_url=""))

    def _state(self) -> State:
        level = f"/Group/{self.group}" if self.group else "/Patient"
        kinds = {"_type": ",".join(sorted(READ)), "_outputFormat": "application/fhir+ndjson"}
        fresh = State(f"{self.server}{level}/$export?{urlencode(kinds, safe=',/+')}")
        try:
            kept = msgspec.json.decode((self.folder / STATE).read_bytes(), type=State)
        except (OSError, msgspec.DecodeError):
            return fresh
        if kept.asked != fresh.asked:
            raise ExportFailed(f"{self.folder} holds the export of another server or group; name another --out")
        return kept

    def _keep(self, state: State) -> State:
        partial = self.folder / f"{STATE}.partial"
        partial.write_bytes(msgspec.json.encode(state))
        partial.replace(self.folder / STATE)
        return state

    def _forget(self) -> None:
        (self.folder / STATE).unlink(missing_ok=True)
        for folder in (self.folder, self.folder / "errors"):
            for path in (*folder.glob("*.ndjson"), *folder.glob("*.partial")):
                path.unlink()


def _pause(reply: Reply, otherwise: float) -> float:
    """Return how long the server asks to wait, in seconds or until a moment; within reason."""
    text = reply.headers.get("retry-after", "")
    wanted = otherwise
    if text.isdigit():
        wanted = float(text)
    elif text:
        try:
            wanted = float(parsedate_to_datetime(text).timestamp()) - time.time()
        except (ValueError, TypeError):
            wanted = otherwise
    return float(min(max(wanted, 0.0), _MOST_WAIT))


def _kind(output: Output) -> str:
    """Return a type as the name of a file; what is no resource type is none."""
    return output.type if output.type in KNOWN else "Unknown"


def _backoff(attempt: int) -> float:
    return min(0.5 * (1 << attempt), 30.0)


def _percent(reply: Reply) -> int:
    digits = reply.headers.get("x-progress", "").rstrip("% ")
    return min(int(digits), 100) if digits.isdigit() else 0
