"""The report as one page: pictures, then the figures as tables; no script, nothing from elsewhere, and no patient."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .figures import Figures

STYLE = Path(__file__).with_name("report.css")
_CLINIC = {
    "days": "days of one clinician",
    "practitioners": "clinicians",
    "patientsADay": "patients a day",
    "cardsADay": "cards a day",
    "cardsMedian": "cards a day, median",
    "cardsNinth": "cards a day, nine days of ten have at most",
    "cardsMost": "cards on the worst day",
    "daysWithCard": "share of days with a card",
}
_AS_KNOWN = (
    "Each chart is taken as it is known today, without what came after the encounter. What was written later about "
    "earlier days, and states that have changed since, cannot be told apart: these figures are close, not exact."
)


def page(found: Figures, pictures: Mapping[str, bytes]) -> str:
    """Return the report as HTML."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><title>Before go-live</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{STYLE.read_text(encoding='utf-8')}</style>",
            "</head><body><main>",
            *_head(found),
            *_firing(found, pictures),
            *_compared(found.get("compared")),
            *_reasoning(found, pictures),
            *_missing(found, pictures),
            *_clinic(found, pictures),
            *_export(found["export"]),
            "</main></body></html>",
            "",
        ]
    )


def _head(found: Figures) -> Iterator[str]:
    asked, people, firing = found["asked"], found["population"], found["firing"]
    when = f"each encounter from {asked['from']} to {asked['to']}" if asked["eachEncounter"] else f"as of {asked['to']}"
    versions = ", ".join(f"{k['knowledge']} {k['version']}" for k in asked["knowledge"])
    yield f"<h1>Before go-live: {escape(when)}</h1>"
    yield (
        f"<p>{people['patients']} patients, {people['patientsWithInjection']} with an injection, "
        f"{people['patientsWithCard']} with a card. Knowledge: {escape(versions)}.</p>"
    )
    if found["export"]["asOf"]:
        yield f"<p>The export is of {escape(found['export']['asOf'])}.</p>"
    if firing["rate"] is not None:
        yield (
            f"<p>Of {firing['charts']} charts opened, {firing['chartsWithCard']} show a card: "
            f"{_percent(firing['rate'])} (95 % interval {_percent(firing['low'])} to {_percent(firing['high'])}). "
            f"{firing['cards']} cards in all.</p>"
        )
    if asked["eachEncounter"]:
        yield f"<p>{_AS_KNOWN}</p>"
    yield from _table(["could not be evaluated", "charts"], _cells(people["failed"], "what", "charts"))
    yield from _table(["outside the scope", "patients"], _cells(people["outOfScope"], "why", "patients"))


def _firing(found: Figures, pictures: Mapping[str, bytes]) -> Iterator[str]:
    yield "<h2>How often it would fire</h2>"
    for dimension in ("kind", "region", "indicator"):
        yield from _picture(pictures, dimension, f"Cards for 1,000 charts opened, by {dimension}.")
        rows = found["firing"][f"by{dimension.title()}"]
        yield from _table(
            [dimension, "cards", "patients", "for 1,000 charts"],
            [[r["name"], r["cards"], r["patients"], f"{r['per1000']:.2f}"] for r in rows],
        )


def _reasoning(found: Figures, pictures: Mapping[str, bytes]) -> Iterator[str]:
    yield "<h2>Responses and causes</h2>"
    yield from _table(["response", "reason", "episodes"], _cells(found["responses"], "response", "reason", "episodes"))
    yield from _picture(pictures, "causes", "Causes and their states.")
    states = ("supported", "possible", "notSupported", "notAssessable")
    yield from _table(
        ["cause", "supported", "possible", "not supported", "not assessable"],
        _cells(found["causes"], "cause", *states),
    )


def _missing(found: Figures, pictures: Mapping[str, bytes]) -> Iterator[str]:
    missing = found["missing"]
    yield "<h2>What data is missing</h2>"
    yield from _picture(pictures, "missing", "What would settle most, in episodes.")
    yield "<p>Which data would help, by the type of resource that would hold it. Codes are examples that are known.</p>"
    yield from _table(
        ["resource type", "in episodes", "things missing", "causes"],
        _cells(missing["resourceTypes"], "type", "episodes", "things", "causes"),
    )
    yield from _table(
        ["would settle", "in episodes", "causes", "resource types", "for example"],
        [
            [t["says"], t["episodes"], t["causes"], ", ".join(t["resourceTypes"]), _codes(t["codes"])]
            for t in missing["texts"]
        ],
    )
    yield from _table(
        ["cannot be assessed", "in episodes", "would settle it most often"],
        [[c["cause"], c["episodes"], _settled(c["settledBy"])] for c in missing["causes"]],
    )
    yield from _table(["causes not asked", "in episodes"], _cells(missing["notAsked"], "says", "episodes"))
    yield from _table(["list that is not whole", "patients"], _cells(missing["types"], "type", "patients"))
    yield from _picture(pictures, "unmapped", "Codes near injections that no value set knows.")
    yield from _table(
        ["code", "system", "display", "resources", "patients", "beside a known code"],
        [
            [
                u["code"] or "words alone",
                u["system"],
                u["display"],
                u["resources"],
                u["patients"],
                _yes(u["besideKnown"]),
            ]
            for u in found["unmapped"]
        ],
    )
    if found["wordsOfFew"]:
        yield f"<p>{found['wordsOfFew']} more resources have words without a code that few patients share.</p>"


def _settled(texts: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{t['says']} ({', '.join((str(t['episodes']), *t['resourceTypes']))})" for t in texts[:3])


def _codes(codes: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(f"{c['system']} {c['code']} {c['display']}" for c in codes)


def _clinic(found: Figures, pictures: Mapping[str, bytes]) -> Iterator[str]:
    clinic = found["clinic"]
    yield "<h2>A clinician's day</h2>"
    if not clinic["days"]:
        yield "<p>No encounter of the period names a practitioner, so nothing can be said of a clinician's day.</p>"
        return
    if not found["asked"]["eachEncounter"]:
        yield "<p>An estimate: the cards of the day asked about, met in the encounters of the 90 days before it.</p>"
    yield from _picture(pictures, "clinic", "Days of one clinician, by the number of cards.")
    yield from _table(["", ""], [[words, _number(clinic[key])] for key, words in _CLINIC.items()])


def _compared(compared: Figures | None) -> Iterator[str]:
    if compared is None:
        return
    yield "<h2>With the other knowledge</h2>"
    yield from _table(["change", "cards", "patients"], _cells(compared["cards"], "change", "cards", "patients"))
    yield from _table(
        ["change", "kind", "cards", "patients"], _cells(compared["byKind"], "change", "kind", "cards", "patients")
    )
    yield from _table(
        ["change", "kind", "because", "cards"], _cells(compared["because"], "change", "kind", "why", "cards")
    )
    yield from _table(["response", "with the other", "episodes"], _cells(compared["responses"], "before", "after",
                                                                         "episodes"))  # fmt: skip
    yield "<p>Examples. The file <code>changes.parquet</code> says by the same number whose they are.</p>"
    yield from _table(
        ["example", "change", "kind", "region", "side", "indicator", "because"],
        [
            [e["example"], e["change"], e["kind"], e["region"], e["side"], _moved(e), "; ".join(e["because"])]
            for e in compared["examples"]
        ],
    )


def _moved(example: Mapping[str, Any]) -> str:
    before, after = example["indicatorBefore"], example["indicatorAfter"]
    return str(before or after) if not before or not after or before == after else f"{before} → {after}"


def _export(export: Figures) -> Iterator[str]:
    yield "<h2>The export</h2>"
    yield from _table(["resource type", "resources"], _cells(export["resources"], "type", "resources"))
    yield from _table(["not as it should be", "times"], _cells(export["amiss"], "what", "times"))
    yield from _table(
        ["what", "file", "line"], [[p["what"], p["file"], p["line"] or "whole file"] for p in export["places"]]
    )


def _picture(pictures: Mapping[str, bytes], name: str, says: str) -> Iterator[str]:
    if name in pictures:
        inside = b64encode(pictures[name]).decode()
        words = escape(says)
        yield f'<figure><img src="data:image/svg+xml;base64,{inside}" alt="{words}">'
        yield f"<figcaption>{words}</figcaption></figure>"


def _cells(rows: Sequence[Mapping[str, Any]], *names: str) -> list[list[Any]]:
    return [[row[name] for name in names] for row in rows]


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Write rows under a head, numbers to the right; who cannot use a mouse scrolls what is too wide by its focus."""
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    marks = ["", *(' class="number"' if all(map(_is_number, column)) else "" for column in columns[1:])]
    label = escape(", ".join(filter(None, head)) or "figures")
    yield f'<div class="wide" tabindex="0" role="group" aria-label="{label}"><table><thead><tr>'
    yield "".join(_head_cell(name, mark) for name, mark in zip(head, marks, strict=True))
    yield "</tr></thead><tbody>"
    for first, *others in rows:
        cells = "".join(f"<td{mark}>{_text(cell)}</td>" for cell, mark in zip(others, marks[1:], strict=True))
        yield f'<tr><th scope="row">{_text(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _head_cell(name: str, mark: str) -> str:
    return f'<th scope="col"{mark}>{escape(name)}</th>' if name else "<td></td>"


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and cell.replace(".", "", 1).isdigit())


def _text(cell: Any) -> str:
    return "" if cell is None else escape(str(cell))


def _yes(held: object) -> str:
    return "yes" if held else "no"


def _percent(share: float) -> str:
    return f"{share * 100:.2f} %"


def _number(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
