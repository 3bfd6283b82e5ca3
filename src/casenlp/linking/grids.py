"""The grid of a table of the source, in offsets of the repaired text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from casenlp.documents import Cell, SourceTable
from casenlp.linking.reading import Reading

_MOST = 200_000  # fields of a grid; larger ones are data, not tables for reading


_ABOVE = 300  # characters before a table of plain text among which its caption is
#: Lines of a plain text that a browser or a word processor has copied from a table: three or more with tabs in them.
_TABBED = re.compile(r"(?:^[^\t\n]*\t[^\n]*(?:\n|\Z)){3,}", re.MULTILINE)


@dataclass(eq=False, slots=True)
class GridCell:
    """A cell [start, end) with its words, as written and in lower case with single spaces.

    A cell that reaches over several fields of the grid is one object in all of them; a field without a cell is empty.
    """

    start: int
    end: int
    text: str
    lower: str


Grid = list[list[GridCell]]


def grids_of(reading: Reading) -> list[tuple[SourceTable, Grid]]:
    """The tables whose words the pipeline has seen, in order, each with its grid."""
    return [(table, _grid_of(reading, table)) for table in _tables_of(reading)]


def _tables_of(reading: Reading) -> list[SourceTable]:
    """Those of the source's blocks; of plain text, which are told by their tabs."""
    if not reading.source.blocks:
        if "\t" not in reading.source.text:
            return []
        tables = [_tabbed(m.group(), m.start()) for m in _TABBED.finditer(reading.source.text)]
        return [table for table in tables if _is_said(reading, table)]
    seen = {block.start for block in reading.source.blocks if block.kind == "table"}
    return [table for table in reading.source.tables if table.start in seen and table.cells]


def _is_said(reading: Reading, table: SourceTable) -> bool:
    """Whether a table stands in a section that tells something: no menu, no bibliography."""
    section = reading.known.section_at(reading.normalized.offsets.to_normalized(table.start))
    return section is None or section.subject != "none"


def _tabbed(lines: str, start: int) -> SourceTable:
    """The cells of lines that begin at offset `start` of the source, parted by tabs."""
    cells: list[Cell] = []
    at = start
    for row, line in enumerate(lines.rstrip("\n").split("\n")):
        for column, words in enumerate(line.split("\t")):
            cells.append(Cell(at, at + len(words), row, column))
            at += len(words) + 1
    return SourceTable(start, at - 1, tuple(cells))


def _grid_of(reading: Reading, table: SourceTable) -> Grid:
    """Rows of fields, all of one length; no rows when the table is too large to be one for reading."""
    height = max(c.row for c in table.cells) + 1
    width = max(c.column + c.column_span for c in table.cells)
    if height * width > _MOST:
        return []
    offsets, text = reading.normalized.offsets, reading.known.text
    at = offsets.to_normalized(table.start)
    empty = GridCell(at, at, "", "")
    grid: Grid = [[empty] * width for _ in range(height)]
    for cell in table.cells:
        made = empty
        if cell.end > cell.start:
            start = offsets.to_normalized(cell.start)
            words = text[start : offsets.to_normalized(cell.end)]
            start += len(words) - len(words.lstrip())
            words = words.strip()
            made = GridCell(start, start + len(words), words, " ".join(words.lower().split()))
        for row in grid[cell.row : cell.row + cell.row_span]:
            row[cell.column : cell.column + cell.column_span] = [made] * cell.column_span
    return grid


def caption_of(reading: Reading, table: SourceTable) -> str:
    """The words of a table's caption: its own, the caption right before it, or in plain text the lines above it."""
    source = reading.source
    if table.caption is not None:
        return source.text[slice(*table.caption)]
    if not source.blocks:
        return re.split(r"\n\s*\n", source.text[max(0, table.start - _ABOVE) : table.start])[-1]
    before = [block for block in source.blocks if block.end <= table.start]
    return source.text[before[-1].start : before[-1].end] if before and before[-1].kind == "caption" else ""


def turned(grid: Grid) -> Grid:
    """Rows as columns."""
    return [list(column) for column in zip(*grid, strict=True)]
