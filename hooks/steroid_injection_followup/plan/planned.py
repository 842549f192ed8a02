"""An option as a step of the model: why it comes into question, how far it goes, and what it rests on."""

from __future__ import annotations

import msgspec

from ..step import StepStatus
from .options import Option
from .picture import Picture, Place, limb_of
from .proposals import Proposal, rests_on, why_not
from .words import text

_HELD_IN = ("ServiceRequest", "DiagnosticReport", "ImagingStudy", "Procedure", "Appointment", "Encounter")
_CHECK_FIRST = "Orders and results could not be read completely: it may be in the record already."
_RADIATION = "Pregnancy recorded: weigh the radiation."
_OFFERED = ("suggested", "mentioned")
FOUND = ("Condition/", "Observation/", "DiagnosticReport/")
_MOST_URGENT_FIRST = ("stat", "asap", "urgent", "")


class Planned(msgspec.Struct, frozen=True, eq=False):
    """One `Step`. Much of what can be said of it is never shown, so each part is written when it is read."""

    option: Option
    picture: Picture
    status: StepStatus
    recommended: bool = False

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.option.id

    @property
    def title(self) -> str:
        """What it is, and where."""
        option, place = self.option, self.place
        title = (option.asked.reason.title if option.asked else "") or option.page.title
        return title.replace("{place}", place) if place else title.removesuffix(", {place}")

    @property
    def place(self) -> str:
        """Where it is carried out, in words; "" for what is of the whole body."""
        return self._place.label

    @property
    def says(self) -> str:
        """Why it is offered, why it is not, or where the record has it already."""
        option, stands = self.option, self.option.standing
        if stands.in_record:
            return f"{stands.says}."
        if self.status == "not-eligible":
            return self._why_not()
        more = f" {stands.says}." if stands.says else ""
        return option.main.reason.says.told(self.picture, option.main.place) + more

    @property
    def rung(self) -> str:
        """The rung of the ladder that it stands on."""
        return next((p.reason.rung for p in self.option.proposals if p.reason.rung), "")

    @property
    def caveat(self) -> str:
        """What guidance says of it, and what this record adds."""
        said = [p.reason.caveat.told(self.picture, p.place) for p in self._open if p.reason.caveat.words]
        gaps = self.picture.case.chart.gaps
        if gaps and self.status == "suggested" and not gaps.keys().isdisjoint(_HELD_IN):
            said.append(_CHECK_FIRST)  # what is not found in an incomplete record may still be there
        if self.option.page.radiation and self._pregnant:
            said.insert(0, _RADIATION)  # a test that uses radiation never goes out without it (model 5.2, 11)
        return " ".join(dict.fromkeys(said)) if said else ""

    @property
    def references(self) -> tuple[str, ...]:
        """The resources that it rests on."""
        stands = self.option.standing
        if stands.in_record:
            return stands.references
        own = (r for p in self._open for r in rests_on(p, self.picture))
        found = tuple(dict.fromkeys((*own, *stands.references)))
        if self.option.page.radiation and self._pregnant:
            return (*found, *self.picture["pregnancy_recorded"].references)
        return found

    @property
    def evidence(self) -> tuple[str, ...]:
        """The rows of evidence, findings and notes that argue for it, by id."""
        return tuple(dict.fromkeys(row.id for p in self._open for row in p.rows))

    @property
    def order(self) -> tuple[str, ...]:
        """The value set of the order, the part of a panel that is missing, and the sites that it may name."""
        if self.status != "suggested":
            return ()
        page, missing = self.option.page, self.option.standing.missing
        part = missing if len(missing) == 1 else ()
        acute = page.acute_order and self.picture["infection_possible"].value is True
        return (page.acute_order if acute else page.order, *part, *(self._place.ordered if page.body_site else ()))

    @property
    def because(self) -> tuple[str, ...]:
        """What an order of it is for: all that a finding found, else the diseases among the evidence."""
        asked = self.option.asked
        kinds = FOUND if asked else FOUND[:1]
        return tuple(r for row in (asked or self.option.main).rows for r in row.references if r.startswith(kinds))

    @property
    def priority(self) -> str:
        """The priority of an order of it as FHIR names it, "" where nothing presses."""
        return min((p.reason.priority for p in self.option.proposals), key=_MOST_URGENT_FIRST.index)

    @property
    def _place(self) -> Place:
        place = self.option.main.place
        return limb_of(place) if self.option.page.of_limb else place

    @property
    def _open(self) -> list[Proposal]:
        return self.option.met or [self.option.main]

    @property
    def _pregnant(self) -> bool:
        """Whether it is offered to someone whose pregnancy is recorded."""
        return self.status in _OFFERED and self.picture["pregnancy_recorded"].value is True

    def _why_not(self) -> str:
        main = self.option.main
        if main.outcome != "met":
            return why_not(main, self.picture) or "Nothing in the record calls for it."
        words = main.reason.caveat if main.reason.caveat.words else text(self.option.page.redundant)
        return self.option.held or words.told(self.picture, main.place)


def status_of(option: Option, *, chosen: bool) -> StepStatus:
    """Return how far an option goes: what is in the record or not open to this patient is never offered."""
    if option.standing.in_record:
        return "already-done" if option.standing.state == "done" else "already-ordered"
    if option.main.outcome != "met" or option.held or option.page.limit == "never":
        return "not-eligible"
    return "suggested" if chosen else "mentioned"
