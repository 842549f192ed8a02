"""Which places belong together, as anatomy.toml says: limbs, referred pain, families of disease."""

from __future__ import annotations

from cds_service.knowledge import Page, Status

from .case import Case
from .library import Library
from .records import Record


class Referred(Page, frozen=True):
    """One row of the referred-pain table: a source, and the regions at which it is felt.

    `vague` are specific tags that say no more than the non-specific one beside them in the same code; `central` marks
    the spine, whose side need not match unless a nerve root is named.
    """

    id: str
    says: str
    specific: tuple[str, ...]
    nonspecific: tuple[str, ...]
    at: tuple[str, ...]
    felt: tuple[str, ...]
    cites: tuple[str, ...]
    provenance: str
    status: Status = "active"
    vague: tuple[str, ...] = ()
    central: bool = False


class Family(Page, frozen=True):
    """Diseases that are not "different" from one another."""

    id: str
    tags: tuple[str, ...]


class Anatomy(Page, frozen=True):
    """anatomy.toml."""

    limbs: dict[str, tuple[str, ...]]
    referred: tuple[Referred, ...]
    families: tuple[Family, ...]
    apart: tuple[str, ...]


def anatomy(library: Library) -> Anatomy:
    """Return anatomy.toml, typed once."""
    return library.typed("anatomy", Anatomy)


def in_limb(case: Case, record: Record, *, unsited: bool) -> bool:
    """Whether a record concerns the limb that the episode's region belongs to, on its side.

    `unsited` says what a record that names no place counts for.
    """
    limb = case.region.limb
    sites = {t for t in record.tags if t.startswith("site-")}
    if not sites:
        return unsited and case.same_side(record)
    if not limb or sites.isdisjoint(anatomy(case.library).limbs[limb]):
        return False
    return record.side in (case.episode.side, "bilateral", "unknown") or case.episode.side in ("midline", "unknown")


def same_family(one: frozenset[str], other: frozenset[str], library: Library) -> bool:
    """Whether two sets of condition tags share a disease or a family of diseases."""
    apart = set(anatomy(library).apart)
    if one & apart != other & apart:
        return False
    if {t for t in one if t.startswith("condition-")} & {t for t in other if t.startswith("condition-")} - _UMBRELLAS:
        return True
    return any(not one.isdisjoint(f.tags) and not other.isdisjoint(f.tags) for f in anatomy(library).families)


_UMBRELLAS = frozenset({"condition-nerve", "condition-structural-lesion", "condition-pain-symptom"})
