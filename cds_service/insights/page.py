"""The page of insights: pictures, then the figures as tables; no script, and nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .counts import Tally
from .report import Insights
from .tabular import percent, range_of

STYLE = Path(__file__).with_name("insights.css")
_PICTURES = {
    "firing": "Does each kind still fire as it used to? Grey: what the weeks before let one expect, with limits of "
    "three standard deviations. Red: a week that stands out. Look why; about one signal in three is real.",
    "weeks": "Cards shown, and what became of them. An ignored card is never reported: it counts as unanswered.",
    "acceptance": "Accepted of those answered, by kind, with the 95 % interval.",
    "reasons": "Why cards were overridden.",
}
_ALONE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Insights</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><main class="insights">
{body}
</main></body></html>
"""
_COUNTED = ("fired", "shown", "held back", "accepted", "overridden", "unanswered", "acceptance", "95 % interval")
_EXPORTS = ("counts.csv", "reasons.csv", "firing.csv", "measure-report.json")


def body(found: Insights, pictures: Mapping[str, str], *, files_at: str = "", asked: str = "") -> str:
    """Return what the page says as HTML: pictures by their addresses, files linked below `files_at` with a query."""
    return "\n".join(_body(found, pictures, _links(files_at, asked)))


def alone(found: Insights, drawn: Mapping[str, Callable[[], bytes]]) -> str:
    """Return the page as one file that needs no server: pictures and style inside."""
    pictures = {name: f"data:image/svg+xml;base64,{b64encode(draw()).decode()}" for name, draw in drawn.items()}
    return _ALONE.format(style=STYLE.read_text(encoding="utf-8"), body=body(found, pictures))


def _links(prefix: str, asked: str) -> str:
    query = f"?{asked}" if asked else ""
    return ", ".join(f'<a href="{escape(prefix + name + query)}" download="{name}">{name}</a>' for name in _EXPORTS)


def _body(found: Insights, pictures: Mapping[str, str], links: str) -> Iterator[str]:
    window, total = found.window, found.total
    whose = f" of {escape(window.client)}" if window.client else ""
    yield f"<h1>What became of the cards{whose}</h1>"
    yield (
        f"<p>{window.since} to {window.until}: {found.exchanges} calls answered, {total.fired} cards fired, "
        f"{total.shown} shown, {total.held_back} held back as repeats, {total.shadow} in shadow.</p>"
    )
    yield f"<p>To take along: {links}.</p>"
    yield from _signals(found)
    for name, says in _PICTURES.items():
        if name in pictures:
            words = escape(says)
            yield f'<figure><img src="{escape(pictures[name])}" alt="{words}"><figcaption>{words}</figcaption></figure>'
    for dimension, values in found.by.items():
        yield from _table([f"by {dimension}", *_COUNTED], [[v or "(none)", *_counted(t)] for v, t in values.items()])
    yield from _table(
        ["overridden because", "code", "kind", "reports"],
        [[r.display or r.code or "(no reason given)", r.code, r.kind, r.reports] for r in found.reasons],
    )
    if found.unknown_reports:
        yield f"<p>{found.unknown_reports} reports of cards that we did not show are stored apart and not counted.</p>"


def _counted(t: Tally) -> list[Any]:
    counts = [t.fired, t.shown, t.held_back, t.accepted, t.overridden, t.unanswered]
    return [*counts, percent(t.acceptance), range_of(t)]


def _signals(found: Insights) -> Iterator[str]:
    if not found.signals:
        yield "<p>No kind of card fires other than it used to.</p>"
        return
    yield "<h2>Stands out in the last week</h2>"
    yield from _table(["kind", "client", "signal"], [[s.kind, s.client, s.now] for s in found.signals])


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    if not rows:
        return
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    yield "</tr></thead><tbody>"
    for first, *others in rows:
        cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in others)
        yield f'<tr><th scope="row">{escape(str(first))}</th>{cells}</tr>'
    yield "</tbody></table></div>"
