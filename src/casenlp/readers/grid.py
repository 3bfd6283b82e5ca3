"""Tables of markup as text with cells: a line a row, a tab between cells, and the place of each cell in the grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from casenlp.documents import Cell

#: No cell reaches over more columns or rows; what claims more is not meant for reading.
_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Field:
    """The words of one cell as its table states it, with the rows and columns that it claims."""

    words: str
    row_span: int = 1
    column_span: int = 1
    header: bool = False
    column: int | None = None


def lay_out(rows: Iterable[Iterable[Field]], start: int) -> tuple[str, tuple[Cell, ...]]:
    """The text of a table that begins at offset `start`, and its cells; empty cells have no words but a place."""
    parts: list[str] = []
    cells: list[Cell] = []
    taken: dict[int, int] = {}  # column -> rows that a cell above still reaches down
    at = start
    for number, row in enumerate(rows):
        if number:
            parts.append("\n")
            at += 1
        column = 0
        claimed: dict[int, int] = {}
        for index, field in enumerate(row):
            while taken.get(column):
                column += 1
            column = field.column if field.column is not None and field.column > column else column
            if index:
                parts.append("\t")
                at += 1
            width, height = _span(field.column_span), _span(field.row_span)
            cells.append(Cell(at, at + len(field.words), number, column, height, width, field.header))
            parts.append(field.words)
            at += len(field.words)
            claimed.update(dict.fromkeys(range(column, column + width), height))
            column += width
        taken = {c: left - 1 for c, left in taken.items() if left > 1}
        taken.update({c: height - 1 for c, height in claimed.items() if height > 1})
    return "".join(parts), tuple(cells)


def number_of(stated: str | None) -> int:
    """A span as an attribute states it; 1 where it is none."""
    return int(stated) if stated and stated.isascii() and stated.isdigit() and len(stated) < 6 else 1


def _span(claimed: int) -> int:
    return max(1, min(claimed, _WIDEST))
