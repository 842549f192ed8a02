"""Our knowledge with one thing changed, as a library of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from hooks.steroid_injection_followup.library import HOME, Library, load

Change = Callable[[str], str]


def changed(folder: Path, page: str, change: Change) -> Library:
    """Return the library of a copy of our pages in which the text of one is changed."""
    for path in HOME.rglob("*.toml"):
        copy = folder / path.relative_to(HOME)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (folder / "valuesets").symlink_to(HOME / "valuesets")
    file = folder / f"{page}.toml"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    after = change(before)
    assert after != before, f"the change leaves {page}.toml as it is"
    file.write_text(after, encoding="utf-8")
    return load(home=folder)


def swap(old: str, new: str) -> Change:
    """Return a change of the first place where a text stands."""
    return lambda text: text.replace(old, new, 1)


def more(text: str) -> Change:
    """Return a change that adds to the end."""
    return lambda page: f"{page}\n{text}\n"
