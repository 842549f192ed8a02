"""The frozen types that pass from step to step, from injections to cards; those made most often are structs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from cds_service.fhir_types import CodeableConcept, Condition, Procedure

from .step import Step as Step

Side = Literal["left", "right", "bilateral", "midline", "unknown"]
Guidance = Literal["guided", "explicit-unguided", "unknown"]
ResponseClass = Literal[
    "not-applicable", "too-early", "responder", "waned-after-benefit", "transient", "non-response", "indeterminate"
]
Confidence = Literal["high", "moderate", "low"]
State = Literal["supported", "possible", "not-supported", "not-assessable"]
Strength = Literal["stronger", "moderate", "limited"]
Indicator = Literal["info", "warning", "critical"]


class Dose(msgspec.Struct, frozen=True, gc=False):
    """What the record says of the injectate: milligrams of the agent and millilitres; `None` where it does not say.

    `why_unknown` says why `milligrams` is `None` ("no dose is recorded", "unit 'mL' without a concentration").
    """

    milligrams: float | None = None
    steroid_ml: float | None = None
    anaesthetic_ml: float | None = None
    total_ml: float | None = None
    why_unknown: str = ""


NO_DOSE = Dose()


@dataclass(frozen=True, slots=True)
class Injection:
    """One needle, one side, one day: what was injected, where, how, and every resource that says so.

    `agent` is an id such as "triamcinolone", "corticosteroid" when only the class is known, or `None` when no drug is
    proven; `other_agent` names what it was instead ("hyaluronate", "prp", "anaesthetic", "aspiration").
    `given` is false for a procedure that was stopped with no proof that the drug was given.
    """

    day: date
    region: str
    side: Side
    structure: str
    references: tuple[str, ...]
    agent: str | None = None
    other_agent: str | None = None
    anaesthetic: bool = False
    dose: Dose = NO_DOSE
    guidance: Guidance = "unknown"
    contrast: bool = False
    given: bool = True
    text_only: bool = False
    site_inferred: bool = False
    conflict: str = ""
    when: str = ""
    encounter: str | None = None
    code_tags: frozenset[str] = frozenset()
    site_tags: frozenset[str] = frozenset()
    reasons: tuple[CodeableConcept, ...] = ()
    reason_conditions: tuple[Condition, ...] = ()
    procedure: Procedure | None = None

    def __hash__(self) -> int:
        """Tell injections apart by when, where and what says so: equal ones agree in these, and it costs little."""
        return hash((self.day, self.region, self.side, self.references))

    @property
    def steroid(self) -> bool:
        """Whether a corticosteroid is proven to have been injected."""
        return self.agent is not None and self.given


@dataclass(frozen=True, slots=True)
class Episode:
    """One region and side: the index injection (the latest), and the earlier ones of the same site, newest first.

    `history` holds steroid injections only; `others` the injections of the same site that were not (hyaluronate,
    PRP, blocks, aspirations, agent unknown). `index` of a `not-applicable` episode is not a steroid.
    """

    region: str
    side: Side
    structure: str
    index: Injection
    history: tuple[Injection, ...] = ()
    others: tuple[Injection, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Region and side."""
        return self.region, self.side


class Score(msgspec.Struct, frozen=True, gc=False):
    """A pain score on the 0-10 scale, or an outcome measure on its own scale.

    `site_specific` is false when the record names no site (or no side) and the only injected site is assumed.
    `worse_is_higher` is false for KOOS and HOOS. `when` keeps the time of day, `measure` the name of a measure.
    """

    value: float
    day: date
    reference: str
    when: str = ""
    scale: str = "nrs"
    site_specific: bool = True
    worse_is_higher: bool = True
    measure: str = ""


class Surrogate(msgspec.Struct, frozen=True, gc=False):
    """A signal of failure where no score tells: weak or moderate (clinical model 3.1)."""

    says: str
    weight: Literal["weak", "moderate"]
    references: tuple[str, ...]


class Unused(msgspec.Struct, frozen=True, gc=False):
    """A score that is recorded and cannot be used, with why ("no number recorded")."""

    day: date
    reference: str
    why: str


class Response(msgspec.Struct, frozen=True, gc=False):
    """How the index injection worked (clinical model 3.4 and 3.5).

    `uncounted` are the scores that came after the event which ended the watch; `unused` could not be read as scores.
    """

    kind: ResponseClass
    reason: str | None = None
    confidence: Confidence = "low"
    worsened: bool = False
    substantial: bool = False
    baseline: Score | None = None
    best: Score | None = None
    latest: Score | None = None
    lost: Score | None = None
    censored_on: date | None = None
    censored_by: str = ""
    after: tuple[Score, ...] = ()
    early: tuple[Score, ...] = ()
    anaesthetic_relief: float | None = None
    surrogates: tuple[Surrogate, ...] = ()
    uncounted: tuple[Score, ...] = ()
    unused: tuple[Unused, ...] = ()

    @property
    def surrogate_failure(self) -> bool:
        """At least one moderate or two weak signals."""
        return len(self.surrogates) >= 2 or any(s.weight == "moderate" for s in self.surrogates)

    @property
    def failed(self) -> bool:
        """Whether the causes are evaluated: no or transient response, or no scores but signals of failure."""
        return self.kind in ("non-response", "transient") or (self.kind == "indeterminate" and self.surrogate_failure)


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One row of a cause page that holds for this chart, with the words a card shows."""

    id: str
    weight: int
    says: str
    references: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


class Cause(msgspec.Struct, frozen=True, gc=False):
    """One of the reasons for failure, weighed; `lacks` looks for what would settle it, the most important first."""

    id: str
    title: str
    state: State
    strength: Strength | None = None
    evidence: tuple[Evidence, ...] = ()
    score: int = 0
    lacks: Callable[[], Iterable[str]] = tuple

    @property
    def missing(self) -> tuple[str, ...]:
        """All that would settle it, each once."""
        return tuple(dict.fromkeys(self.lacks()))


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A red flag or a safety warning that holds: the rule, what it asks for, and what it rests on.

    `kind` is the card kind; `suppresses_site` is true for critical findings; `bars_repeat` says that a further
    steroid must not even be discussed; `facts` are short phrases with date and value.
    """

    kind: str
    rule: str
    indicator: Indicator
    region: str
    side: Side
    summary: str
    says: str
    asks: str
    facts: tuple[str, ...]
    references: tuple[str, ...]
    cites: tuple[str, ...]
    provenance: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    suppresses_site: bool = False
    bars_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Appraisal:
    """All that was found out about one episode; cards and the explanation are written from it alone."""

    episode: Episode
    response: Response
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def suppressed(self) -> bool:
        """A critical finding silences every other card and suggestion of the site (clinical model, Precedence)."""
        return any(f.suppresses_site for f in self.findings)
