"""Where what a cause misses would be found: types of resources and codes, for those who map a site's data."""

from __future__ import annotations

from cds_service.knowledge import Page
from cds_service.service import KnownCode, Settled

from .library import Library

_NOT_ASKED = "not asked: "
_UNREAD = "the whole list of "


class Where(Page, frozen=True):
    """Of words with which causes name what they miss: the types that would hold it, and value sets of its codes."""

    says: tuple[str, ...]
    types: tuple[str, ...]
    codes: tuple[str, ...] = ()


class MissingPage(Page, frozen=True):
    """missing.toml."""

    version: str
    reviewed: str
    status: str
    rows: tuple[Where, ...]


def settled_by(cause: str, missing: str, library: Library) -> Settled | None:
    """Return what would hold something that a cause misses; `None` where the cause was not asked.

    Of words that no row begins, the types are those on whose lists the cause's page says that it rests.
    """
    if missing.startswith(_NOT_ASKED):
        return None
    if missing.startswith(_UNREAD):
        return Settled((missing.removeprefix(_UNREAD).split(" ")[0],))
    rows = {words: row for row in library.typed("missing", MissingPage).rows for words in row.says}
    beginnings = [words for words in rows if missing.startswith(words)]
    if not beginnings:
        return Settled(next((r.page.reads for r in library.causes if r.page.id == cause), ()))
    row = rows[max(beginnings, key=len)]
    return Settled(row.types, tuple(_preferred(tag, library) for tag in row.codes))


def _preferred(tag: str, library: Library) -> KnownCode:
    code = library.terms.first(tag)
    return KnownCode(library.terms.system_name(code.system) or code.system, code.code, code.display)
