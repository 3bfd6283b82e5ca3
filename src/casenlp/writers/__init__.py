"""From extractions to files: one writer an output format, in one table.

A writer takes extractions as they come, where to write (None is standard output) and which tables. Files appear
whole or not at all: each is written beside its place and renamed into it at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from casenlp.errors import UsageError
from casenlp.records import TABLES, Extraction
from casenlp.writers.bioc import write_bioc
from casenlp.writers.brat import write_brat
from casenlp.writers.csv import write_csv
from casenlp.writers.displacy import write_displacy
from casenlp.writers.jsonl import write_jsonl
from casenlp.writers.parquet import write_parquet
from casenlp.writers.table import write_table
from casenlp.writers.xlsx import write_xlsx

Write = Callable[[Iterable[Extraction], Path | None, Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Writer:
    """An output format: the function, the suffix that means it, and whether it fills a folder with files."""

    write: Write
    suffix: str
    folder: bool = False


#: The output formats by name.
WRITERS: Mapping[str, Writer] = {
    "table": Writer(write_table, ".txt"),
    "jsonl": Writer(write_jsonl, ".jsonl"),
    "csv": Writer(write_csv, ".csv", folder=True),
    "parquet": Writer(write_parquet, ".parquet", folder=True),
    "xlsx": Writer(write_xlsx, ".xlsx"),
    "bioc": Writer(write_bioc, ".json"),
    "brat": Writer(write_brat, ".ann", folder=True),
    "displacy": Writer(write_displacy, ".html"),
}


def write(
    extractions: Iterable[Extraction],
    format: str,
    out: Path | None = None,
    tables: Sequence[str] = tuple(TABLES),
) -> None:
    """Write extractions in a format; UsageError for a format, table or place that cannot be."""
    if format not in WRITERS:
        raise UsageError(f"format {format!r} does not exist; choose one of {', '.join(WRITERS)}")
    for table in tables:
        if table not in TABLES:
            raise UsageError(f"table {table!r} does not exist; choose one of {', '.join(TABLES)}")
    WRITERS[format].write(extractions, out, tables)


def format_of(out: Path | None) -> str:
    """The format that the suffix of an output file means; "table" when it means none."""
    suffix = out.suffix.lower() if out else ""
    return next((name for name, writer in WRITERS.items() if writer.suffix == suffix), "table")
