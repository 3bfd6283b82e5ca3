"""A store's tables in files: CSV, a workbook or JSON Lines in input order; Parquet by doc_id.

A query for some documents then reads few of a Parquet file's row groups, each of which says its first and last doc_id.
"""

from __future__ import annotations

import json
from pathlib import Path

from casenlp.batch.contents import extractions, failures, mark
from casenlp.batch.databases import Database
from casenlp.batch.stamps import stat_of
from casenlp.records import TABLES
from casenlp.writers import WRITERS, write
from casenlp.writers.files import replacing
from casenlp.writers.parquet import write_parquet

#: Formats in which a batch can write its tables, and the names of their files.
FORMATS = {
    "csv": [f"{table}.csv" for table in TABLES],
    "parquet": [f"{table}.parquet" for table in TABLES],
    "xlsx": ["tables.xlsx"],
    "jsonl": ["documents.jsonl"],
    "none": [],
}


def export(database: Database, format: str, out: Path) -> None:
    """Write all tables into the folder `out`, unless they were written from the store as it is."""
    if format == "none":
        return
    files = FORMATS[format]
    stamp = json.dumps([mark(database, "changes"), {name: stat_of(out / name) for name in files}])
    if mark(database, f"written {format} {out.absolute()}") == stamp:
        return
    export_tables(database, format, out)
    stamp = json.dumps([mark(database, "changes"), {name: stat_of(out / name) for name in files}])
    database.begin()
    database.execute(
        "INSERT INTO about VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (f"written {format} {out.absolute()}", stamp),
    )
    database.commit()


def export_tables(database: Database, format: str, out: Path) -> list[Path]:
    """Write all tables into the folder `out`; the files that were written."""
    out.mkdir(parents=True, exist_ok=True)
    tables = tuple(TABLES) if format != "jsonl" else ("mentions", *TABLES)
    place = out if WRITERS[format].folder else out / FORMATS[format][0]
    if format == "parquet":
        write_parquet(extractions(database, tables, by_name=True), place, tables, by_name=True)
    else:
        write(extractions(database, tables), format, place)
    return [out / name for name in FORMATS[format]]


def write_failures(database: Database, out: Path) -> None:
    """failures.tsv in the folder `out`: doc_id, reason and message of every document that failed."""
    with replacing(out / "failures.tsv") as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("doc_id\treason\tmessage\n")
        for failed in failures(database):
            stream.write("\t".join(" ".join(part.split()) for part in (failed.doc_id, failed.reason, failed.message)))
            stream.write("\n")
