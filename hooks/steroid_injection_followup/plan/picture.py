"""One episode as the plan sees it: the case, what was found out about it, and each named fact worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from cds_service.evidence import Fact

from ..case import Case, once
from ..facts.registry import Facts, facts_of
from ..model import Cause, Evidence, Finding, Side, State
from ..records import Record

LIMBS = frozenset({"site-upper-limb", "site-lower-limb"})
_PRESENT = frozenset({"present"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step would be carried out: the injected site, or the part of the spine that may be the source.

    `label` is how cards name it; `sites` and `near` are value sets as in regions.toml; `limb` and `spine` likewise.
    """

    label: str
    sites: tuple[str, ...]
    near: tuple[str, ...] = ()
    side: Side = "unknown"
    limb: str = ""
    spine: str = ""

    @property
    def named(self) -> frozenset[str]:
        """The sites by which a record may name it; a limb is no name for a part of the spine."""
        every = frozenset((*self.sites, *self.near))
        return every - LIMBS if self.spine else every

    @property
    def ordered(self) -> tuple[str, ...]:
        """The sites that an order may name, the exact ones first, the limb last."""
        if self.spine:
            return (*self.sites, *(site for site in self.near if site not in LIMBS))
        return (*self.sites, *self.near, f"site-{self.limb}-limb") if self.limb else (*self.sites, *self.near)


WHOLE_BODY = Place("", ())


@dataclass(frozen=True, slots=True)
class Picture:
    """The case with its causes and findings; `evidence` holds the rows that argue for a cause, `states` the causes'.

    `spine_first` says that a red flag of the spine stands, at this site or at another.
    """

    case: Case
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...]
    place: Place
    evidence: Mapping[str, Evidence]
    states: Mapping[str, State]
    measured: Facts
    spine_first: bool = False
    worked_out: dict[str, Fact] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Fact:
        """Return a named fact: one of the gates of the plan, else one of the facts that the causes rest on."""
        found = self.worked_out.get(name)
        if found is None:
            gate = GATES.get(name)
            found = self.worked_out[name] = self.measured[name] if gate is None else gate(self)
        return found

    def state(self, cause: str) -> State:
        """Return where a cause stands; one that was not weighed could not be assessed."""
        return self.states.get(cause, "not-assessable")

    def holds(self, *rows: str) -> Evidence | None:
        """Return the first of these rows of evidence that holds."""
        return next((self.evidence[i] for i in rows if i in self.evidence), None)

    def conditions(self, *tags: str, here: bool = True, since: date | None = None) -> Iterator[Record]:
        """Yield the present, certain conditions with any of the tags, at the site or anywhere."""
        yield from self.case.find(*tags, kind="Condition", at_site=here, since=since, states=_PRESENT, certain=True)


Gate = Callable[[Picture], Fact]

GATES: dict[str, Gate] = {}


def gate(measure: Gate) -> Gate:
    """Make a function a fact of the plan under its own name; its docstring is what a clinician reads of it."""
    if not measure.__doc__ or measure.__name__ in GATES:
        raise TypeError(f"the fact {measure.__name__} needs a docstring and a name of its own")
    GATES[measure.__name__] = measure
    return measure


def picture_of(
    case: Case, causes: tuple[Cause, ...], findings: tuple[Finding, ...], *, spine_first: bool = False
) -> Picture:
    """Bring together what the plan is asked about."""
    positive = {e.id: e for c in causes for e in c.evidence if e.weight > 0}
    states = {c.id: c.state for c in causes}
    return Picture(case, causes, findings, place_of(case), positive, states, facts_of(case), spine_first)


@once
def place_of(case: Case) -> Place:
    """Return the injected site as a place; the spine is named by its part, not by the space that was injected."""
    region, side = case.region, case.episode.side
    spinal = bool(region.spine) and not region.joint
    label = f"{region.spine} spine" if spinal else case.site
    return Place(label, region.sites, region.near, side, region.limb, region.spine)


def limb_of(place: Place) -> Place:
    """Return the whole limb of a place, which a nerve or an artery is of; a part of the spine stays what it is."""
    if place.spine or not place.limb:
        return place
    side = f"{place.side} " if place.side in ("left", "right") else ""
    return Place(f"{side}{place.limb} limb", (f"site-{place.limb}-limb",), side=place.side)


def spine_place(part: str) -> Place:
    """Return a part of the spine ("cervical") as a place."""
    return Place(f"{part} spine", (f"site-{part}",), ("site-spine",), "midline", "", part)
