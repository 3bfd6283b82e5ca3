"""Tables among the rows of a column: cells that stand below each other, with upright strips free of print between them.

A table is a run of rows of which most have two cells or more, and whose cells fall into the same columns. Rules are
not needed, but an upright one parts two cells however near they are, and one below the first rows ends the head of the
table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from casenlp.readers.pdf.pdfium import Box
from casenlp.readers.pdf.segments import Segment, fences_of

_FEWEST_ROWS = 3
_CELL_GAP = 1.4  # sizes of print between two cells; word gaps of lines set to one width are smaller
_EVEN = 1.15  # the widest gap of a stretched line, in its narrowest
_STRIP = 0.5  # sizes of print: the least width of the free strip between two columns
_CROSSED = 0.15  # share of the rows that may reach over a strip: heads that span columns, notes within the table
_LONG = 9  # words of a cell in one column that make a row text rather than a row of a table
_HEAD = 3  # rows that a head has at most

_FIGURE = re.compile(r"[<>≤≥~±+\-−–]?\s*\d|n\.?[ad]\.?$|[-–—]$|neg|pos|norm", re.IGNORECASE)

Row = list[Segment]


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell: its text, its place in the grid from 0, the columns it spans, and whether it belongs to the head."""

    text: str
    row: int
    column: int
    column_span: int
    header: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it stands on the page: its cells row by row, and its box."""

    cells: tuple[GridCell, ...]
    box: Box


def tables_among(rows: Sequence[Row], rules: Sequence[Box] = ()) -> list[list[Row] | Grid]:
    """The rows of a column, from the top down, parted into stretches of text and tables."""
    parts: list[list[Row] | Grid] = []
    text: list[Row] = []
    fences = fences_of(rules)
    at = 0
    while at < len(rows):
        end = _run(rows, at, fences)
        grid = _grid(rows[at:end], rules) if end - at >= _FEWEST_ROWS else None
        if grid is None:
            step = max(at + 1, end)
            text.extend(rows[at:step])
            at = step
            continue
        if text:
            parts.append(text)
            text = []
        parts.append(grid)
        at = end
    return [*parts, text] if text else parts


def _run(rows: Sequence[Row], start: int, fences: Sequence[Box]) -> int:
    """End of the rows from `start` on that may be rows of one table."""
    if not _is_tabular(rows[start], fences):
        return start
    end = start + 1
    while end < len(rows):
        row = rows[end]
        drop = rows[end - 1][0].base - row[0].base
        if drop > 3.2 * row[0].size:
            break
        if not _is_tabular(row, fences) and not (
            len(row) == 1 and row[0].words < _LONG and end + 1 < len(rows) and _is_tabular(rows[end + 1], fences)
            and not _fills(row[0], rows[start:end])
        ):  # fmt: skip
            break
        end += 1
    return end


def _fills(segment: Segment, rows: Sequence[Row]) -> bool:
    """Whether a line is as wide as the rows before it: text between two tables."""
    left, right = min(r[0].left for r in rows), max(r[-1].right for r in rows)
    return segment.right - segment.left > 0.8 * (right - left)


def _is_tabular(row: Row, fences: Sequence[Box]) -> bool:
    cells = _cells(row, fences)
    if not _are_fenced(row, fences) and len(row) > 2 and all(piece.words == 1 for piece in row):
        gaps = [after.left - before.right for before, after in pairwise(row)]
        if max(gaps) < _EVEN * min(gaps):  # a line of text stretched to the width of its column
            return False
    return len(cells) > 1 and sum(cell.words for cell in cells) <= _LONG * len(cells)


def _are_fenced(row: Row, fences: Sequence[Box]) -> bool:
    return any(_is_fenced(before, after, fences) for before, after in pairwise(row))


def _is_fenced(before: Segment, after: Segment, fences: Sequence[Box]) -> bool:
    """Whether an upright rule stands between two pieces of a row."""
    return any(before.right <= (b[0] + b[2]) / 2 <= after.left and b[1] <= after.base <= b[3] for b in fences)


def _cells(row: Row, fences: Sequence[Box]) -> list[Segment]:
    """The cells of a row: pieces with a wide gap or an upright rule between them."""
    cells: list[Segment] = []
    for segment in row:
        near = cells and segment.left - cells[-1].right < _CELL_GAP * max(segment.size, cells[-1].size)
        if near and not _is_fenced(cells[-1], segment, fences):
            cells[-1] = _together(cells[-1], segment)
        else:
            cells.append(segment)
    return cells


def _together(one: Segment, two: Segment) -> Segment:
    space = "" if two.left - one.right < 0.1 * one.size else " "
    return Segment(
        one.text + space + two.text, min(one.left, two.left), min(one.bottom, two.bottom), max(one.right, two.right),
        max(one.top, two.top), one.base, max(one.size, two.size), one.bold and two.bold, one.italic and two.italic,
        one.angle, False, one.lead,
    )  # fmt: skip


def _strips(rows: list[list[Segment]], fences: Sequence[Box]) -> list[float]:
    """Middles of the upright strips that hardly any row reaches over, from left to right.

    A strip with a rule in it may be as narrow as it likes.
    """
    bottom, top = rows[-1][0].base, rows[0][0].base
    ruled = [(b[0] + b[2]) / 2 for b in fences if b[3] > bottom and b[1] < top]
    cells = [cell for row in rows for cell in row]
    events = sorted([(c.left, 1) for c in cells] + [(c.right, -1) for c in cells])
    allowed = _CROSSED * len(rows)
    width = _STRIP * median(cell.size for cell in cells)
    strips: list[float] = []
    depth, since = 0, None
    for x, step in events:
        before = depth
        depth += step
        if before > allowed >= depth:
            since = x
        elif before <= allowed < depth and since is not None:
            if x - since >= width or any(since <= at <= x for at in ruled):
                strips.append((since + x) / 2)
            since = None
    return strips


def _grid(run: Sequence[Row], rules: Sequence[Box]) -> Grid | None:
    """The table of a run of rows; None when they have no columns in common, or are text in columns."""
    fences = fences_of(rules)
    rows = [_cells(row, fences) for row in run]
    strips = _strips(rows, fences)
    if not strips:
        return None
    placed: list[list[tuple[int, int, Segment]]] = []
    for row in rows:
        line: list[tuple[int, int, Segment]] = []
        for cell in row:
            first = sum(1 for strip in strips if strip < cell.left + 1)
            last = sum(1 for strip in strips if strip < cell.right - 1)
            if line and line[-1][0] + line[-1][1] > first:
                line[-1] = (line[-1][0], max(line[-1][1], last - line[-1][0] + 1), _together(line[-1][2], cell))
            else:
                line.append((first, last - first + 1, cell))
        placed.append(line)
    several = sum(1 for line in placed if len(line) > 1)
    later = [cell for line in placed for column, _, cell in line if column]
    short = sum(1 for cell in later if _FIGURE.match(cell.text) or cell.words <= 3)
    if several < max(_FEWEST_ROWS, 0.5 * len(placed)) or short < 0.6 * len(later):
        return None
    head = _head(placed, rules)
    cells = tuple(
        GridCell(cell.text, number, column, span, number < head)
        for number, line in enumerate(placed)
        for column, span, cell in line
    )
    every = [segment for row in run for segment in row]
    box = (
        min(s.left for s in every),
        min(s.bottom for s in every),
        max(s.right for s in every),
        max(s.top for s in every),
    )
    return Grid(cells, box)


def _head(placed: list[list[tuple[int, int, Segment]]], rules: Sequence[Box]) -> int:
    """Number of rows of the head: those above a rule or in bold, and at least the first."""
    head = 1
    for number in range(1, min(_HEAD, len(placed) - 1) + 1):
        above, below = placed[number - 1][0][2], placed[number][0][2]
        left, right = placed[0][0][2].left, placed[0][-1][2].right
        ruled = any(
            below.base + 0.3 * below.size < (b[1] + b[3]) / 2 < above.base + 1 and b[0] < right and b[2] > left
            for b in rules
            if b[2] - b[0] > b[3] - b[1]
        )
        bold = all(cell.bold for line in placed[:number] for _, _, cell in line)
        plain = not all(cell.bold for _, _, cell in placed[number])
        if (ruled and not _ruled_throughout(placed, rules)) or (bold and plain):
            return number
    return head


def _ruled_throughout(placed: list[list[tuple[int, int, Segment]]], rules: Sequence[Box]) -> bool:
    """Whether there is a rule below most rows, so that none of them says where the head ends."""
    top, bottom = placed[0][0][2].top, placed[-1][0][2].bottom
    inside = {round((b[1] + b[3]) / 2) for b in rules if bottom < b[1] < top and b[2] - b[0] > b[3] - b[1]}
    return len(inside) > 0.7 * len(placed) and len(placed) > _HEAD
