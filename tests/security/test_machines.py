"""Key sets and replay as state machines: whatever happens in whatever order, these promises hold."""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cds_service.security.jwks import FRESH_SECONDS, PAUSE_SECONDS, STALE_SECONDS, KeySource, NotFetched
from cds_service.security.replay import SeenHere

from .signing import ISSUER, NOW, jwk, key_set

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
NAMES = ("a", "b", "c", "d")
JWKS = {name: jwk(name=name) for name in NAMES}
BROKEN = (b"", b"<html>", b'{"keys":[]}', b'{"keys":"x"}')


class Keys(RuleBasedStateMachine):
    """A key server that rotates, breaks and vanishes, and a clock that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = float(NOW)
        self.served: frozenset[str] = frozenset({"a"})
        self.answer: bytes | None = key_set(JWKS["a"])
        self.asked: list[float] = []
        self.good: list[tuple[float, frozenset[str]]] = []
        self.source = KeySource(self._fetch)

    def _fetch(self) -> bytes:
        self.asked.append(self.now)
        if self.answer is None:
            raise NotFetched("away")
        if self.answer not in BROKEN:
            self.good.append((self.now, self.served))
        return self.answer

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1))
    def rotate(self, names: set[str]) -> None:
        self.served = frozenset(names)
        self.answer = key_set(*(JWKS[name] for name in sorted(names)))

    @rule(broken=st.sampled_from(BROKEN))
    def break_down(self, broken: bytes) -> None:
        self.answer = broken

    @rule()
    def vanish(self) -> None:
        self.answer = None

    @rule(seconds=st.sampled_from([0.5, 10, 31, 300, 650, 4000, 50_000, 90_000]))
    def go_on(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=st.sampled_from(NAMES))
    def ask(self, name: str) -> None:
        quiet = not self.asked or self.now - self.asked[-1] >= PAUSE_SECONDS
        well = self.answer is not None and self.answer not in BROKEN
        found = self.source.key(name, now=self.now)
        if found is not None:
            at, names = self.good[-1]
            assert name in names, "a key that the last good set does not hold"
            assert self.now - at <= STALE_SECONDS, "a key of a set that is a day old"
        elif quiet and well:
            assert name not in self.served, "a key that is served was not found, though we could have asked"

    @rule(name=st.sampled_from(NAMES))
    def ask_again_later(self, name: str) -> None:
        self.now += PAUSE_SECONDS + FRESH_SECONDS
        self.ask(name)

    @invariant()
    def never_asks_too_often(self) -> None:
        gaps = [later - earlier for earlier, later in zip(self.asked, self.asked[1:], strict=False)]
        assert all(gap >= PAUSE_SECONDS for gap in gaps)


class Uses(RuleBasedStateMachine):
    """Tokens that come again and again while the clock goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = float(NOW)
        self.used = SeenHere()
        self.expires: dict[tuple[str, str, str], float] = {}

    @rule(seconds=st.sampled_from([1, 30, 61, 400]))
    def go_on(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        issuer=st.sampled_from([ISSUER, "https://other.example.org"]),
        tenant=st.sampled_from(["", "a", "b"]),
        jti=st.sampled_from(["1", "2", "a\n1", "1\na"]),
        life=st.sampled_from([10, 300, 660]),
    )
    def use(self, issuer: str, tenant: str, jti: str, life: float) -> None:
        key = (issuer, tenant, jti)
        first = self.used.is_first(issuer, tenant, jti, expires=self.now + life, now=self.now)
        if self.expires.get(key, 0) > self.now:
            assert not first, "a token that has not expired was taken twice"
        if key not in self.expires:
            assert first, "a token that was never used was refused"
        if first:
            self.expires[key] = self.now + life


shortly = settings(max_examples=EXAMPLES, stateful_step_count=50, deadline=None)
TestKeys = Keys.TestCase
TestKeys.settings = shortly
TestUses = Uses.TestCase
TestUses.settings = shortly
