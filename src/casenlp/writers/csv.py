"""Comma-separated values: a header and one line a row, in UTF-8; evidence is JSON; null is an empty cell.

A text cell that a spreadsheet would take for a formula (it begins with =, @, a tab, or with + or - and more than a
number) gets an apostrophe in front; after OWASP's advice on CSV injection.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from casenlp.records import Extraction, as_dict, columns
from casenlp.writers.files import one_file_a_table, text_output

_FORMULA = re.compile(r"[=@\t\r]|[+-](?![+-]*\s*\Z|\d+(?:[.,]\d+)?\s*%?\Z)")


def cell(value: Any) -> str:
    """A value as the text of one cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


def number(value: float) -> str:
    """A number in its shortest form that reads back equal, without ".0"."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def write_csv(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """One file a table into the folder `out`; a single table into the file `out` or to standard output."""
    with ExitStack() as stack:
        if out is None and len(tables) == 1:
            streams = {tables[0]: stack.enter_context(text_output(None))}
        else:
            paths = stack.enter_context(one_file_a_table(out, tables, ".csv"))
            streams = {
                table: stack.enter_context(path.open("w", encoding="utf-8", newline=""))
                for table, path in paths.items()
            }
        sheets = {table: csv.writer(stream, lineterminator="\n") for table, stream in streams.items()}
        for table, sheet in sheets.items():
            sheet.writerow(columns(table))
        for extraction in extractions:
            for table, sheet in sheets.items():
                sheet.writerows([cell(v) for v in as_dict(row).values()] for row in extraction.rows(table))
