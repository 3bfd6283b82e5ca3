"""Rows of a column -> paragraphs and tables: a paragraph ends where gaps, indents, short lines and print say so."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from casenlp.readers.pdf.columns import rows_of
from casenlp.readers.pdf.pdfium import Box
from casenlp.readers.pdf.segments import Segment, moved, raised
from casenlp.readers.pdf.tables import Grid, Row, tables_among

_WIDER = 1.3  # times the usual distance of lines: a gap that parts paragraphs
_OTHER_SIZE = 0.06  # share by which print differs that is not of the same paragraph
_INDENT, _NO_INDENT = 0.6, 0.35  # sizes of print
_SHORT = 0.12  # share of the column's width that a last line leaves free
_AROUND = 4  # lines above and below by which the width of the text is told
_WIDE_OPEN = 0.3  # share of the width: a line that leaves so much free was not broken by its margin
_DROP_CAP = 1.8  # times the usual print: a letter that hangs over the first lines of a paragraph

_STOPPED = re.compile(r"[.?!:;][\"'”’)\]]*(?:\[[\d,–\- ]+\])?$")
_BULLET = re.compile(r"[•‣▪◦●■□➢✓·*–]\s*\S")
_ITEM = re.compile(r"(?:\(?\d{1,3}[.)]|\[\d{1,3}\]|\(?[a-z]\)|\(?[ivx]{1,4}[.)])\s+\S")
#: The beginning of the caption of a figure or table: its name, its number, and then no verb.
CAPTION = re.compile(
    r"(?i:supplementa(?:ry|l) |extended data |online )?"
    r"(?i:fig(?:ure)?s?|tables?|box|scheme|video|panel|chart|image)\.?\s?"
    r"(?:S\s?|e)?(?:\d{1,2}|[IVX]{1,4}\b)[A-Za-z]?(?:\s?[.:|–—-]|\s*$|\s+(?=[\"“(A-Z]))"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a column; `lead` is the number of its first characters that alone are bold."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    base: float
    size: float
    bold: bool
    italic: bool
    lead: int


@dataclass(slots=True)
class Piece:
    """A paragraph, or the part of one that stands in one column of one page; or a table (then `grid` is set).

    `box` is in the frame of its page, `column` counts the columns of the document, `width` is the column's.
    """

    page: int
    column: int
    lines: list[Line]
    box: Box
    kind: str = "paragraph"
    grid: Grid | None = None
    width: float = 0.0
    section: str | None = None
    fills: bool = field(default=False)  # whether the last line reaches the right edge of its column

    @property
    def size(self) -> float:
        """Height of most of its print."""
        return median(line.size for line in self.lines) if self.lines else 0.0

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return bool(self.lines) and all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        """Its lines with a space between them: good enough to judge it by."""
        return " ".join(line.text for line in self.lines)


def pieces_of(
    segments: Sequence[Segment], page: int, column: int, rules: Sequence[Box], words: Container[str], leading: float
) -> list[Piece]:
    """The pieces of one column, from the top down; `leading` is the usual distance of lines in sizes of print."""
    rows = rows_of(_without_drop_cap(_attached(list(segments)), words))
    pieces: list[Piece] = []
    for part in tables_among(rows, rules):
        if isinstance(part, Grid):
            pieces.append(Piece(page, column, [], part.box, "table", part))
        else:
            pieces += _paragraphs(part, page, column, leading)
    return pieces


def leading_of(columns: Sequence[Sequence[Segment]]) -> float:
    """The usual distance between lines of text, in sizes of print."""
    drops: list[float] = []
    for segments in columns:
        rows = rows_of(segments)
        drops += [
            (above[0].base - below[0].base) / below[0].size
            for above, below in itertools.pairwise(rows)
            if abs(above[0].size - below[0].size) < _OTHER_SIZE * below[0].size
        ]
    plausible = [drop for drop in drops if 0.7 < drop < 4]
    return median(plausible) if plausible else 1.1


def _attached(segments: list[Segment]) -> list[Segment]:
    """Segments with raised print that the file draws apart from its line put where it belongs."""
    if not segments:
        return segments
    usual = median(s.size for s in segments)
    small = [s for s in segments if s.size < 0.86 * usual and len(s.text) <= 8]
    for scrap in small:
        for number, host in enumerate(segments):
            beside = -0.3 * host.size < scrap.left - host.right < 0.25 * host.size
            if beside and host.size > 1.15 * scrap.size and 0.1 < (scrap.base - host.base) / host.size < 0.8:
                grown = replace(host, right=max(host.right, scrap.right))
                segments[number] = moved(grown, host.text + raised(host.text, scrap.text, ""))
                segments = [s for s in segments if s is not scrap]
                break
    return segments


def _without_drop_cap(segments: list[Segment], words: Container[str]) -> list[Segment]:
    """A big first letter joined to the line that it opens."""
    if len(segments) < 2:
        return segments
    usual = median(s.size for s in segments)
    for cap in [s for s in segments if len(s.text) == 1 and s.text.isalpha() and s.size > _DROP_CAP * usual]:
        beside = [
            s
            for s in segments
            if s is not cap and cap.right - 2 <= s.left < cap.right + 2 * usual and cap.bottom < s.base < cap.top
        ]
        if len(beside) < 2:
            continue
        opened = max(beside, key=lambda s: s.base)
        first = re.split(r"[^\w-]", opened.text, maxsplit=1)[0].lower()
        alone = cap.text in "AI" and (cap.text + first).lower() not in words and (first in words or not first.isalpha())
        at = next(number for number, s in enumerate(segments) if s is opened)
        segments[at] = replace(opened, text=cap.text + (" " if alone else "") + opened.text)
        segments = [s for s in segments if s is not cap]
    return segments


def _line(row: Row) -> Line:
    text = row[0].text
    for before, after in itertools.pairwise(row):
        text += ("" if after.left - before.right < 0.1 * after.size else " ") + after.text
    main = max(row, key=lambda s: len(s.text))
    return Line(
        text, row[0].left, min(s.bottom for s in row), max(s.right for s in row), max(s.top for s in row), main.base,
        main.size, all(s.bold for s in row), all(s.italic for s in row),
        row[0].lead or (len(row[0].text) if row[0].bold else 0),
    )  # fmt: skip


def _paragraphs(rows: Sequence[Row], page: int, column: int, leading: float) -> list[Piece]:
    lines = [_line(row) for row in rows]
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    edges = _edges(lines)
    hanging = _is_hanging(lines)
    drops = [
        (above.base - below.base) / below.size
        for above, below in itertools.pairwise(lines)
        if abs(above.size - below.size) < _OTHER_SIZE * below.size
    ]
    usual = min(median(drops), 1.2 * leading) if len(drops) > 4 else leading
    pieces: list[Piece] = []
    block: list[Line] = []
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else None
        hangs = hanging and line.left < left + _NO_INDENT * line.size
        if block and _begins(line, block, after, usual * line.size, edges[number], hangs):
            pieces.append(_piece(block, page, column, left, right))
            block = []
        block.append(line)
    return [*pieces, _piece(block, page, column, left, right)]


def _begins(
    line: Line, block: list[Line], after: Line | None, pitch: float, edges: tuple[float, float], hangs: bool
) -> bool:
    """Whether a line begins a new paragraph after those of `block`; `edges` are those of the text around it."""
    before = block[-1]
    if abs(line.size - before.size) > _OTHER_SIZE * max(line.size, before.size) or line.bold != before.bold:
        return True
    if before.base - line.base > _WIDER * pitch or before.base < line.base:
        return True
    if CAPTION.match(line.text) and (line.lead or _STOPPED.search(before.text)):
        return True
    if _ITEM.match(block[0].text) and line.left > block[0].left + _INDENT * line.size:
        return False
    left, right = edges
    stopped = bool(_STOPPED.search(before.text))
    short = before.right < right - _SHORT * (right - left)
    if hangs and len(block) > 0 and (stopped or short or _ITEM.match(line.text)):
        return True
    if _BULLET.match(line.text) and (stopped or short or _BULLET.match(block[0].text)):
        return True
    if _ITEM.match(line.text) and (stopped or short) and line.left <= block[0].left + line.size:
        return True
    opens = not line.text[0].islower()
    if stopped and short and (opens or CAPTION.match(block[0].text)):
        return True
    if stopped and opens and line.bold:
        return True
    room = _room(before, line, right)
    if opens and not _is_centred(before, line) and room > (0 if stopped or line.bold else _WIDE_OPEN * (right - left)):
        return True
    if after is not None and not hangs and line.left - after.left > _INDENT * line.size and opens:
        return line.left - before.left > _INDENT * line.size or (stopped and short)
    return after is None and opens and stopped and line.left - before.left > _INDENT * line.size


def _room(before: Line, line: Line, right: float) -> float:
    """How much would be left of a line had it taken the next one's first word too; below 0 where it was full."""
    word = line.text.split(None, 1)[0]
    share = (len(word) + 1.5) / len(line.text)
    return right - before.right - share * (line.right - line.left) - line.size


def _is_centred(before: Line, line: Line) -> bool:
    middle = abs(before.left + before.right - line.left - line.right) / 2
    return middle < 0.5 * line.size and abs(before.left - line.left) > _NO_INDENT * line.size


def _edges(lines: list[Line]) -> list[tuple[float, float]]:
    """For each line the left and right edge of the text around it."""
    edges: list[tuple[float, float]] = []
    for number, line in enumerate(lines):
        near = lines[max(0, number - _AROUND) : number + _AROUND + 1]
        alike = [other for other in near if abs(other.size - line.size) < _OTHER_SIZE * line.size]
        edges.append((min(other.left for other in alike), max(other.right for other in alike)))
    return edges


def _is_hanging(lines: list[Line]) -> bool:
    """Whether most lines are set in from the first lines of their paragraphs, as in lists of references."""
    left = min(line.left for line in lines)
    out = sum(1 for line in lines if line.left <= left + _NO_INDENT * line.size)
    inner = Counter(round(line.left) for line in lines if left + _INDENT * line.size < line.left < left + 4 * line.size)
    return (
        out > 1 and bool(inner) and inner.most_common(1)[0][1] >= 0.6 * out and sum(inner.values()) >= 0.4 * len(lines)
    )


def _piece(lines: list[Line], page: int, column: int, left: float, right: float) -> Piece:
    box = (
        min(line.left for line in lines), min(line.bottom for line in lines),
        max(line.right for line in lines), max(line.top for line in lines),
    )  # fmt: skip
    fills = lines[-1].right >= right - _SHORT * (right - left)
    return Piece(page, column, lines, box, width=right - left, fills=fills)
