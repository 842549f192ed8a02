"""The insights as pictures (SVG, by matplotlib), for where people would rather look than read.

matplotlib is loaded when the first picture is drawn: never on a chart view, and not at the start.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from .counts import Tally
from .drift import CALLS, EVERYONE, Series
from .report import Insights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCEPTED, OVERRIDDEN, UNANSWERED, SIGNAL = "#0072b2", "#d55e00", "#bbbbbb", "#cc0000"  # told apart by all eyes
MOST_SERIES = 12
_drawing = threading.Lock()  # the library's settings are global


def plots(found: Insights) -> dict[str, Callable[[], bytes]]:
    """Return how to draw each picture, by its name; none without the library, nor one without anything to show."""
    if find_spec("matplotlib") is None:
        return {}
    known: dict[str, Callable[[], bytes]] = {}
    if any(tally.interval for tally in found.by["kind"].values()):
        known["acceptance"] = lambda: _drawn(lambda figure: _acceptance(figure, found.by["kind"]))
    if found.by["week"]:
        known["weeks"] = lambda: _drawn(lambda figure: _weeks(figure, found.by["week"]))
    if found.reasons:
        known["reasons"] = lambda: _drawn(lambda figure: _reasons(figure, found))
    if any(_in_picture(series) for series in found.firing):
        known["firing"] = lambda: _drawn(lambda figure: _firing(figure, found))
    return known


def _drawn(draw: Callable[[Figure], None]) -> bytes:
    with _drawing:
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cds", "font.family": "sans-serif", "font.size": 9}):
            figure = Figure(layout="constrained")
            draw(figure)
            out = io.BytesIO()
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _acceptance(figure: Figure, kinds: Mapping[str, Tally]) -> None:
    answered = {kind: tally for kind, tally in kinds.items() if tally.interval}
    axes = _axes(figure, rows=len(answered), title="Accepted of those answered, with 95 % interval")
    for place, (_kind, tally) in enumerate(reversed(answered.items())):
        low, high = tally.interval or (0.0, 0.0)
        axes.plot([low, high], [place, place], color=ACCEPTED, linewidth=2)
        axes.plot([tally.acceptance or 0.0], [place], "o", color=ACCEPTED)
        axes.annotate(f"   {tally.accepted} of {tally.accepted + tally.overridden}", (high, place), va="center")
    axes.set_yticks(range(len(answered)), list(reversed(answered)))
    axes.set_xlim(0, 1.15)
    axes.set_ylim(-0.6, len(answered) - 0.4)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])


def _weeks(figure: Figure, weeks: Mapping[str, Tally]) -> None:
    figure.set_size_inches(8, 3)
    axes = figure.subplots()
    axes.set_title("Cards shown a week", loc="left")
    below = [0] * len(weeks)
    for name, colour in (("accepted", ACCEPTED), ("overridden", OVERRIDDEN), ("unanswered", UNANSWERED)):
        heights = [int(getattr(tally, name)) for tally in weeks.values()]
        axes.bar(range(len(weeks)), heights, bottom=below, color=colour, label=name)
        below = [b + h for b, h in zip(below, heights, strict=True)]
    _name_weeks(axes, list(weeks))
    figure.legend(loc="outside right upper", frameon=False)


def _reasons(figure: Figure, found: Insights) -> None:
    counted: dict[str, int] = {}
    for reason in found.reasons:
        name = (reason.display or reason.code or "(no reason given)")[:40]
        counted[name] = counted.get(name, 0) + reason.reports
    commonest = sorted(counted.items(), key=lambda item: -item[1])[:MOST_SERIES]
    axes = _axes(figure, rows=len(commonest), title="Overridden because")
    names = [_plain(name) for name, _ in reversed(commonest)]
    axes.barh(range(len(commonest)), [number for _, number in reversed(commonest)], color=OVERRIDDEN)
    axes.set_yticks(range(len(commonest)), names)


def _firing(figure: Figure, found: Insights) -> None:
    series = [each for each in found.firing if _in_picture(each)][:MOST_SERIES]
    rows = (len(series) + 1) // 2
    figure.set_size_inches(9, 0.6 + 1.9 * rows)
    grid = figure.subplots(rows, 2, squeeze=False)
    for axes, each in zip(grid.flat, series, strict=False):
        _control_chart(axes, each)
    for axes in grid.flat[len(series) :]:
        axes.set_axis_off()


def _control_chart(axes: Axes, series: Series) -> None:
    """Draw the counts, what was expected, the limits, and a mark on each week that stands out."""
    weeks = series.weeks
    known = [place for place, week in enumerate(weeks) if week.expected is not None]
    lows, highs = ([getattr(weeks[p], side) for p in known] for side in ("low", "high"))
    axes.fill_between(known, lows, highs, step="mid", color="#dddddd", linewidth=0)
    axes.plot(known, [weeks[place].expected or 0.0 for place in known], color="#888888", linewidth=1)
    axes.plot(range(len(weeks)), [week.fired for week in weeks], color=ACCEPTED, marker=".", linewidth=1)
    odd = [place for place, week in enumerate(weeks) if week.signal]
    axes.plot(odd, [weeks[place].fired for place in odd], "o", color=SIGNAL, fillstyle="none")
    where = "" if series.client == EVERYONE else f", {series.client}"
    axes.set_title(_plain(f"{series.kind}{where}" + (f": {series.now}" if series.now else "")), loc="left", fontsize=9)
    axes.set_ylim(bottom=0)
    _name_weeks(axes, [week.week.isoformat() for week in weeks])


def _in_picture(series: Series) -> bool:
    """Whether a series is drawn: what stands out now, and every kind at all clients together."""
    return len(series.weeks) > 1 and (bool(series.now) or (series.client == EVERYONE and series.kind != CALLS))


def _axes(figure: Figure, *, rows: int, title: str) -> Axes:
    figure.set_size_inches(8, 0.9 + 0.3 * rows)
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _name_weeks(axes: Axes, weeks: list[str]) -> None:
    step = max(1, len(weeks) // 6)
    axes.set_xticks(range(0, len(weeks), step), weeks[::step], fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def _plain(text: str) -> str:
    """Return text in which the library sees no formula."""
    return text.replace("$", r"\$")
