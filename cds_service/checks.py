"""What `cds-service check` looks at, room by room; each room says what is wrong and how to mend it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from . import catalogue
from .config import Settings, settings_from
from .errors import ConfigError, Finding, KnowledgeError

Room = Callable[[Settings], Iterator[Finding]]


def check(environ: Mapping[str, str]) -> Iterator[tuple[str, Sequence[Finding]]]:
    """Yield each room with its findings, in the order in which a start meets them; a bad setting ends it."""
    try:
        settings = settings_from(environ)
    except ConfigError as problem:
        yield "configuration", [Finding("configuration", str(problem))]
        return
    yield "configuration", []
    for name, room in ROOMS.items():
        yield name, list(room(settings))


def _ownership(settings: Settings) -> Iterator[Finding]:
    try:
        own_package(settings)
    except ConfigError as problem:
        yield Finding("packages", str(problem))


def _knowledge(settings: Settings) -> Iterator[Finding]:
    try:
        services = catalogue.load(settings).services
    except (ConfigError, KnowledgeError) as problem:
        yield Finding("knowledge", str(problem))
        return
    for service in services:
        for says in service.check():
            yield Finding("knowledge", f"{service.id}: {says}")


def _registry(settings: Settings) -> Iterator[Finding]:
    try:
        readable_registry(settings)
    except ConfigError as problem:
        yield Finding("clients", str(problem))


def readable_registry(settings: Settings) -> None:
    """Read the client registry, where there is one, for its mistakes."""
    from .security.clients import read_registry

    if settings.clients is not None:
        read_registry(settings.clients, production=settings.production)


def _store(settings: Settings) -> Iterator[Finding]:
    from .store import Store

    store = Store.open(settings)
    try:
        yield from store.ready()
    finally:
        store.close()


ROOMS: dict[str, Room] = {
    "packages": _ownership,
    "knowledge": _knowledge,
    "clients": _registry,
    "store": _store,
}


def own_package(settings: Settings) -> None:
    """Refuse to load a `hooks` package that another distribution put in the way of ours."""
    package = settings.services.partition(":")[0].partition(".")[0]
    if package != "hooks":
        return
    found = importlib.util.find_spec(package)
    ours = Path(__file__).resolve().parent.parent / package / "__init__.py"
    if found is None or found.origin is None or Path(found.origin).resolve() != ours:
        where = found.origin if found is not None and found.origin else "nowhere"
        raise ConfigError(
            f"CDS_SERVICES: the package {package} comes from {where}, not from this distribution ({ours.parent}); "
            "remove the other distribution or name another package"
        )
