"""An Excel workbook: one sheet a table, the header frozen; text is always text, never a formula."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from casenlp.errors import UsageError
from casenlp.records import Extraction, as_dict, columns
from casenlp.writers.files import replacing

#: What a sheet can hold: rows, and characters in a cell.
_ROWS = 1_048_576
_CHARS = 32_767
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_xlsx(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """One workbook at `out`; cells over Excel's 32,767 characters are cut and end in "…"."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    if out is None:
        raise UsageError("a workbook cannot go to standard output; give a file with -o")

    def cells(sheet: Any, values: Iterable[Any]) -> list[Any]:
        out = []
        for value in values:
            if isinstance(value, list):
                value = json.dumps(value, ensure_ascii=False) if value else None
            if not isinstance(value, str):
                out.append(value)
                continue
            text = _ILLEGAL.sub("\ufffd", value)
            cell = WriteOnlyCell(sheet, text if len(text) <= _CHARS else text[: _CHARS - 1] + "…")
            cell.data_type = "s"
            out.append(cell)
        return out

    with replacing(out) as part:
        book = Workbook(write_only=True)
        sheets = {}
        for table in tables:
            sheet = book.create_sheet(table)
            sheet.freeze_panes = "A2"
            for i, name in enumerate(columns(table), start=1):
                sheet.column_dimensions[get_column_letter(i)].width = max(10, len(name) + 2)
            sheet.append(columns(table))
            sheets[table] = sheet
        try:
            _append(sheets, extractions, out, cells)
        except BaseException:
            for sheet in sheets.values():
                sheet.close()  # a sheet that is neither saved nor closed complains when it is collected
            raise
        book.save(part)


def _append(
    sheets: Mapping[str, Any],
    extractions: Iterable[Extraction],
    out: Path,
    cells: Callable[[Any, Iterable[Any]], list[Any]],
) -> None:
    written = dict.fromkeys(sheets, 1)
    for extraction in extractions:
        for table, sheet in sheets.items():
            for row in extraction.rows(table):
                written[table] += 1
                if written[table] > _ROWS:
                    found = f"{table} has more rows than a sheet can hold ({_ROWS:,})"
                    raise UsageError(f"{out}: {found}; choose parquet or csv")
                sheet.append(cells(sheet, as_dict(row).values()))
