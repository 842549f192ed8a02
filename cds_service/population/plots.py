"""The pictures of a population's figures (SVG, by matplotlib, as the insights' are)."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .figures import Figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20
_BLUE, _STATES = "#0072b2", ("#d55e00", "#e69f00", "#009e73", "#bbbbbb")  # told apart by all eyes
_STATE_NAMES = (("supported", "supported"), ("possible", "possible"), ("notSupported", "not supported"),
                ("notAssessable", "not assessable"))  # fmt: skip
Bars = Sequence[tuple[str, float]]


def plots(found: Figures) -> dict[str, bytes]:
    """Return each picture by its name; none without the library, nor one without anything to show."""
    if find_spec("matplotlib") is None:
        return {}
    firing, clinic = found["firing"], found["clinic"]
    bars: dict[str, tuple[str, Bars]] = {
        "kind": ("Cards for 1,000 charts opened, by kind", _pairs(firing["byKind"], "name", "per1000")),
        "region": ("Cards for 1,000 charts opened, by region", _pairs(firing["byRegion"], "name", "per1000")),
        "indicator": ("Cards for 1,000 charts opened, by indicator", _pairs(firing["byIndicator"], "name", "per1000")),
        "missing": ("What would settle most, in episodes", _pairs(found["missing"]["texts"], "says", "episodes")),
        "unmapped": ("Codes near injections that no value set knows", _codes(found["unmapped"])),
        "clinic": ("Days of one clinician, by cards on that day", _pairs(clinic["histogram"], "cards", "days")),
    }
    drawn = {name: _drawn(_bars(title, pairs)) for name, (title, pairs) in bars.items() if pairs}
    if found["causes"]:
        drawn["causes"] = _drawn(lambda figure: _causes(figure, found["causes"]))
    return drawn


def _drawn(draw: Callable[[Figure], None]) -> bytes:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cds", "font.family": "sans-serif", "font.size": 9}):
        figure = Figure(layout="constrained")
        draw(figure)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _bars(title: str, pairs: Bars) -> Callable[[Figure], None]:
    def draw(figure: Figure) -> None:
        shown = list(reversed(pairs[:MOST_BARS]))
        figure.set_size_inches(8, 0.8 + 0.25 * len(shown))
        axes = figure.subplots()
        axes.set_title(title, loc="left")
        axes.barh(range(len(shown)), [number for _, number in shown], color=_BLUE)
        axes.set_yticks(range(len(shown)), [_short(name) for name, _ in shown])
        axes.spines[["top", "right"]].set_visible(False)

    return draw


def _causes(figure: Figure, causes: list[dict[str, Any]]) -> None:
    rows = list(reversed(causes))
    figure.set_size_inches(8, 1.0 + 0.28 * len(rows))
    axes = figure.subplots()
    axes.set_title("Causes and their states, in episodes", loc="left")
    start = [0] * len(rows)
    for (key, name), colour in zip(_STATE_NAMES, _STATES, strict=True):
        widths = [int(row[key]) for row in rows]
        axes.barh(range(len(rows)), widths, left=start, color=colour, label=name)
        start = [s + w for s, w in zip(start, widths, strict=True)]
    axes.set_yticks(range(len(rows)), [_short(row["cause"]) for row in rows])
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)


def _pairs(rows: list[dict[str, Any]], name: str, number: str) -> Bars:
    return [(str(row[name]), float(row[number])) for row in rows]


def _codes(rows: list[dict[str, Any]]) -> Bars:
    return [(f"{r['code']} {r['display']}".strip(), float(r["resources"])) for r in rows if not r["besideKnown"]]


def _short(text: str) -> str:
    """Return text of a length that fits, in which the library sees no formula."""
    return (text if len(text) <= 60 else text[:59] + "…").replace("$", r"\$")
