"""Cards and feedback in any order, repeated at will: the store holds what a plain list of them would hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from cds_service.service import IssuedCard
from cds_service.store import Store
from cds_service.store.schema import migrate
from cds_service.tables import feedback, issued_card, unknown_feedback
from tests.store.words import NOW, ORIGIN, OTHER, exchange, issued, report, uuid_of

CARDS = [issued(content_key=f"content {n}") for n in range(4)]
CODES = ["", "other", "our-own"]
some_card = st.sampled_from(range(len(CARDS)))
some_origin = st.sampled_from([ORIGIN, OTHER])


class Ward(RuleBasedStateMachine):
    """Issues cards and reports on them; beside the store it keeps a dictionary of what must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        url = f"sqlite:///{self.folder}/store.db"
        migrate(url)
        self.store = Store(url, secret_key="k" * 32)
        self.issued: dict[str, tuple[str, str]] = {}
        self.said: set[tuple[str, str, str, str]] = set()

    @rule(number=some_card, origin=some_origin, withheld=st.sampled_from(["", "", "repeat", "shadow"]))
    def issue(self, number: int, origin: Any, withheld: str) -> None:
        """Issue a card; a second card of the same uuid changes nothing."""
        card: IssuedCard = CARDS[number]
        self.store.record_issued(exchange(card, origin=origin, withheld={uuid_of(card): withheld}))
        assert self.store.flush()
        self.issued.setdefault(uuid_of(card), (origin.tenant, withheld))

    @rule(numbers=st.lists(some_card, min_size=1, max_size=3), origin=some_origin, code=st.sampled_from(CODES))
    def say(self, numbers: list[int], origin: Any, code: str) -> None:
        """Report on some cards, perhaps before they are there, perhaps not for the first time."""
        uuids = [uuid_of(CARDS[number]) for number in numbers]
        receipt = self.store.record_feedback(origin, [report(u, code=code) for u in uuids], received_at=NOW)
        new = {(origin.tenant, u, "overridden", code) for u in uuids} - self.said
        assert receipt.recorded == len(new)
        assert receipt.repeated == len(uuids) - len(new)
        self.said |= new

    @invariant()
    def holds_what_was_said(self) -> None:
        """Each report is there once: counted when its card was shown to that tenant, apart otherwise."""
        known = {s for s in self.said if self.issued.get(s[1]) == (s[0], "")}
        with self.store.engine.connect() as connection:
            there = {
                table.name: sorted(
                    tuple(row)
                    for row in connection.execute(
                        select(table.c.tenant, table.c.card, table.c.outcome, table.c.reason_code)
                    )
                )
                for table in (feedback, unknown_feedback)
            }
            cards = set(connection.scalars(select(issued_card.c.card)))
            same = feedback.c.patient_hash == issued_card.c.patient_hash
            whose = connection.scalars(select(same).join(issued_card, issued_card.c.card == feedback.c.card)).all()
        assert there == {"feedback": sorted(known), "unknown_feedback": sorted(self.said - known)}
        assert cards == set(self.issued)
        assert all(whose)

    def teardown(self) -> None:
        """Put everything away."""
        self.store.close()
        shutil.rmtree(self.folder)


TestAnyOrder = Ward.TestCase
TestAnyOrder.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
