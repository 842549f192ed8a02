"""What a run writes: the page, the figures as JSON, and the assessments as Parquet, where alone patients are named."""

from __future__ import annotations

import json
from pathlib import Path

from .figures import Figures
from .page import page
from .plots import plots
from .run import Ran

_PARQUET = {
    "assessments": "SELECT * FROM assessment ORDER BY patient, as_of, knowledge",
    "cards": "SELECT * FROM card ORDER BY patient, as_of, knowledge, kind, region, side",
    "episodes": "SELECT * FROM episode ORDER BY patient, as_of, knowledge, region, side",
    "causes": "SELECT * FROM cause ORDER BY patient, as_of, knowledge, region, side, cause",
}
_CHANGES = "SELECT * FROM difference ORDER BY example"


def write(ran: Ran, found: Figures, folder: Path) -> list[Path]:
    """Write all files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "report.html", folder / "report.json"]
    written[0].write_text(page(found, plots(found)), encoding="utf-8")
    written[1].write_text(json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    tables = _PARQUET | ({"changes": _CHANGES} if "compared" in found else {})
    for name, query in tables.items():
        written.append(folder / f"{name}.parquet")
        ran.desk.export(query, written[-1])
    return written
