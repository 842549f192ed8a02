"""Which places belong together, as anatomy.toml says: limbs, referred pain, families of disease."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

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


class Anatomy(Page, frozen=True, dict=True):
    """anatomy.toml."""

    limbs: dict[str, tuple[str, ...]]
    referred: tuple[Referred, ...]
    families: tuple[Family, ...]
    apart: tuple[str, ...]

    @cached_property
    def alone(self) -> frozenset[str]:
        """The tags of `apart`."""
        return frozenset(self.apart)

    @cached_property
    def felt(self) -> Mapping[str, tuple[Referred, ...]]:
        """The rows in use by the region at which their pain is felt."""
        regions = dict.fromkeys(region for row in self.referred for region in row.felt)
        used = [row for row in self.referred if row.status == "active"]
        return {region: tuple(row for row in used if region in row.felt) for region in regions}


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
    page = anatomy(library)
    if one & page.alone != other & page.alone:
        return False
    if any(tag.startswith("condition-") for tag in (one & other) - _UMBRELLAS):
        return True
    return any(not one.isdisjoint(f.tags) and not other.isdisjoint(f.tags) for f in page.families)


_UMBRELLAS = frozenset({"condition-nerve", "condition-structural-lesion", "condition-pain-symptom"})
