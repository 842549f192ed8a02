"""The whole plug-in contract: what a CDS service declares, and the one question that it answers.

A service does no I/O. It is given the request and the chart, and gives back cards and its reasoning.
`CDS_SERVICES="package:NAME"` names a sequence of objects that satisfy `Service`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from .chart import Chart
from .protocol import Card


@dataclass(frozen=True, slots=True)
class PrefetchTemplate:
    """One prefetch key: the query (CDS Hooks 2.0, Prefetch Template), the type it yields, whether it is needed.

    Without a needed key the request is refused with 412; without another the answer says what was not read.
    `resource_types` are those whose completeness rests on this key.
    """

    key: str
    query: str
    resource_types: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What a service may know of a request besides the chart: no token, no address."""

    hook: str
    patient_id: str
    user_id: str | None = None
    encounter_id: str | None = None
    links_base: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card with what the service itself needs to know of it: kind, region, side, and the rules behind it.

    `content_key` is equal for two cards that say the same clinical thing, whatever their uuids (repeat-card control).
    """

    card: Card
    kind: str
    region: str
    side: str
    indicator: str
    rules: tuple[str, ...]
    content_key: str
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer: cards in the order shown, and the reasoning, worked out for those who ask (contract, Explanation)."""

    cards: tuple[IssuedCard, ...]
    explain: Callable[[], Mapping[str, Any]]
    knowledge_version: str

    @property
    def explanation(self) -> Mapping[str, Any]:
        """The reasoning as JSON-ready data; written anew each time it is asked for."""
        return self.explain()


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A code of a chart that no value set knows; `beside_known`: another code of the same concept is known.

    Without a code it is a concept that has words alone; the words may say who the patient is.
    """

    system: str
    code: str
    display: str
    beside_known: bool = False


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A code as a person reads it: the short name of its system, the code, its display."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What in a chart would settle something missing: the types that would hold it, and codes that would be known.

    Of each value set only the preferred code is named.
    """

    resource_types: tuple[str, ...]
    codes: tuple[KnownCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document: the heading of a chapter, and the heading or the first cell of a row within it."""

    chapter: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """The document for those who sign the knowledge: its text in Markdown, and the file in which it is kept.

    `places` say where it speaks of the names in cards and explanations, so that a page can link to them.
    """

    path: Path
    text: str
    places: Mapping[str, Place] = field(default_factory=dict)


class Service(Protocol):
    """A CDS service, as discovery describes it and as a call uses it."""

    id: str
    hook: str
    title: str
    description: str
    version: str
    usage_requirements: str
    prefetch: Sequence[PrefetchTemplate]

    def assess(self, call: Call, chart: Chart) -> Assessment:
        """Return the cards and the reasoning for one chart; pure: same input, same answer but for uuids."""
        ...

    def with_overlay(self, overlay: Path | None) -> Service:
        """Return the service with a site's own pages laid over its knowledge."""
        ...

    def check(self) -> Sequence[str]:
        """Return what is wrong with the service's knowledge, one finding a line; empty when all is well."""
        ...

    def review(self) -> Review | None:
        """Return the document for those who sign the knowledge, or `None` when there is no knowledge to sign."""
        ...

    def unmapped(self, chart: Chart) -> Iterable[UnmappedCode]:
        """Return the codes of a chart that matter here and that no value set knows, once for each resource."""
        ...


@runtime_checkable
class Pictured(Protocol):
    """What a service may do besides: tell a page how to draw a chart. No call of an EHR asks for it.

    `episodes` are those of the explanation, each with `region`, `side`, `title`, `asOf`, `scale` (`label`, `low`,
    `high`), `events` (`kind`, `date`, `label`, `references`; `value` or `lane`; `index`, `until`, `state`),
    `lanes`, `windows` (`label`, `says`, `from`, `to`, `thresholds`) and `levels` (`value`, `label`, `thresholds`).
    `names` are the words for the ids of the explanation.
    """

    def picture(self, chart: Chart) -> Mapping[str, Any]:
        """Return `episodes` and `names` as JSON-ready data."""
        ...


@runtime_checkable
class Screening(Protocol):
    """What a service may do besides: tell by a few types that a chart has no answer. Used for populations only."""

    screens_by: Sequence[str]

    def may_concern(self, chart: Chart) -> bool:
        """Return false only where no card, no episode and no unmapped code can come of the chart, on no day."""
        ...


@runtime_checkable
class Settling(Protocol):
    """What a service may do besides: say which data would settle what its causes name as `missing`."""

    def settled_by(self, cause: str, missing: str) -> Settled | None:
        """Return what would hold it; `None` where no data would, since the cause was not asked."""
        ...


@runtime_checkable
class OnOtherKnowledge(Protocol):
    """What a service may do besides: answer by other pages, so that two versions of them can be compared."""

    def on_other_knowledge(self, folder: Path) -> Service:
        """Return the service on a whole folder of pages, a checkout that holds one, or pages laid over the own ones."""
        ...
