"""The README of the pages: its examples work as they stand, and every page is in its table."""

from __future__ import annotations

import re
from pathlib import Path

from hooks.steroid_injection_followup import SteroidInjectionFollowup
from hooks.steroid_injection_followup.library import HOME, load

from .sites import answer, kinds

README = (HOME / "README.md").read_text(encoding="utf-8")


def examples() -> dict[str, str]:
    """Return the pages of the example by name."""
    return dict(re.findall(r"^`([\w/.-]+\.toml)`:[^\n]*\n\n```toml\n(.*?)```", README, re.MULTILINE | re.DOTALL))


def test_the_examples_are_one_overlay_that_runs(tmp_path: Path) -> None:
    pages = examples()
    assert len(pages) == 4
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert SteroidInjectionFollowup(tmp_path).check() == []
    library = load(tmp_path)
    assert library.number("too_early_days") == 21
    assert library.overlay == (
        "site pages laid over: cards (off); causes/40-incorrect-location (E4.4); "
        "citations (pain-board); thresholds (too_early_days)"
    )
    assert "data-gap" not in kinds(answer("knee-nothing-but-an-injection", tmp_path))


def test_every_page_is_in_the_table() -> None:
    for stem in load().raw:
        name = f"`{stem.partition('/')[0]}/`" if "/" in stem else f"`{stem}.toml`"
        assert name in README, f"{stem}.toml is missing"
