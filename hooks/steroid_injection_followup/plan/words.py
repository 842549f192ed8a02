"""The words of a page as a card shows them: what the chart fills in, it fills in when they are read."""

from __future__ import annotations

from typing import NamedTuple

from .picture import Picture, Place


class Text(NamedTuple):
    """Words of a page or of a finding; `open` ones name in braces what the chart is to fill in."""

    words: str
    open: bool = False

    def told(self, picture: Picture, place: Place) -> str:
        """Fill the words: `site` and `place`, a number of thresholds.toml, else what the fact of that name says."""
        return self.words.format_map(_Filled(picture, place)) if self.open else self.words


def text(words: str) -> Text:
    """Take the words of a page; those of a chart are never taken so, since nothing in them may be filled in."""
    return Text(words, "{" in words)


class _Filled(dict[str, object]):
    def __init__(self, picture: Picture, place: Place) -> None:
        super().__init__(site=picture.place.label, place=place.label)
        self._picture = picture

    def __missing__(self, name: str) -> object:
        number = self._picture.case.library.numbers.get(name)
        return self._picture[name].said or "not stated" if number is None else number
