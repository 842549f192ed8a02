"""The work file: an embedded engine (DuckDB) that brings patients together, spills to disk, and keeps what is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from ..errors import UsageError
from .evaluation import Evaluated
from .job import Span, Task
from .rows import TABLES

BATCH_BYTES = 4 << 20
ASKED_AT_ONCE = 16  # batches
_AN_ANSWER = 20_000  # what a patient costs besides the bytes read, in bytes
_TSV = "delim='\t', header=false, quote='', escape='', auto_detect=false, max_line_size=4096, buffer_size=1048576"
_JSON = "format='newline_delimited', maximum_object_size=1048576"


class Desk:
    """One run's work file."""

    def __init__(self, folder: Path, *, memory: str, threads: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        try:
            self.engine = duckdb.connect(str(folder / "work.duckdb"))
            self.engine.execute("SET memory_limit = ?", [memory])
        except duckdb.Error as problem:
            raise UsageError(f"{folder}: {str(problem).splitlines()[0]}") from None
        self.engine.execute(f"SET threads = {int(threads)}")
        self.engine.execute("SET temp_directory = ?", [str(folder / "spill")])
        self.engine.execute("SET preserve_insertion_order = false")
        self.engine.execute("CREATE TABLE IF NOT EXISTS note (name VARCHAR PRIMARY KEY, says VARCHAR)")

    def note(self, name: str) -> str | None:
        """Return what was noted under a name."""
        found = self.engine.execute("SELECT says FROM note WHERE name = ?", [name]).fetchone()
        return None if found is None else str(found[0])

    def write_note(self, name: str, says: str) -> None:
        """Note something."""
        self.engine.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", [name, says])

    def bring_together(self, index: Path) -> None:
        """Sort all spans by patient, and cut the patients into batches in the order in which the export has them."""
        run = self.engine.execute
        for table in ("raw", "medication", "want", "ordered", "patient", "span", "batch", *TABLES):
            run(f"DROP TABLE IF EXISTS {table}")
        where = "file INTEGER, start BIGINT, length BIGINT"
        self._read(index, "raw", "spans", f"patient VARCHAR, {where}, resources BIGINT")
        self._read(index, "medication", "medications", f"name VARCHAR, {where}")
        self._read(index, "want", "wants", "patient VARCHAR, name VARCHAR")
        run(_MEDICATIONS)
        run(_ORDERED)
        run("SET preserve_insertion_order = true")
        run(_PATIENTS, [_AN_ANSWER, BATCH_BYTES])
        run("SET preserve_insertion_order = false")
        run("CREATE TABLE span AS SELECT batch, patient, file, start, length FROM raw JOIN patient USING (patient) "
            "ORDER BY batch, patient, file, start")  # fmt: skip
        run("CREATE TABLE batch AS SELECT batch AS number, count(*) AS patients, sum(bytes) AS bytes, false AS done "
            "FROM patient GROUP BY batch")  # fmt: skip
        for name, columns in TABLES.items():
            run(f"CREATE TABLE {name} ({', '.join(f'{c} {kind}' for c, kind in columns.items())})")
        for table in ("raw", "medication", "want", "ordered"):
            run(f"DROP TABLE {table}")

    def tasks(self, job: Path) -> Iterator[Task]:
        """Yield the batches that are not done."""
        waiting = iter(self.rows("SELECT number FROM batch WHERE NOT done ORDER BY number"))
        while some := [number for (number,) in islice(waiting, ASKED_AT_ONCE)]:
            rows = self.rows(_BATCHES, some[0], some[-1], some)
            for number, of_batch in groupby(rows, key=itemgetter(0)):
                patients = (
                    (patient, tuple(Span(*row[2:]) for row in found))
                    for patient, found in groupby(of_batch, key=itemgetter(1))
                )
                yield Task(str(job), number, tuple(patients))

    def keep(self, done: Sequence[Evaluated]) -> None:
        """Keep the rows of some batches and that they are done, all or nothing."""
        run = self.engine.execute
        run("BEGIN")
        for name, columns in TABLES.items():
            text = b"".join(each.tables.get(name, b"") for each in done)
            if text:
                path = self.folder / f"{name}.rows"
                path.write_bytes(text)
                read = f"read_json(?, {_JSON}, columns={_declared(columns)})"
                run(f"INSERT INTO {name} BY NAME SELECT * FROM {read}", [str(path)])
                path.unlink()
        run("UPDATE batch SET done = true WHERE list_contains(?, number)", [[each.number for each in done]])
        run("COMMIT")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query whose answer is small."""
        return self.engine.execute(query, list(values)).fetchall()

    def dicts(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of their columns."""
        found = self.engine.execute(query, list(values))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def fill(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a query once for each row of values."""
        if rows:
            self.engine.executemany(query, rows)

    def one(self, query: str, *values: Any) -> Any:
        """Return the first value of the first row."""
        found = self.engine.execute(query, list(values)).fetchone()
        return None if found is None else found[0]

    def export(self, query: str, path: Path) -> None:
        """Write the answer to a query as a Parquet file."""
        self.engine.execute(f"COPY ({query}) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")

    def close(self) -> None:
        """Close the work file."""
        self.engine.close()

    def _read(self, index: Path, table: str, name: str, columns: str) -> None:
        """Read rows of all ranges; without any, the table is empty."""
        self.engine.execute(f"CREATE TABLE {table} ({columns})")
        if any(index.glob(f"{name}-*.tsv")):
            pairs = [(column, kind) for column, kind in (each.split() for each in columns.split(", "))]
            read = f"read_csv(?, {_TSV}, columns={_declared(dict(pairs))})"
            self.engine.execute(f"INSERT INTO {table} SELECT * FROM {read}", [str(index / f"{name}-*.tsv")])


def _declared(columns: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{column}: '{kind}'" for column, kind in columns.items()) + "}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


# A Medication names no patient: it comes to those whose resources refer to it, and so do those that it is made of.
_MEDICATIONS = """
INSERT INTO raw
SELECT DISTINCT want.patient, file, start, length, 1
FROM (
    SELECT patient, name FROM want WHERE NOT starts_with(patient, 'Medication/')
    UNION
    SELECT w.patient, part.name FROM want w JOIN want part ON part.patient = w.name
    WHERE NOT starts_with(w.patient, 'Medication/')
) AS want JOIN medication USING (name)
"""
# In the order in which the export has them, so that a batch reads what lies together.
_ORDERED = """
CREATE TABLE ordered AS
SELECT patient, sum(length) AS bytes, sum(resources)::BIGINT AS resources, min(file * 1099511627776 + start) AS place
FROM raw GROUP BY patient ORDER BY place
"""
# Over rows as they come, which needs no memory; a window with an order of its own would hold them all.
_PATIENTS = """
CREATE TABLE patient AS
SELECT patient, bytes, resources, (sum(bytes + ?) OVER (ROWS UNBOUNDED PRECEDING) // ?)::INTEGER AS batch FROM ordered
"""
_BATCHES = """
SELECT batch, patient, file, start, length FROM span WHERE batch BETWEEN ? AND ? AND list_contains(?::INTEGER[], batch)
ORDER BY batch, patient, file, start
"""
